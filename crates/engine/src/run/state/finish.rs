//! Ends a run exactly once; the first reason counts.

use super::State;
use crate::{
    Value,
    plan::Place,
    run::{Failure, RunStatus},
};

/// Why a run is ending. Nothing new starts; attempts in flight end by themselves or are stopped by
/// the driver.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Closing {
    /// Every stage is over.
    Done,
    /// A return stage ended it.
    Returned(Value),
    /// A stage failed, or the run exceeded its time limit.
    Failed(Failure),
    /// It was cancelled.
    Cancelled(Failure),
}

/// How a run ended: its status, error and output.
pub(crate) type Ending = (RunStatus, Option<Failure>, Value);

impl State<'_> {
    /// Begins to end the run, unless it is ending already: the first reason counts.
    pub fn close(&mut self, closing: Closing) {
        if self.closing.is_none() {
            self.closing = Some(closing);
        }
    }

    /// Replaces the reason with a failure, because the output cannot be written.
    pub fn overrule(&mut self, failure: Failure) {
        self.closing = Some(Closing::Failed(failure));
    }

    /// Why the run is ending; `None` if it is not.
    pub fn closing(&self) -> Option<&Closing> {
        self.closing.as_ref()
    }

    /// `run.signal`: a cancellation.
    pub fn cancelled(&mut self, by: Option<&str>, reason: Option<&str>) {
        let mut message = match by {
            Some(by) => format!("Cancelled by {by}"),
            None => "Cancelled".to_owned(),
        };
        if let Some(reason) = reason {
            message.push_str(": ");
            message.push_str(reason);
        }
        self.close(Closing::Cancelled(Failure {
            code: types::ErrorCode::Cancelled,
            message,
            stage: None,
        }));
    }

    /// `run.finished`.
    pub fn finished(&mut self) {
        self.ended = true;
        self.queue.clear();
        self.timers.clear();
        self.deadlines.clear();
    }

    /// How the run ends, for `run.finished`.
    pub fn ending(&self) -> Ending {
        match &self.closing {
            None => (RunStatus::Running, None, Value::Null),
            Some(Closing::Done) => (RunStatus::Succeeded, None, self.output()),
            Some(Closing::Returned(value)) => (RunStatus::Succeeded, None, value.clone()),
            Some(Closing::Failed(failure)) => {
                (RunStatus::Failed, Some(failure.clone()), Value::Null)
            }
            Some(Closing::Cancelled(failure)) => {
                (RunStatus::Cancelled, Some(failure.clone()), Value::Null)
            }
        }
    }

    /// The status and, once the run has ended, the error.
    pub(super) fn ending_if_ended(&self) -> (RunStatus, Option<Failure>, ()) {
        if self.ended {
            let (status, error) = match &self.closing {
                Some(Closing::Failed(failure)) => (RunStatus::Failed, Some(failure.clone())),
                Some(Closing::Cancelled(failure)) => (RunStatus::Cancelled, Some(failure.clone())),
                _ => (RunStatus::Succeeded, None),
            };
            return (status, error, ());
        }
        let waiting = self.in_flight == 0 && self.queue.is_empty() && !self.timers.is_empty();
        let waiting = waiting && self.closing.is_none();
        (
            if waiting {
                RunStatus::Waiting
            } else {
                RunStatus::Running
            },
            None,
            (),
        )
    }

    /// The run's output: that of the named stage, else of the only sink, else a map of the sinks.
    fn output(&self) -> Value {
        let Some(frame) = self.frame(0) else {
            return Value::Null;
        };
        let scope = self.plan.scope(0);
        let of = |local: u32| frame.slots[local as usize].output.clone();
        if let Some(stage) = self.plan.output {
            return match scope.place(stage) {
                Some(Place::Member(local)) => of(*local),
                Some(Place::Inside(_)) => self.read(0, stage).into_value().unwrap_or_default(),
                None => Value::Null,
            };
        }
        match scope.sinks.as_slice() {
            [only] => of(*only),
            sinks => sinks
                .iter()
                .map(|local| {
                    let stage = scope.members[*local as usize].stage;
                    (self.plan.stage(stage).id.clone(), of(*local))
                })
                .collect(),
        }
    }
}
