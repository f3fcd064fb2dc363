//! Activations: one execution of the stages of a scope, each in a slot.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, Utc};

use super::{Control, SkipReason, State, activation::Activation};
use crate::{Value, run::Failure};

/// A slot: a stage in an activation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct At {
    pub frame: u32,
    pub local: u32,
}

/// The status of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// Its dependencies are not done yet.
    Pending,
    /// Its dependencies are done; it is queued to be scheduled.
    Ready,
    /// `stage.scheduled` was written.
    Scheduled,
    /// An attempt started, or the control stage is running.
    Running,
    /// An attempt failed and another one follows.
    Retrying,
    /// It sleeps.
    Waiting,
    /// It has a result.
    Done,
    /// It failed, but the run continues and its dependents read null.
    Continued,
    /// It failed.
    Failed,
    /// It does not run.
    Skipped,
}

impl Status {
    pub fn is_over(self) -> bool {
        matches!(
            self,
            Status::Done | Status::Continued | Status::Failed | Status::Skipped
        )
    }

    /// Whether the stage has a value that dependents can use.
    pub fn is_live(self) -> bool {
        matches!(self, Status::Done | Status::Continued)
    }
}

/// The last value of each inner stage and its iteration; a value of `None` means skipped.
pub(crate) type Inner = HashMap<u32, (u32, Option<Value>)>;

/// The state of a stage in an activation.
#[derive(Debug)]
pub(crate) struct Slot {
    pub status: Status,
    /// The number of dependencies that are not over.
    pub waits: u32,
    /// The number of the last attempt that started.
    pub attempt: u32,
    /// Whether an attempt is in flight in this process.
    pub attempting: bool,
    /// Whether `stage.intent` was written for the attempt.
    pub intent: bool,
    pub scheduled_at: DateTime<Utc>,
    pub due: Option<DateTime<Utc>>,
    /// The result. While a control stage is running: what its inner stages can already read.
    pub output: Value,
    /// The minimum delay before the next attempt that the last error requested, in ms.
    pub retry_after_ms: Option<u64>,
    pub control: Option<Box<Control>>,
    /// Whether a control stage has a result that is yet to be written.
    pub finishing: bool,
    /// Whether a control stage's deadline has passed; its inner stages end.
    pub expired: bool,
    /// Whether something inside must not be repeated, so a control stage has no further attempt.
    pub once: bool,
    /// For a control stage: its deadline, its retries, and what its body reported.
    pub activation: Option<Box<Activation>>,
    /// The last values of the inner stages.
    pub inner: Option<Box<Inner>>,
}

impl Slot {
    fn new(waits: u32) -> Self {
        Self {
            status: Status::Pending,
            waits,
            attempt: 0,
            attempting: false,
            intent: false,
            scheduled_at: DateTime::UNIX_EPOCH,
            due: None,
            output: Value::Null,
            retry_after_ms: None,
            control: None,
            finishing: false,
            expired: false,
            once: false,
            activation: None,
            inner: None,
        }
    }

    /// Whether the stage started, is not over, and has no attempt in flight.
    pub fn can_be_abandoned(&self) -> bool {
        match self.status {
            Status::Scheduled | Status::Retrying | Status::Waiting => true,
            Status::Running => !self.attempting && self.control.is_none(),
            _ => false,
        }
    }
}

/// One activation of a scope.
#[derive(Debug)]
pub(crate) struct Frame {
    pub scope: u32,
    /// The control stage that opened the activation; `None` at the top level.
    pub parent: Option<At>,
    /// The iteration; 0 if the control stage is not a loop.
    pub index: u32,
    /// The names of `context` that are bound in this activation.
    pub bindings: Vec<(Arc<str>, Value)>,
    pub slots: Vec<Slot>,
    /// The number of slots that are not over.
    pub open: u32,
    /// If set, all stages are skipped for this reason.
    pub skip: Option<SkipReason>,
    /// Whether no new stage starts in this activation.
    pub stopped: bool,
    /// The failure of the first stage of this activation that failed.
    pub failure: Option<Failure>,
    /// The prefix of its stages' addresses, up to their ids.
    pub prefix: String,
    pub json_prefix: String,
}

impl State<'_> {
    /// Opens an activation and queues its first stages. `None` if the scope has no stages.
    pub(super) fn open_frame(
        &mut self,
        scope: u32,
        parent: Option<At>,
        index: u32,
        bindings: Vec<(Arc<str>, Value)>,
        skip: Option<SkipReason>,
    ) -> Option<u32> {
        let plan = self.plan;
        let planned = plan.scope(scope);
        if planned.members.is_empty() {
            return None;
        }
        let prefix = match parent {
            None => String::new(),
            Some(parent) if self.is_loop(parent) => format!("{}[{index}]/", self.address(parent)),
            Some(parent) => format!("{}/{}/", self.address(parent), planned.branch),
        };
        let json_prefix = serde_json::to_string(&prefix).unwrap_or_default();
        let json_prefix = json_prefix[1..json_prefix.len() - 1].to_owned();
        let number = self.frames.len() as u32;
        if let Some(lookup) = &mut self.lookup {
            lookup.insert(prefix.clone(), number);
        }
        self.frames.push(Some(Box::new(Frame {
            scope,
            parent,
            index,
            bindings,
            slots: planned.members.iter().map(|m| Slot::new(m.waits)).collect(),
            open: planned.members.len() as u32,
            skip,
            stopped: false,
            failure: None,
            prefix,
            json_prefix,
        })));
        for (local, member) in (0u32..).zip(&planned.members) {
            if member.waits == 0 {
                self.ready(At {
                    frame: number,
                    local,
                });
            }
        }
        Some(number)
    }

    fn is_loop(&self, at: At) -> bool {
        self.slot(at)
            .is_some_and(|slot| matches!(slot.control.as_deref(), Some(Control::ForEach(_))))
    }
}
