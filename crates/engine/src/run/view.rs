//! A run as users see it: its stages with status, attempts, outputs, logs and usage.
//!
//! A projection of the journal for the API and for the live tree of the command line. The executor
//! does not use it.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, Utc};
use indexmap::IndexMap;

use super::{Event, EventBody, Failure, RunStatus, SkipReason};
use crate::{
    Value,
    component::{ComponentKind, LogLine, Usage},
    plan::{Place, Plan},
};

/// The status of a stage run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum StageRunStatus {
    /// Its dependencies are not done yet.
    Pending,
    /// Its dependencies are done.
    Scheduled,
    /// An attempt is running.
    Running,
    /// An attempt failed and another one follows.
    Retrying,
    /// It sleeps.
    Waiting,
    /// It has a result.
    Succeeded,
    /// Its last attempt failed.
    Failed,
    /// It did not run.
    Skipped,
    /// The run ended before it did.
    Cancelled,
}

/// One stage run. A stage inside a loop has one per iteration.
#[derive(Clone, Debug, PartialEq)]
pub struct StageRun {
    /// The stage's address: `id`, `id[3]/inner`, `id/try/inner` …
    pub address: Arc<str>,
    /// The stage's id in the file.
    pub stage_id: String,
    /// The component's name.
    pub component: String,
    /// The current status.
    pub status: StageRunStatus,
    /// When its dependencies were done.
    pub scheduled_at: Option<DateTime<Utc>>,
    /// When the first attempt started.
    pub started_at: Option<DateTime<Utc>>,
    /// When the stage ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// Its attempts, oldest first.
    pub attempts: Vec<AttemptView>,
    /// The output, once the stage has succeeded.
    pub output: Option<Value>,
    /// The error of the last failed attempt; `None` once the stage has succeeded.
    pub error: Option<Failure>,
    /// When its sleep or the delay before the next attempt ends.
    pub waiting_until: Option<DateTime<Utc>>,
    /// The code of the reason why it was skipped.
    pub skip_reason: Option<String>,
    /// The number of items of a loop; `None` for other stages, for a loop that has not started, and
    /// in journals of older programs.
    pub items: Option<u64>,
    /// The number of items that are over, successful or not.
    pub items_done: u64,
    /// The deadline of a control stage that is running.
    pub deadline: Option<DateTime<Utc>>,
    /// The log lines of all attempts.
    pub logs: Vec<LogLine>,
    /// The model usage of all attempts.
    pub usage: Option<Usage>,
    /// Whether its result is that of another run.
    pub reused: bool,
    /// Whether an inner stage has started. From then on the inner stages count as active, not this
    /// one.
    opened: bool,
    /// For a loop: the number of stages that are over in each unfinished item.
    items_open: HashMap<u64, usize>,
}

/// One attempt of a stage.
#[derive(Clone, Debug, PartialEq)]
pub struct AttemptView {
    /// The attempt's number, starting at 1.
    pub number: u32,
    /// When it started.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// Why it failed.
    pub error: Option<Failure>,
    /// When the next attempt starts or started.
    pub retry_at: Option<DateTime<Utc>>,
}

/// A run as users see it.
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
    /// The error; `None` unless the run ended without success.
    pub error: Option<Failure>,
    /// The usage of all model calls.
    pub usage: Usage,
    /// The number of the last event.
    pub last_seq: u64,
    /// The stages by address: top-level stages in the order of the file, then inner stages in the
    /// order of their first event.
    pub stages: IndexMap<Arc<str>, StageRun>,
    /// The number of the last event that was reused from another run; 0: none.
    reused_through: u64,
    /// The numbers of active stages and of stages that wait for a timer.
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

    /// Whether the stage is active and whether it waits for a timer, as 0 or 1 each. Once its inner
    /// stages have started, a control stage is not active itself.
    fn counts(&self) -> (usize, usize) {
        use StageRunStatus::{Running, Scheduled};
        let active = matches!(self.status, Scheduled | Running) && !self.opened;
        (
            usize::from(active),
            usize::from(self.waiting_until.is_some()),
        )
    }

    /// Whether it is inside the control stage with this address.
    fn is_inside(&self, control: &str) -> bool {
        // A top-level stage may have an id that looks like an inner address.
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
                // After a crash the same attempt starts again; it does not become a new attempt.
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

    /// Resets the stage because its control stage starts again. Attempts, logs and usage are kept.
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
    /// A run before its first event: all top-level stages are pending.
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

    /// [`RunView::new`], restricted to these stages. Only events of these stages may be applied.
    pub(super) fn about(plan: &Plan, addresses: &[Arc<str>]) -> Self {
        // An inner stage appears with its first event.
        let is_top = |address: &&Arc<str>| {
            let stage = plan.index.get(&***address);
            stage.is_some_and(|stage| matches!(plan.scope(0).place(*stage), Some(Place::Member(_))))
        };
        Self::pending(plan, addresses.iter().filter(is_top).cloned())
    }

    /// The view after all these events.
    pub fn fold(plan: &Plan, events: &[Event]) -> Self {
        let mut view = Self::new(plan);
        for event in events {
            view.apply(plan, event);
        }
        view
    }

    /// Applies one event. Events that were already applied are ignored.
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
            // The address belongs to another pipeline version: ignore it.
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
        let is_taken_over = matches!(
            event.body,
            EventBody::StageSucceeded {
                taken_over: true,
                ..
            }
        );
        run.reused = event.seq <= self.reused_through || is_taken_over;
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

    /// Marks the control stage of this activation as opened.
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

    /// Resets the stages inside a control stage that starts again.
    fn begin_again(&mut self, address: &str) {
        for run in self.stages.values_mut() {
            if run.is_inside(address) {
                run.begin_again();
            }
        }
    }

    /// Marks inner stages as skipped if an earlier attempt of the control stage reached them and
    /// the last one did not.
    fn end_inside(&mut self, address: &str, at: DateTime<Utc>) {
        for run in self.stages.values_mut() {
            if run.status == StageRunStatus::Pending && run.is_inside(address) {
                run.end(at, StageRunStatus::Skipped, None);
                run.skip_reason = Some(SkipReason::ScopeFailed.as_str().to_owned());
            }
        }
    }

    /// Counts a finished stage of a loop's item; when all stages of the item are over, so is the
    /// item.
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

    /// Ends all stages that had not ended when the run did.
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
