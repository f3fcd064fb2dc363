//! The life of a stage in its activation (ready, skipped, started, over) and the effects on its
//! dependents.

use chrono::{DateTime, Utc};

use super::{At, Closing, Command, Control, SkipReason, State, Status};
use crate::{Value, component::Usage, model::OnError, plan::Place, run::Failure};

impl State<'_> {
    /// Queues a stage whose dependencies are all over.
    pub(super) fn ready(&mut self, at: At) {
        let alive = self.has_live_dependency(at);
        let Some(frame) = self.frame_mut(at.frame) else {
            return;
        };
        let slot = &mut frame.slots[at.local as usize];
        if slot.status != Status::Pending {
            return;
        }
        slot.status = Status::Ready;
        let command = match (frame.skip, frame.stopped, alive) {
            (Some(reason), ..) => Command::Skip(at, reason),
            (None, true, _) => Command::Skip(at, SkipReason::ScopeFailed),
            (None, false, true) => Command::Schedule(at),
            (None, false, false) => Command::Skip(at, SkipReason::Dependency),
        };
        self.queue.push_back(command);
    }

    /// Whether the stage has no dependencies, or one of them has a value. Otherwise it is skipped
    /// too.
    fn has_live_dependency(&self, at: At) -> bool {
        let Some(frame) = self.frame(at.frame) else {
            return false;
        };
        let scope = self.plan.scope(frame.scope);
        let depends_on = &scope.members[at.local as usize].depends_on;
        depends_on.is_empty()
            || depends_on.iter().any(|stage| match scope.place(*stage) {
                Some(Place::Member(local)) => frame.slots[*local as usize].status.is_live(),
                Some(Place::Inside(holders)) => holders.iter().any(|holder| {
                    let slot = &frame.slots[*holder as usize];
                    slot.inner
                        .as_ref()
                        .and_then(|inner| inner.get(stage))
                        .is_some_and(|(_, value)| value.is_some())
                }),
                None => false,
            })
    }

    /// `stage.scheduled`.
    pub fn scheduled(&mut self, at: At, now: DateTime<Utc>) {
        if let Some(slot) = self.slot_mut(at) {
            slot.status = Status::Scheduled;
            slot.scheduled_at = now;
        }
    }

    /// `stage.started`.
    pub fn started(&mut self, at: At, attempt: u32, deadline: Option<DateTime<Utc>>) {
        if let Some(slot) = self.slot_mut(at) {
            slot.status = Status::Running;
            slot.attempt = attempt;
            slot.intent = false;
            slot.finishing = false;
            if let Some(due) = slot.due.take() {
                self.timers.remove(&(due, at));
            }
            if let Some(deadline) = deadline {
                self.set_deadline(at, deadline);
            }
        }
    }

    /// Notes that an attempt is in flight in this process.
    pub fn attempting(&mut self, at: At) {
        if let Some(slot) = self.slot_mut(at) {
            slot.attempting = true;
            self.in_flight += 1;
        }
    }

    /// Notes that the attempt in flight has returned although the stage is not over.
    pub fn resolved(&mut self, at: At) {
        self.landed(at, None);
    }

    /// `stage.intent`.
    pub fn intended(&mut self, at: At) {
        if let Some(slot) = self.slot_mut(at) {
            slot.intent = true;
        }
    }

    fn landed(&mut self, at: At, usage: Option<&Usage>) {
        if let Some(usage) = usage {
            self.usage.add(usage);
        }
        if let Some(slot) = self.slot_mut(at)
            && std::mem::take(&mut slot.attempting)
        {
            self.in_flight -= 1;
        }
    }

    /// `stage.succeeded`.
    pub fn succeeded(&mut self, at: At, output: Value, usage: Option<&Usage>) {
        self.landed(at, usage);
        let Some(slot) = self.slot_mut(at) else {
            return;
        };
        if slot.status.is_over() {
            return;
        }
        slot.status = Status::Done;
        slot.output = output;
        let sent = slot.intent;
        self.drop_deadline(at);
        if sent && self.plan.stage(self.stage_of(at)).component.at_most_once {
            self.happened(at);
        }
        let Some(slot) = self.slot_mut(at) else {
            return;
        };
        if let Some(control) = slot.control.take()
            && let Control::Return { value, failed } = *control
        {
            let address = self.address(at);
            self.close(match failed {
                None => Closing::Returned(value),
                Some(message) => Closing::Failed(Failure {
                    code: types::ErrorCode::StageFailed,
                    message,
                    stage: Some(address),
                }),
            });
        }
        self.over(at);
    }

    /// `stage.failed`.
    pub fn failed(
        &mut self,
        at: At,
        failure: Failure,
        last: bool,
        retry_after_ms: Option<u64>,
        usage: Option<&Usage>,
    ) {
        self.landed(at, usage);
        let on_error = self.plan.stage(self.stage_of(at)).on_error;
        if self.slot(at).is_some_and(|slot| !slot.status.is_over()) {
            self.drop_deadline(at);
            if failure.code == types::ErrorCode::EffectUnknown
                && self.plan.stage(self.stage_of(at)).component.at_most_once
            {
                self.happened(at);
            }
            if !last {
                self.will_repeat(at);
            }
        }
        let Some(frame) = self.frame_mut(at.frame) else {
            return;
        };
        let stopped = frame.stopped;
        let slot = &mut frame.slots[at.local as usize];
        if slot.status.is_over() {
            return;
        }
        if !last {
            slot.status = Status::Retrying;
            slot.due = None;
            slot.retry_after_ms = retry_after_ms;
            // Live, the caller writes the due time at once; after a crash this command does.
            let command = if stopped {
                Command::Abandon(at)
            } else {
                Command::Backoff(at)
            };
            self.queue.push_back(command);
            return;
        }
        slot.control = None;
        slot.output = Value::Null;
        let due = slot.due.take();
        match on_error {
            _ if stopped => slot.status = Status::Failed,
            OnError::Continue => slot.status = Status::Continued,
            OnError::Skip => slot.status = Status::Failed,
            OnError::Fail => {
                slot.status = Status::Failed;
                frame.failure = Some(failure.clone());
                if at.frame == 0 {
                    self.close(Closing::Failed(failure));
                } else {
                    self.stop_frame(at.frame);
                }
            }
        }
        if let Some(due) = due {
            self.timers.remove(&(due, at));
        }
        self.over(at);
    }

    /// `stage.retry_at`.
    pub fn retry_at(&mut self, at: At, due: DateTime<Utc>) {
        if let Some(slot) = self.slot_mut(at) {
            slot.due = Some(due);
            self.timers.insert((due, at));
        }
    }

    /// `stage.skipped`.
    pub fn skipped(&mut self, at: At) {
        if let Some(slot) = self.slot_mut(at)
            && !slot.status.is_over()
        {
            slot.status = Status::Skipped;
            self.over(at);
        }
    }

    /// `wait.started`.
    pub fn wait_started(&mut self, at: At, due: DateTime<Utc>) {
        if let Some(slot) = self.slot_mut(at) {
            slot.status = Status::Waiting;
            slot.due = Some(due);
            self.timers.insert((due, at));
        }
    }

    /// `wait.ended`.
    pub fn wait_ended(&mut self, at: At) {
        let Some(slot) = self.slot_mut(at) else {
            return;
        };
        slot.status = Status::Running;
        if let Some(due) = slot.due.take() {
            self.timers.remove(&(due, at));
        }
        self.finish(at);
    }

    /// Handles the end of a slot: updates its readers and the stages that depend on it.
    fn over(&mut self, at: At) {
        self.export(at);
        let plan = self.plan;
        let Some(frame) = self.frame_mut(at.frame) else {
            return;
        };
        let planned = &plan.scope(frame.scope).members[at.local as usize];
        frame.open -= 1;
        let slot = &frame.slots[at.local as usize];
        let ran = matches!(
            slot.status,
            Status::Done | Status::Continued | Status::Failed
        );
        let stage = plan.stage(planned.stage);
        let progressed = ran && !stage.is_control();
        let (empty, top) = (frame.open == 0, frame.parent.is_none());
        self.progressed |= progressed;
        if top {
            self.stages_done += planned.weight;
        }
        for local in &planned.awaited_by {
            let later = At {
                frame: at.frame,
                local: *local,
            };
            if let Some(slot) = self.slot_mut(later) {
                slot.waits = slot.waits.saturating_sub(1);
                if slot.waits == 0 {
                    self.ready(later);
                }
            }
        }
        if empty {
            self.frame_over(at.frame);
        }
    }

    /// Copies the value of an inner stage to where stages outside its activation look for it: to
    /// the control stage of the activation, and when that is over, to the one around it. So the
    /// values of one attempt of a control stage do not outlive the attempt.
    fn export(&mut self, at: At) {
        let stage = self.stage_of(at);
        let Some(frame) = self.frame(at.frame) else {
            return;
        };
        let (Some(parent), index) = (frame.parent, frame.index) else {
            return;
        };
        let Some(slot) = self.slot(at) else { return };
        let mut values: Vec<(u32, Option<Value>)> = match &slot.inner {
            Some(inner) => inner.iter().map(|(s, (_, v))| (*s, v.clone())).collect(),
            None => Vec::new(),
        };
        if self.plan.stage(stage).exported {
            values.push((stage, slot.status.is_live().then(|| slot.output.clone())));
        }
        if values.is_empty() {
            return;
        }
        let Some(holder) = self.slot_mut(parent) else {
            return;
        };
        let inner = holder.inner.get_or_insert_default();
        for (stage, value) in values {
            // The last iteration that has a value determines it.
            match inner.get(&stage) {
                Some((at, Some(_))) if value.is_none() || *at > index => {}
                _ => {
                    inner.insert(stage, (index, value));
                }
            }
        }
    }

    /// Starts nothing new in this activation or inside it; attempts in flight may end.
    pub(super) fn stop_frame(&mut self, number: u32) {
        let mut todo = vec![number];
        while let Some(number) = todo.pop() {
            let Some(frame) = self.frame_mut(number) else {
                continue;
            };
            if std::mem::replace(&mut frame.stopped, true) {
                continue;
            }
            let mut commands = Vec::new();
            for (local, slot) in (0u32..).zip(&frame.slots) {
                let at = At {
                    frame: number,
                    local,
                };
                match slot.status {
                    Status::Pending | Status::Ready => {
                        commands.push(Command::Skip(at, SkipReason::ScopeFailed));
                    }
                    _ if slot.can_be_abandoned() => commands.push(Command::Abandon(at)),
                    Status::Running => {
                        if let Some(control) = &slot.control {
                            todo.extend_from_slice(control.frames());
                        }
                    }
                    _ => {}
                }
            }
            self.queue.extend(commands);
        }
    }
}
