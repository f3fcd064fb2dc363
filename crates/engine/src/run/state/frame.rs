//! Activations: the slots of the stages of one scope, once.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, Utc};

use super::{Control, SkipReason, State, activation::Activation};
use crate::{Value, run::Failure};

/// A stage in an activation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct At {
    pub frame: u32,
    pub local: u32,
}

/// How far a slot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// Its dependencies are not done.
    Pending,
    /// They are; it waits for its turn.
    Ready,
    /// `stage.scheduled` is written.
    Scheduled,
    /// An attempt began, or a control stage is at work.
    Running,
    /// An attempt failed, another follows.
    Retrying,
    /// It sleeps.
    Waiting,
    /// It has its result.
    Done,
    /// It failed, and its dependents read null.
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

    /// Whether dependents have something to go on with.
    pub fn is_live(self) -> bool {
        matches!(self, Status::Done | Status::Continued)
    }
}

/// Inner stages, each with the iteration that its value is of and the value; `None`: skipped.
pub(crate) type Inner = HashMap<u32, (u32, Option<Value>)>;

/// The state of a stage in an activation.
#[derive(Debug)]
pub(crate) struct Slot {
    pub status: Status,
    /// Members that are not over yet.
    pub waits: u32,
    /// The last attempt that began.
    pub attempt: u32,
    /// Whether an attempt is in flight in this process.
    pub attempting: bool,
    /// Whether `stage.intent` is written for the attempt.
    pub intent: bool,
    pub scheduled_at: DateTime<Utc>,
    pub due: Option<DateTime<Utc>>,
    /// The result; of a control stage at work, what inner stages may read already.
    pub output: Value,
    /// The error of the last failed attempt, for the retry's delay.
    pub retry_after_ms: Option<u64>,
    pub control: Option<Box<Control>>,
    /// A control stage has its result, which only is to be written.
    pub finishing: bool,
    /// A control stage's time is over: what is inside it ends.
    pub expired: bool,
    /// Something inside must not happen twice: a control stage that has no further attempt.
    pub once: bool,
    /// Of a control stage: its deadline, its repeats, what its body reported.
    pub activation: Option<Box<Activation>>,
    /// The last values of inner stages.
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

    /// Whether it began, is not over, and nothing of it is in flight.
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
    /// The control stage whose branch this is.
    pub parent: Option<At>,
    /// The iteration.
    pub index: u32,
    /// Names of `context` in here.
    pub bindings: Vec<(Arc<str>, Value)>,
    pub slots: Vec<Slot>,
    /// How many slots are not over.
    pub open: u32,
    /// Set when the stages only are to be skipped.
    pub skip: Option<SkipReason>,
    /// Nothing new starts in here.
    pub stopped: bool,
    /// Why, if a stage of this activation failed.
    pub failure: Option<Failure>,
    /// What stands before a stage's id in its address.
    pub prefix: String,
    pub json_prefix: String,
}

impl State<'_> {
    /// Begins an activation. Its first stages are queued. `None` if the scope has no stages.
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
