//! Looks at the runs that triggers wait for.
//!
//! Nothing is written when a run ends. Each trigger notes the runs of its pipelines by their ids, which
//! begin with the time, and looks at those that have not ended until they have. What it has seen, what
//! counts for its next firing and the firings themselves are written in one transaction that has locked
//! the trigger: so each run counts once, however many schedulers there are and whenever they stop. A run
//! whose transaction took long, or whose server's clock is late, has a lower id than others that were seen
//! before: the last minutes are looked at again.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use engine::trigger::{RunEnd, RunState, RunTrigger};
use types::{ErrorCode, RunId, TriggerFiringId};
use uuid::Uuid;

use super::{
    FiringState, definition,
    repo::{
        self,
        watching::{self as rows, CauseRow, Held, Moved, Watch},
    },
};
use crate::{
    SystemCtx, Tx,
    error::{AppError, Result},
    trigger_definitions::FOR_RUNS,
};

/// How many triggers in a row may lead to a firing. So a loop ends.
pub const MAX_DEPTH: i64 = 8;

/// How often a trigger looks.
const PAUSE: TimeDelta = TimeDelta::seconds(2);

/// For how long a run may be seen later than others that were requested after it.
const LATE: TimeDelta = TimeDelta::minutes(5);

/// How long before the trigger was enabled a run may have been requested.
const EARLIER: TimeDelta = TimeDelta::hours(1);

/// The largest number of runs that are noted, and of those that are handled, at once.
const NOTED: u64 = 500;
const HANDLED: u64 = 200;

/// How often a firing is moved until its instant is the only one of its trigger.
const MAX_MOVES: i64 = 1_000;

/// What a look led to.
pub(super) struct Looked {
    /// How many firings are to be started.
    pub pending: i64,
    /// How many firings were written.
    pub written: usize,
    /// When the trigger looks again.
    pub pause: TimeDelta,
}

/// Looks at the runs for which a trigger waits, and writes its firings. Of these, at most `max` may be
/// pending.
pub(super) async fn look(
    system: &SystemCtx,
    tx: &Tx,
    (row, run, max): (&definition::Model, &RunTrigger, i64),
    now: DateTime<Utc>,
) -> Result<Looked> {
    let watch = match rows::watch(tx, row).await? {
        Some(watch) if watch.since == row.updated_at => watch,
        _ => {
            // It was enabled or changed.
            let watch = Watch {
                since: row.updated_at,
                cursor_id: repo::first_id(row.updated_at - EARLIER),
                fired_at: None,
            };
            rows::begin(tx, row, &watch).await?;
            watch
        }
    };
    let pipelines = rows::pipelines(tx, row.org_id, &run.pipelines).await?;
    // Several pipelines may have one name, and count as one.
    let numbers: HashMap<Uuid, u128> = pipelines
        .iter()
        .filter_map(|(id, name)| {
            let number = run.pipelines.iter().position(|known| known == name)?;
            Some((*id, number as u128))
        })
        .collect();
    let pipelines: Vec<Uuid> = pipelines.into_iter().map(|(id, _)| id).collect();
    let noted = match pipelines.is_empty() {
        true => 0,
        false => rows::discover(tx, row, &watch, &pipelines, NOTED).await?,
    };
    let long_before = run
        .longer_than
        .map(|seconds| now - TimeDelta::seconds(i64::from(seconds)));
    let moved = rows::moved(tx, row, long_before, HANDLED).await?;
    let more = noted >= NOTED || moved.len() as u64 >= HANDLED;
    let mut look = Look {
        system,
        tx,
        row,
        run,
        now,
        watch,
        numbers,
        ends: Vec::new(),
        depths: HashMap::new(),
        room: max - repo::waiting(tx, row).await?,
        pending: 0,
        written: 0,
    };
    if !moved.is_empty() {
        for held in rows::held(tx, row).await? {
            look.held(&held);
        }
    }
    for moved in moved {
        look.handle(&moved).await?;
    }
    if noted < NOTED {
        // By the clocks that made the ids, not by this one.
        let newest = rows::newest(tx, row).await?;
        let cursor = newest.and_then(time_of).map(|at| repo::first_id(at - LATE));
        look.watch.cursor_id = cursor.map_or(look.watch.cursor_id, |cursor| {
            cursor.max(look.watch.cursor_id)
        });
    }
    rows::advance(tx, row, &look.watch).await?;
    Ok(Looked {
        pending: look.pending,
        written: look.written,
        pause: if more { TimeDelta::zero() } else { PAUSE },
    })
}

/// When a row with this id was written.
fn time_of(id: Uuid) -> Option<DateTime<Utc>> {
    let millis = i64::try_from(id.as_u128() >> 80).ok()?;
    DateTime::from_timestamp_millis(millis)
}

struct Look<'a> {
    system: &'a SystemCtx,
    tx: &'a Tx,
    row: &'a definition::Model,
    run: &'a RunTrigger,
    now: DateTime<Utc>,
    watch: Watch,
    /// The places of the pipelines' names in the definition.
    numbers: HashMap<Uuid, u128>,
    /// The runs that count for the next firing.
    ends: Vec<RunEnd>,
    /// How many triggers in a row led to each run.
    depths: HashMap<u128, i64>,
    /// How many firings more may be pending.
    room: i64,
    pending: i64,
    written: usize,
}

impl Look<'_> {
    /// The number of a pipeline. One that has been renamed or deleted meanwhile has its own.
    fn number(&self, pipeline: Uuid) -> u128 {
        let known = self.numbers.get(&pipeline).copied();
        known.unwrap_or_else(|| pipeline.as_u128())
    }

    /// Takes in a run that counted before.
    fn held(&mut self, held: &Held) {
        let state = held.status.as_deref().and_then(RunState::named);
        if let Some((state, at)) = state.zip(held.ended_at) {
            let run = held.run_id.as_u128();
            self.depths.insert(run, held.depth);
            self.ends.push(RunEnd {
                run,
                pipeline: self.number(held.pipeline_id),
                state,
                at,
            });
        }
    }

    /// Handles a run that has ended or takes long.
    async fn handle(&mut self, moved: &Moved) -> Result<()> {
        let (tx, row, run) = (self.tx, self.row, moved.run_id.as_u128());
        let depth = self.depth_of(moved).await?;
        self.depths.insert(run, depth);
        if self.run.longer_than.is_some() {
            rows::done(tx, row, moved.run_id).await?;
            let end = moved.finished_at.unwrap_or(self.now);
            let at = moved
                .started_at
                .and_then(|start| self.run.is_long_at(start));
            // What was long before the trigger was enabled does not count.
            return match at.filter(|at| *at <= end && *at >= self.watch.since) {
                Some(at) => self.fire(at, &[run]).await,
                None => Ok(()),
            };
        }
        let at = moved.finished_at.unwrap_or(self.now);
        let state = RunState::named(&moved.status).filter(|_| at >= self.watch.since);
        let Some(state) = state else {
            return Ok(rows::done(tx, row, moved.run_id).await?);
        };
        let before: Vec<u128> = self.ends.iter().map(|end| end.run).collect();
        let end = RunEnd {
            run,
            pipeline: self.number(moved.pipeline_id),
            state,
            at,
        };
        let fired = self.run.add(&mut self.ends, end);
        let counts = |run: u128| self.ends.iter().any(|end| end.run == run);
        if counts(run) {
            let held = Held {
                run_id: moved.run_id,
                pipeline_id: moved.pipeline_id,
                status: Some(moved.status.clone()),
                ended_at: Some(at),
                depth,
            };
            rows::hold(tx, row, &held).await?;
        } else {
            rows::done(tx, row, moved.run_id).await?;
        }
        for run in before.into_iter().filter(|run| !counts(*run)) {
            rows::done(tx, row, Uuid::from_u128(run)).await?;
        }
        match fired {
            Some(group) => {
                let runs: Vec<u128> = group.iter().map(|end| end.run).collect();
                self.fire(at, &runs).await
            }
            None => Ok(()),
        }
    }

    /// How many triggers in a row led to a run. Its idempotency key is the firing that started it.
    async fn depth_of(&self, moved: &Moved) -> Result<i64> {
        let key = moved.idempotency_key.as_deref();
        let firing = key.and_then(|key| key.parse::<TriggerFiringId>().ok());
        match firing {
            Some(firing) => Ok(rows::depth(self.tx, self.row.org_id, firing.0).await?),
            None => Ok(0),
        }
    }

    /// Writes a firing for these runs, of which the last one is what its input comes from.
    async fn fire(&mut self, at: DateTime<Utc>, runs: &[u128]) -> Result<()> {
        let Some(last) = runs.last() else {
            return Ok(());
        };
        let depths = runs.iter().filter_map(|run| self.depths.get(run));
        let depth = 1 + depths.max().copied().unwrap_or_default();
        let cooldown = TimeDelta::seconds(i64::from(self.run.cooldown));
        let rests = self.watch.fired_at.is_some_and(|last| at - last < cooldown);
        let (state, reason) = if depth > MAX_DEPTH {
            let why = format!(
                "More than {MAX_DEPTH} triggers in a row led to this firing, which looks like a loop"
            );
            let code = ErrorCode::LimitExceeded.as_str();
            repo::set_problem(self.tx, self.row, Some((code, why.as_str()))).await?;
            (FiringState::Refused, Some(why))
        } else if rests {
            let why = "The trigger fired less than its cooldown before".to_owned();
            (FiringState::Skipped, Some(why))
        } else if self.room <= 0 {
            let why = "Too many earlier firings wait already".to_owned();
            (FiringState::Skipped, Some(why))
        } else {
            self.room -= 1;
            self.pending += 1;
            self.watch.fired_at = Some(at);
            (FiringState::Pending, None)
        };
        let mut firing = repo::firing(self.system, self.row, (at, self.now), state);
        firing.reason = reason;
        insert_moved(self.tx, &mut firing).await?;
        let runs: Vec<RunId> = runs
            .iter()
            .map(|run| RunId(Uuid::from_u128(*run)))
            .collect();
        let cause = CauseRow {
            firing_id: firing.id,
            org_id: firing.org_id,
            trigger_id: firing.trigger_id,
            kind: FOR_RUNS.to_owned(),
            cause_id: Uuid::from_u128(*last),
            runs: serde_json::to_string(&runs).map_err(AppError::internal)?,
            depth,
            created_at: self.now,
        };
        rows::insert_cause(self.tx, &cause).await?;
        self.written += 1;
        Ok(())
    }
}

/// Writes a firing, whose instant is moved until it is the only one of its trigger.
pub(super) async fn insert_moved(tx: &Tx, firing: &mut super::entity::Model) -> Result<()> {
    for moves in 1..=MAX_MOVES {
        if repo::insert_firing(tx, firing).await? {
            return Ok(());
        }
        firing.due_at += TimeDelta::microseconds(moves);
    }
    let message = "Too many firings at one moment; try again";
    Err(AppError::new(ErrorCode::Unavailable, message))
}
