//! Running control stages: carries out directives and handles the ends of activations.

use super::{
    At, Command, Frame, SkipReason, State, choose::Choosing, foreach::Looping, trycatch::Trying,
};
use crate::{
    Value,
    component::{BranchRole, Directive, ForEach},
    run::Failure,
};

/// The state of a running control stage.
#[derive(Debug)]
pub(crate) enum Control {
    /// Runs chosen branches once.
    Choose(Choosing),
    /// Runs a branch once per item.
    ForEach(Looping),
    /// Runs try, catch and finally stages.
    TryCatch(Trying),
    /// Ends the run once the stage's own result is written.
    Return {
        value: Value,
        failed: Option<String>,
    },
    /// Sleeps.
    Wait,
    /// Runs no other stages.
    Done,
    /// Was stopped before it opened an activation.
    Stopped,
}

impl Control {
    /// The open activations.
    pub fn frames(&self) -> &[u32] {
        match self {
            Control::Choose(choosing) => &choosing.frames,
            Control::ForEach(looping) => &looping.frames,
            Control::TryCatch(trying) => &trying.frames,
            Control::Return { .. } | Control::Wait | Control::Done | Control::Stopped => &[],
        }
    }
}

/// The result of an activation that is over.
pub(super) struct Over {
    pub number: u32,
    pub index: u32,
    pub skip: Option<SkipReason>,
    pub result: Result<Value, Failure>,
}

impl State<'_> {
    /// Carries out a directive. Writes no event: during replay the body returns the directive
    /// again.
    pub fn direct(&mut self, at: At, directive: Directive) {
        if self.is_halted(at) {
            self.hold(at, Control::Stopped, Value::Null);
            return self.finish(at);
        }
        let (control, output) = match directive {
            Directive::Choose { branches, output } => {
                return self.choose(at, &branches, output);
            }
            Directive::ForEach(spec) => return self.for_each(at, spec, 0),
            Directive::TryCatch(spec) => return self.try_catch(at, spec),
            Directive::Return {
                value,
                output,
                failed,
            } => (Control::Return { value, failed }, output),
            Directive::Wait { until, output } => {
                self.hold(at, Control::Wait, output);
                self.queue.push_back(Command::Sleep(at, until));
                return;
            }
            Directive::Done(output) => (Control::Done, output),
        };
        self.hold(at, control, output);
        self.finish(at);
    }

    /// [`State::direct`] for replaying a stage inside one item of a loop: the loop begins with that
    /// item and runs one item at a time.
    pub fn direct_to(&mut self, at: At, directive: Directive, item: usize) {
        match directive {
            Directive::ForEach(spec) if !self.is_halted(at) => {
                let spec = ForEach {
                    parallel: 1,
                    ..spec
                };
                self.for_each(at, spec, item);
            }
            directive => self.direct(at, directive),
        }
    }

    /// Sets a slot's control and the output that inner stages can already read.
    pub(super) fn hold(&mut self, at: At, control: Control, output: Value) {
        if let Some(slot) = self.slot_mut(at) {
            slot.control = Some(Box::new(control));
            slot.output = output;
        }
    }

    pub(super) fn control_mut(&mut self, at: At) -> Option<&mut Control> {
        self.slot_mut(at)?.control.as_deref_mut()
    }

    /// The scope of a control stage's list with this role.
    pub(super) fn opens(&self, at: At, role: BranchRole) -> Option<u32> {
        let stage = self.plan.stage(self.stage_of(at));
        let mut opens = stage.opens.iter();
        opens.find(|opened| opened.role == role).map(|o| o.scope)
    }

    /// Handles the end of an activation, when all its slots are over.
    pub(super) fn frame_over(&mut self, number: u32) {
        if number == 0 {
            self.close(super::Closing::Done);
            return;
        }
        let Some(frame) = self.frames.get_mut(number as usize).and_then(Option::take) else {
            return;
        };
        if let Some(lookup) = &mut self.lookup {
            lookup.remove(&frame.prefix);
        }
        let Some(parent) = frame.parent else { return };
        let result = match &frame.failure {
            Some(failure) => Err(failure.clone()),
            None if frame.stopped => Err(Self::stopped()),
            None => Ok(self.result_of(&frame)),
        };
        let over = Over {
            number,
            index: frame.index,
            skip: frame.skip,
            result,
        };
        match self.control_mut(parent) {
            Some(Control::Choose(_)) => self.choice_over(parent, over),
            Some(Control::ForEach(_)) => self.item_over(parent, over),
            Some(Control::TryCatch(_)) => self.try_over(parent, over),
            _ => {}
        }
    }

    /// The result of an activation: the value of its only sink, or a map of its sinks.
    fn result_of(&self, frame: &Frame) -> Value {
        let scope = self.plan.scope(frame.scope);
        match scope.sinks.as_slice() {
            [only] => frame.slots[*only as usize].output.clone(),
            sinks => sinks
                .iter()
                .map(|local| {
                    let member = &scope.members[*local as usize];
                    let id = self.plan.stage(member.stage).id.clone();
                    (id, frame.slots[*local as usize].output.clone())
                })
                .collect(),
        }
    }

    /// Whether the slot's activation starts no more stages.
    pub(super) fn is_stopped(&self, at: At) -> bool {
        self.frame(at.frame).is_none_or(|frame| frame.stopped)
    }

    /// Whether a control stage opens no more activations.
    pub fn is_halted(&self, at: At) -> bool {
        self.is_stopped(at) || self.slot(at).is_some_and(|slot| slot.expired)
    }

    /// Queues the end of a control stage that has its result.
    pub(super) fn finish(&mut self, at: At) {
        if let Some(slot) = self.slot_mut(at) {
            slot.finishing = true;
        }
        self.queue.push_back(Command::Finish(at));
    }

    /// Whether another attempt may follow.
    pub fn may_retry(&self, at: At) -> bool {
        self.closing.is_none() && !self.is_stopped(at)
    }

    /// The result of the directive.
    pub(super) fn control_result(&self, at: At) -> Result<Value, Failure> {
        let Some(slot) = self.slot(at) else {
            return Ok(Value::Null);
        };
        match slot.control.as_deref() {
            Some(Control::Choose(choosing)) => choosing.result(slot.output.clone()),
            Some(Control::ForEach(looping)) => looping.result(),
            Some(Control::TryCatch(trying)) => trying.result(),
            Some(Control::Stopped) => Err(Self::stopped()),
            _ => Ok(slot.output.clone()),
        }
    }
}

/// Adds fields to an object's fields; the added ones take precedence.
pub(super) fn with<const N: usize>(output: &Value, fields: [(&str, Value); N]) -> Value {
    let mut map = output.as_map().cloned().unwrap_or_default();
    for (name, value) in fields {
        map.insert(name.into(), value);
    }
    map.into()
}

/// An error in the form that stages read.
pub(super) fn error_value(failure: &Failure) -> Value {
    [
        ("code", Value::from(failure.code.as_str())),
        // Files of the format read the code under this name.
        ("type", Value::from(failure.code.as_str())),
        ("message", Value::from(failure.message.as_str())),
        ("stage", failure.stage.clone().into()),
    ]
    .into_iter()
    .collect()
}
