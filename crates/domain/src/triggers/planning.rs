//! The scheduler's first step: writes the firings that are due, and moves their triggers on.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use engine::trigger::{Misfire, Overlap, Schedule, Trigger as Definition};
use uuid::Uuid;

use super::{FiringState, definition, repo, watching};
use crate::{SystemCtx, Tx, error::Result};

/// The largest number of triggers that are planned in one transaction.
const BATCH: usize = 200;

/// After so many new firings, a transaction plans no further trigger. Those that are left are due as before.
const MAX_WRITTEN: usize = 2_000;

/// The largest number of firings of a trigger that wait for an earlier run.
const MAX_QUEUED: i64 = 20;

/// The largest number of pending firings of a trigger that makes up for all of those that were missed, and
/// of any other one.
const MAX_MADE_UP: i64 = 2_000;
const MAX_PENDING: i64 = 100;

/// An organization with so many pending firings has no further ones planned until some have started.
pub(super) const MAX_PENDING_OF_ORG: i64 = 10_000;

/// How long a trigger of such an organization waits until it is looked at again.
const FULL: TimeDelta = TimeDelta::seconds(5);

/// How long a trigger waits whose definition is of a newer version. It is shorter than firings may be late,
/// so that a scheduler of that version still fires in time.
pub(super) const PARKED: TimeDelta = TimeDelta::seconds(30);

/// Plans what is due, in one transaction. Returns whether there may be more.
pub(super) async fn plan(system: &SystemCtx, now: DateTime<Utc>) -> Result<bool> {
    let tx = system.begin_across().await?;
    let due = repo::due(&tx, now, BATCH).await?;
    let mut more = due.len() == BATCH;
    let mut planning = Planning {
        system,
        tx: &tx,
        now,
        pending: HashMap::new(),
        written: 0,
    };
    for row in due {
        if planning.written >= MAX_WRITTEN {
            more = true;
            break;
        }
        planning.plan_one(row).await?;
    }
    tx.commit().await?;
    Ok(more)
}

struct Planning<'a> {
    system: &'a SystemCtx,
    tx: &'a Tx,
    now: DateTime<Utc>,
    /// The numbers of pending firings of organizations.
    pending: HashMap<Uuid, i64>,
    /// The number of firings that were written.
    written: usize,
}

impl Planning<'_> {
    /// Writes the firings of a trigger that are due, and moves it on.
    async fn plan_one(&mut self, mut row: definition::Model) -> Result<()> {
        let now = self.now;
        let Ok(read) = Definition::parse(&row.definition) else {
            // A newer version wrote it. It is not fired without what this version does not understand, and
            // stays due for a scheduler of that version.
            return self.again(row, PARKED).await;
        };
        if let Some(run) = read.run() {
            if self.of_org(row.org_id).await? >= MAX_PENDING_OF_ORG {
                return self.again(row, FULL).await;
            }
            let max = max_pending(&read.schedule);
            let looked = watching::look(self.system, self.tx, (&row, run, max), now).await?;
            *self.pending.entry(row.org_id).or_default() += looked.pending;
            self.written += looked.written;
            return self.again(row, looked.pause).await;
        }
        let Some(first) = row.next_at else {
            row.next_due = None;
            return Ok(repo::planned(self.tx, &row).await?);
        };
        let of_org = self.of_org(row.org_id).await?;
        if of_org >= MAX_PENDING_OF_ORG {
            return self.again(row, FULL).await;
        }
        let schedule = &read.schedule;
        let delay = schedule.delay(row.id.as_u128());
        let due = schedule.due(first, delay, now);
        let max = max_pending(schedule);
        let wanted = i64::try_from(due.fire.len()).unwrap_or(i64::MAX);
        // The trigger has no more of them than its organization.
        let waiting = match of_org.saturating_add(wanted) <= max {
            true => 0,
            false => repo::waiting(self.tx, &row).await?,
        };
        let mut room = max - waiting;
        for at in due.fire {
            room -= 1;
            let state = match room < 0 {
                true => FiringState::Skipped,
                false => FiringState::Pending,
            };
            let mut firing = repo::firing(self.system, &row, (at, now), state);
            if state == FiringState::Skipped {
                firing.reason = Some(format!("{max} earlier firings wait already"));
            } else {
                *self.pending.entry(row.org_id).or_default() += 1;
            }
            repo::insert_firing(self.tx, &firing).await?;
            self.written += 1;
        }
        if let Some(at) = due.last_missed.filter(|_| due.missed > 0) {
            let mut firing = repo::firing(self.system, &row, (at, now), FiringState::Missed);
            firing.missed = i64::try_from(due.missed).unwrap_or(i64::MAX);
            firing.reason = Some("No scheduler ran at that time".to_owned());
            repo::insert_firing(self.tx, &firing).await?;
            self.written += 1;
        }
        row.next_at = due.next;
        row.next_due = due.next.map(|at| at + delay);
        Ok(repo::planned(self.tx, &row).await?)
    }

    /// Leaves a trigger due, and has it looked at again after a pause.
    async fn again(&self, mut row: definition::Model, pause: TimeDelta) -> Result<()> {
        row.next_due = Some(self.now + pause);
        Ok(repo::planned(self.tx, &row).await?)
    }

    /// How many firings of an organization are pending.
    async fn of_org(&mut self, org: Uuid) -> Result<i64> {
        if let Some(known) = self.pending.get(&org) {
            return Ok(*known);
        }
        let found = repo::pending(self.tx, org).await?;
        self.pending.insert(org, found);
        Ok(found)
    }
}

/// The largest number of pending firings of a trigger.
fn max_pending(schedule: &Schedule) -> i64 {
    match (schedule.overlap, schedule.misfire) {
        (Overlap::Queue, _) => MAX_QUEUED,
        (_, Misfire::All) => MAX_MADE_UP,
        _ => MAX_PENDING,
    }
}
