//! A run as people see it: its stages with status, attempts, outputs, logs and usage.
//!
//! A projection of the journal for the API and the command line's live tree; the executor does
//! not use it.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, Utc};
use indexmap::IndexMap;

use super::{Event, EventBody, Failure, RunStatus, SkipReason};
use crate::{
    Value,
    component::{ComponentKind, LogLine, Usage},
    plan::{Place, Plan},
};

/// How far a stage of a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum StageRunStatus {
    /// Its dependencies are not done.
    Pending,
    /// Its dependencies are done.
    Scheduled,
    /// An attempt is running.
    Running,
    /// An attempt failed, another follows.
    Retrying,
    /// It sleeps.
    Waiting,
    /// It has its result.
    Succeeded,
    /// Its last attempt failed.
    Failed,
    /// It did not run.
    Skipped,
    /// The run ended before it did.
    Cancelled,
}

/// One stage of a run (in loops: of one iteration).
#[derive(Clone, Debug, PartialEq)]
pub struct StageRun {
    /// `id`, `id[3]/inner`, `id/try/inner` …
    pub address: Arc<str>,
    /// The stage's id in the file.
    pub stage_id: String,
    /// The component's name.
    pub component: String,
    /// How far it is.
    pub status: StageRunStatus,
    /// When its dependencies were done.
    pub scheduled_at: Option<DateTime<Utc>>,
    /// When the first attempt began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// Its attempts.
    pub attempts: Vec<AttemptView>,
    /// The result.
    pub output: Option<Value>,
    /// Why it failed.
    pub error: Option<Failure>,
    /// Until when it sleeps or waits for the next attempt.
    pub waiting_until: Option<DateTime<Utc>>,
    /// Why it did not run.
    pub skip_reason: Option<String>,
    /// How many items a loop has; `None` where the journal does not say (other stages, journals
    /// of older programs, a loop that has not begun).
    pub items: Option<u64>,
    /// How many of them are over, well or not.
    pub items_done: u64,
    /// Until when a control stage at work must have its result.
    pub deadline: Option<DateTime<Utc>>,
    /// What all attempts logged.
    pub logs: Vec<LogLine>,
    /// What all attempts used.
    pub usage: Option<Usage>,
    /// Whether what it came to was taken over from another run.
    pub reused: bool,
    /// Whether something inside it has begun: from then on the inner stages are what is at work.
    opened: bool,
    /// Of a loop: how many stages of each item are over, of the items that are not.
    items_open: HashMap<u64, usize>,
}

/// One attempt of a stage.
#[derive(Clone, Debug, PartialEq)]
pub struct AttemptView {
    /// From 1.
    pub number: u32,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// Why it failed.
    pub error: Option<Failure>,
    /// When the attempt after this one begins, or began.
    pub retry_at: Option<DateTime<Utc>>,
}

/// A run as people see it.
#[derive(Clone, Debug, PartialEq)]
pub struct RunView {
    /// The run's state.
    pub status: RunStatus,
    /// When it started.
    pub started_at: Option<DateTime<Utc>>,
    /// When it finished.
    pub finished_at: Option<DateTime<Utc>>,
    /// Its input.
    pub input: Value,
    /// Its output.
    pub output: Value,
    /// Why it did not succeed.
    pub error: Option<Failure>,
    /// What all model calls used.
    pub usage: Usage,
    /// The number of the last event.
    pub last_seq: u64,
    /// The stages by address: those of the top level in the order of the file, then inner ones in
    /// the order of their first event.
    pub stages: IndexMap<Arc<str>, StageRun>,
    /// The last event that was taken over from another run; 0: none.
    reused_through: u64,
    /// Stages at work, and stages that wait for a time.
    active: usize,
    sleeping: usize,
}

impl StageRun {
    fn new(plan: &Plan, address: Arc<str>) -> Option<Self> {
        let stage = plan.stage_at(&address)?;
        Some(Self {
            address,
            stage_id: plan.stage_id(stage).to_owned(),
            component: plan.component(stage).name.to_owned(),
            status: StageRunStatus::Pending,
            scheduled_at: None,
            started_at: None,
            finished_at: None,
            attempts: Vec::new(),
            output: None,
            error: None,
            waiting_until: None,
            skip_reason: None,
            items: None,
            items_done: 0,
            deadline: None,
            logs: Vec::new(),
            usage: None,
            reused: false,
            opened: false,
            items_open: HashMap::new(),
        })
    }

    /// Whether it is at work (1 or 0; what is opened is not, its inner stages are), and whether it
    /// waits for a time.
    fn counts(&self) -> (usize, usize) {
        use StageRunStatus::{Running, Scheduled};
        let active = matches!(self.status, Scheduled | Running) && !self.opened;
        (
            usize::from(active),
            usize::from(self.waiting_until.is_some()),
        )
    }

    /// Whether it stands inside the control stage with this address.
    fn is_inside(&self, control: &str) -> bool {
        // A stage of the top level may have an id that looks so.
        self.address.len() > self.stage_id.len()
            && self
                .address
                .strip_prefix(control)
                .is_some_and(|rest| rest.starts_with(['/', '[']))
    }

    fn is_over(&self) -> bool {
        use StageRunStatus::{Cancelled, Failed, Skipped, Succeeded};
        matches!(self.status, Succeeded | Failed | Skipped | Cancelled)
    }

    fn report(&mut self, logs: &[LogLine], usage: Option<&Usage>) {
        self.logs.extend_from_slice(logs);
        if let Some(usage) = usage {
            self.usage.get_or_insert_default().add(usage);
        }
    }

    fn apply(&mut self, at: DateTime<Utc>, body: &EventBody) {
        use StageRunStatus as S;
        match body {
            EventBody::StageScheduled => {
                self.status = S::Scheduled;
                self.scheduled_at = Some(at);
            }
            EventBody::StageStarted {
                attempt,
                deadline,
                items,
            } => {
                self.status = S::Running;
                self.deadline = *deadline;
                self.items = *items;
                self.items_done = 0;
                self.items_open.clear();
                self.waiting_until = None;
                self.started_at.get_or_insert(at);
                // After a crash the same attempt begins again: it is still that attempt.
                let goes_on = self
                    .attempts
                    .last()
                    .is_some_and(|last| last.number == *attempt && last.finished_at.is_none());
                if !goes_on {
                    self.attempts.push(AttemptView {
                        number: *attempt,
                        started_at: at,
                        finished_at: None,
                        error: None,
                        retry_at: None,
                    });
                }
            }
            EventBody::StageSucceeded {
                output,
                logs,
                usage,
                ..
            } => {
                self.end(at, S::Succeeded, None);
                self.error = None;
                self.output = Some(output.clone());
                self.report(logs, usage.as_ref());
            }
            EventBody::StageFailed {
                error,
                last,
                logs,
                usage,
                ..
            } => {
                let status = match (last, error.code) {
                    (false, _) => S::Retrying,
                    (true, types::ErrorCode::Cancelled) => S::Cancelled,
                    (true, _) => S::Failed,
                };
                self.end(at, status, Some(error.clone()));
                self.error = Some(error.clone());
                self.report(logs, usage.as_ref());
            }
            EventBody::StageRetryAt { due, .. } => {
                self.waiting_until = Some(*due);
                if let Some(attempt) = self.attempts.last_mut() {
                    attempt.retry_at = Some(*due);
                }
            }
            EventBody::StageSkipped { reason } => {
                self.end(at, S::Skipped, None);
                self.skip_reason = Some(reason.clone());
            }
            EventBody::WaitStarted { due } => {
                self.status = S::Waiting;
                self.waiting_until = Some(*due);
            }
            EventBody::WaitEnded => {
                self.status = S::Running;
                self.waiting_until = None;
            }
            EventBody::StageIntent { .. }
            | EventBody::StageExpired
            | EventBody::RunStarted { .. }
            | EventBody::RunSignal { .. }
            | EventBody::RunFinished { .. } => {}
        }
    }

    /// The control stage around it begins again: what this attempt of it came to is told by the
    /// attempts, logs and usage, which stay.
    fn begin_again(&mut self) {
        self.status = StageRunStatus::Pending;
        self.scheduled_at = None;
        self.started_at = None;
        self.finished_at = None;
        self.output = None;
        self.error = None;
        self.waiting_until = None;
        self.skip_reason = None;
        self.items = None;
        self.items_done = 0;
        self.items_open.clear();
    }

    fn end(&mut self, at: DateTime<Utc>, status: StageRunStatus, error: Option<Failure>) {
        self.status = status;
        self.deadline = None;
        if let Some(attempt) = self.attempts.last_mut()
            && attempt.finished_at.is_none()
        {
            attempt.finished_at = Some(at);
            attempt.error = error;
        }
        if self.is_over() {
            self.finished_at = Some(at);
            self.waiting_until = None;
        }
    }
}

impl RunView {
    /// A run before its first event: every stage of the top level is pending.
    pub fn new(plan: &Plan) -> Self {
        let top = plan.top_level().map(|stage| plan.stage_id(stage).into());
        Self::pending(plan, top)
    }

    fn pending(plan: &Plan, addresses: impl Iterator<Item = Arc<str>>) -> Self {
        let stages = addresses
            .filter_map(|address| StageRun::new(plan, address))
            .map(|run| (run.address.clone(), run))
            .collect();
        Self {
            status: RunStatus::Running,
            started_at: None,
            finished_at: None,
            input: Value::Null,
            output: Value::Null,
            error: None,
            usage: Usage::default(),
            last_seq: 0,
            stages,
            reused_through: 0,
            active: 0,
            sleeping: 0,
        }
    }

    /// The same with nothing but these stages. It must get no events of others.
    pub(super) fn about(plan: &Plan, addresses: &[Arc<str>]) -> Self {
        // An inner stage is there from its first event on.
        let is_top = |address: &&Arc<str>| {
            let stage = plan.index.get(&***address);
            stage.is_some_and(|stage| matches!(plan.scope(0).place(*stage), Some(Place::Member(_))))
        };
        Self::pending(plan, addresses.iter().filter(is_top).cloned())
    }

    /// The view after these events.
    pub fn fold(plan: &Plan, events: &[Event]) -> Self {
        let mut view = Self::new(plan);
        for event in events {
            view.apply(plan, event);
        }
        view
    }

    /// Adds one event; one that was seen already changes nothing.
    pub fn apply(&mut self, plan: &Plan, event: &Event) {
        if event.seq <= self.last_seq {
            return;
        }
        self.last_seq = event.seq;
        if let Some(address) = &event.stage {
            self.apply_stage(plan, address, event);
            let waits = self.active == 0 && self.sleeping > 0;
            self.status = if waits {
                RunStatus::Waiting
            } else {
                RunStatus::Running
            };
            return;
        }
        match &event.body {
            EventBody::RunStarted { input, reused, .. } => {
                self.started_at = Some(reused.as_ref().map_or(event.at, |reused| reused.at));
                self.reused_through = reused.as_ref().map_or(0, |reused| reused.through);
                self.input = input.clone();
            }
            EventBody::RunFinished {
                status,
                output,
                error,
            } => {
                self.finished_at = Some(event.at);
                self.status = *status;
                self.output = output.clone();
                self.error = error.clone();
                self.close(event.at);
            }
            _ => {}
        }
    }

    fn apply_stage(&mut self, plan: &Plan, address: &Arc<str>, event: &Event) {
        if let EventBody::StageSucceeded {
            usage: Some(usage), ..
        }
        | EventBody::StageFailed {
            usage: Some(usage), ..
        } = &event.body
        {
            self.usage.add(usage);
        }
        if !self.stages.contains_key(address) {
            // An address that the plan does not know belongs to another version: leave it out.
            let Some(run) = StageRun::new(plan, address.clone()) else {
                return;
            };
            let before_id = address.len() - run.stage_id.len();
            self.stages.insert(address.clone(), run);
            self.open(&address[..before_id]);
        }
        let control = plan
            .stage_at(address)
            .is_some_and(|stage| plan.component(stage).kind == ComponentKind::ControlFlow);
        let again = matches!(event.body, EventBody::StageStarted { attempt, .. } if attempt > 1);
        if control && again {
            self.begin_again(address);
        }
        let Some(run) = self.stages.get_mut(address) else {
            return;
        };
        let (active, sleeping) = run.counts();
        run.reused = event.seq <= self.reused_through;
        run.apply(event.at, &event.body);
        let (now_active, now_sleeping) = run.counts();
        self.active = self.active + now_active - active;
        self.sleeping = self.sleeping + now_sleeping - sleeping;
        if !run.is_over() {
            return;
        }
        let repeated = control && run.attempts.len() > 1;
        let before_id = address.len() - run.stage_id.len();
        self.count_item(plan, &address[..before_id]);
        if repeated {
            self.end_inside(address, event.at);
        }
    }

    /// The control stage whose activation this is has begun something inside.
    fn open(&mut self, activation: &str) {
        let Some(activation) = activation.strip_suffix('/') else {
            return;
        };
        let control = match activation.strip_suffix(']') {
            Some(item) => item.rsplit_once('['),
            None => activation.rsplit_once('/'),
        };
        let Some(run) = control.and_then(|(control, _)| self.stages.get_mut(control)) else {
            return;
        };
        let (active, _) = run.counts();
        run.opened = true;
        self.active -= active;
    }

    /// What stands inside a control stage that begins again.
    fn begin_again(&mut self, address: &str) {
        for run in self.stages.values_mut() {
            if run.is_inside(address) {
                run.begin_again();
            }
        }
    }

    /// Inner stages that an earlier attempt of a control stage came to, and the last one did not.
    fn end_inside(&mut self, address: &str, at: DateTime<Utc>) {
        for run in self.stages.values_mut() {
            if run.status == StageRunStatus::Pending && run.is_inside(address) {
                run.end(at, StageRunStatus::Skipped, None);
                run.skip_reason = Some(SkipReason::ScopeFailed.as_str().to_owned());
            }
        }
    }

    /// A stage of an activation is over; with the last one of an item the item is.
    fn count_item(&mut self, plan: &Plan, activation: &str) {
        let Some((loop_, index)) = activation
            .strip_suffix("]/")
            .and_then(|rest| rest.rsplit_once('['))
        else {
            return;
        };
        let (Some(run), Ok(index)) = (self.stages.get_mut(loop_), index.parse()) else {
            return;
        };
        let Some(members) = plan.stage_at(loop_).and_then(|stage| plan.items_of(stage)) else {
            return;
        };
        let over = run.items_open.entry(index).or_default();
        *over += 1;
        if *over >= members {
            run.items_open.remove(&index);
            run.items_done += 1;
        }
    }

    /// What had not ended when the run did, never will.
    fn close(&mut self, at: DateTime<Utc>) {
        for run in self.stages.values_mut().filter(|run| !run.is_over()) {
            if run.scheduled_at.is_some() {
                run.end(at, StageRunStatus::Cancelled, None);
            } else {
                run.end(at, StageRunStatus::Skipped, None);
                run.skip_reason = Some(SkipReason::RunEnded.as_str().to_owned());
            }
        }
    }
}
