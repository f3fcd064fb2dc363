//! Claims runs: queued runs, runs whose timer is due, and runs whose worker died.
//!
//! Claims are fair. Organizations with the fewest runs in this process come first; within an
//! organization, runs that have started before come first, then older ones. No organization gets
//! more than its [`OrgShare`]. A claim increments the run's epoch, which fences every earlier holder.
//!
//! A lease of this process that expired (because its database was slow) does not count as a death:
//! owner names are unique per start, and the claiming process is alive.
//!
//! A run may be the cause of its workers' crashes, but most runs of a crashed worker are not.
//! Crashes therefore only make a run a suspect, and it is failed only on evidence:
//!
//! - After two deaths without a completed stage in between, a run is a suspect. A process drives
//!   one suspect at a time, so that its crash does not make the other suspects look worse.
//! - After three deaths the run is driven alone: nothing else runs in its worker
//!   ([`Host::set_alone`]).
//! - A death counts only if the run was alone, and only if the worker that takes the run over has
//!   first lived without it for several times as long as its predecessor lived with it. Workers
//!   that are killed repeatedly from outside never live that long, so no run fails because of that.
//! - [`MAX_DEATHS`] counted deaths fail the run. A completed stage resets all of this.

#![allow(
    clippy::disallowed_methods,
    reason = "the database's time, which on SQLite is this process's"
)]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use engine::{component::Usage, run::Signal};
use sqlx::{ColumnIndex, Decode, FromRow, Row, Type};
use tokio::sync::mpsc;
use types::{Money, OrgId, PipelineVersionId, RunId};
use uuid::Uuid;

use super::{Host, HostError, lease::Lease, pools::Pools, sql::query};
use crate::{
    live::{Message, RunChanged, Topic},
    tokens,
};

mod postgres;
mod room;
mod sqlite;

pub use room::{ClaimCapacity, OrgShare};

/// A run fails after this many counted deaths, that is, deaths of its worker while it ran alone.
pub const MAX_DEATHS: i32 = 3;

/// A run is a suspect after this many deaths.
const SUSPECT: i32 = 2;

/// A run is driven alone after this many deaths.
const ALONE: i32 = 3;

/// Before the death of a worker with a single run counts, the next worker must live without that
/// run for `CONTROL` times as long as the dead one lived with it, and for at least the longer of
/// `CONTROL_LEASES` leases and `CONTROL_LEAST`.
const CONTROL: u32 = 4;
const CONTROL_LEASES: u32 = 3;
const CONTROL_LEAST: Duration = Duration::from_secs(3);

/// A claimed run, which this process may drive.
#[derive(Debug)]
pub struct Claimed {
    /// The lease under which the run is driven.
    pub lease: Arc<Lease>,
    /// Signals sent to the run.
    pub signals: mpsc::Receiver<Signal>,
    /// The version to execute.
    pub version: PipelineVersionId,
    /// The input as JSON.
    pub input: String,
    /// The number of the last event; 0 if the run has no events yet.
    pub last_seq: u64,
    /// Completed stages, from the run's row.
    pub stages_done: u32,
    /// All stages, from the run's row.
    pub stages_total: u32,
    /// Model usage so far, from the run's row.
    pub usage: Usage,
    /// How many times a worker of the run died since a stage was last completed.
    pub crashes: i32,
    /// How many of these deaths count: the run was alone, and the next worker lived on without it.
    pub deaths_alone: i32,
    /// Whether a signal was sent that no holder has acted on yet.
    pub signalled: bool,
    /// How many queued runs of each organization its claim could take, whatever their shares.
    pub share: usize,
}

impl Claimed {
    /// Whether the run may be the cause of its workers' deaths.
    pub fn is_suspect(&self) -> bool {
        self.crashes >= SUSPECT
    }

    /// Whether the run must be the only one in its worker.
    pub fn must_be_alone(&self) -> bool {
        self.crashes >= ALONE
    }
}

/// A claimed row, as both databases return it.
#[derive(Debug)]
struct ClaimedRow {
    id: Uuid,
    org_id: Uuid,
    version_id: Uuid,
    lease_epoch: i64,
    input: String,
    last_seq: i64,
    stages_done: i32,
    stages_total: i32,
    calls: i64,
    prompt_tokens: Option<i64>,
    completion_tokens: Option<i64>,
    cost_micros: Option<i64>,
    crashes: i32,
    signalled: i32,
    deaths_alone: i32,
    share: i64,
}

/// The parameters of a claim.
struct Claim<'a> {
    owner: &'a str,
    room: &'a ClaimCapacity,
    /// Whether one suspect may be claimed in addition.
    suspect: bool,
    lease: Duration,
    now: DateTime<Utc>,
    /// How long this worker has been running.
    lived: Duration,
    /// The minimum time that the worker must have lived before it may claim a run whose previous
    /// worker died while the run was alone.
    control: Duration,
}

impl<'r, R: Row> FromRow<'r, R> for ClaimedRow
where
    usize: ColumnIndex<R>,
    Uuid: Decode<'r, R::Database> + Type<R::Database>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
    i32: Decode<'r, R::Database> + Type<R::Database>,
    String: Decode<'r, R::Database> + Type<R::Database>,
{
    fn from_row(row: &'r R) -> Result<Self, HostError> {
        Ok(Self {
            id: row.try_get(0)?,
            org_id: row.try_get(1)?,
            version_id: row.try_get(2)?,
            lease_epoch: row.try_get(3)?,
            input: row.try_get(4)?,
            last_seq: row.try_get(5)?,
            stages_done: row.try_get(6)?,
            stages_total: row.try_get(7)?,
            calls: row.try_get(8)?,
            prompt_tokens: row.try_get(9)?,
            completion_tokens: row.try_get(10)?,
            cost_micros: row.try_get(11)?,
            crashes: row.try_get(12)?,
            signalled: row.try_get(13)?,
            deaths_alone: row.try_get(14)?,
            share: row.try_get(15)?,
        })
    }
}

impl Host {
    /// Claims up to `limit` runs of any organization, and one suspect in addition if `suspect`.
    pub async fn claim(&self, limit: usize, suspect: bool) -> Result<Vec<Claimed>, HostError> {
        self.claim_within(&ClaimCapacity::of(limit), suspect).await
    }

    /// Claims as many runs as `room` allows, and one suspect in addition if `suspect`.
    pub async fn claim_within(
        &self,
        room: &ClaimCapacity,
        suspect: bool,
    ) -> Result<Vec<Claimed>, HostError> {
        let before = Instant::now();
        let claim = Claim {
            owner: &self.0.owner,
            room,
            suspect,
            lease: self.0.lease,
            now: self.0.clock.now(),
            lived: self.0.started.elapsed(),
            control: self.control(),
        };
        let work = async {
            match &self.0.pools {
                Pools::Postgres(pg) => postgres::claim(pg, &claim).await,
                Pools::Sqlite(lite) => sqlite::claim(lite, &claim, &self.0.leases).await,
            }
        };
        // Runs claimed by a statement whose response was lost become claimable when that lease
        // ends.
        let rows = self.0.pools.in_time(work).await?;
        Ok(rows.into_iter().map(|row| self.take(row, before)).collect())
    }

    /// The minimum time that a worker must live without a run before the death of the run's last
    /// worker counts. A run that must be alone gets a multiple of this time.
    pub fn control(&self) -> Duration {
        (self.0.lease * CONTROL_LEASES).max(CONTROL_LEAST)
    }

    /// Records whether the run is the only one in this worker. Returns `false` if the run is no
    /// longer ours.
    pub async fn set_alone(&self, lease: &Lease, alone: bool) -> Result<bool, HostError> {
        let work = async {
            match &self.0.pools {
                Pools::Postgres(pg) => postgres::set_alone(pg, &self.0.owner, lease, alone).await,
                Pools::Sqlite(lite) => sqlite::set_alone(lite, &self.0.owner, lease, alone).await,
            }
        };
        self.0.pools.in_time(work).await
    }

    fn take(&self, row: ClaimedRow, before: Instant) -> Claimed {
        let (run, org) = (RunId(row.id), OrgId(row.org_id));
        let last_seq = u64::try_from(row.last_seq).unwrap_or(0);
        let until = self.until(before);
        let small = |number: i32| u32::try_from(number).unwrap_or(0);
        let big = |number: i64| u64::try_from(number).unwrap_or(0);
        let (lease, signals) = Lease::new(
            (run, org, row.lease_epoch),
            last_seq,
            small(row.stages_done),
            until,
        );
        self.0.leases.add(&lease);
        if self.0.live.has_subscribers(Topic::Org(org)) {
            self.0.live.publish(Message::RunChanged(RunChanged {
                org,
                run,
                status: "running".to_owned(),
                stages_done: small(row.stages_done),
                stages_total: small(row.stages_total),
                last_seq,
                finished_at: None,
            }));
        }
        Claimed {
            lease,
            signals,
            version: PipelineVersionId(row.version_id),
            input: row.input,
            last_seq,
            stages_done: small(row.stages_done),
            stages_total: small(row.stages_total),
            usage: Usage {
                calls: big(row.calls),
                prompt_tokens: tokens::read(row.prompt_tokens),
                completion_tokens: tokens::read(row.completion_tokens),
                cost: row.cost_micros.map(Money),
            },
            crashes: row.crashes,
            deaths_alone: row.deaths_alone,
            signalled: row.signalled != 0,
            share: usize::try_from(row.share).unwrap_or(0),
        }
    }

    /// The time until the next timer of any run is due, in milliseconds. Timers that are already
    /// due are ignored.
    pub async fn next_timer(&self) -> Result<Option<u64>, HostError> {
        self.0.pools.in_time(self.next_timer_row()).await
    }

    async fn next_timer_row(&self) -> Result<Option<u64>, HostError> {
        let millis: Option<i64> = match &self.0.pools {
            Pools::Postgres(pg) => {
                const SQL: &str = "/* across organizations: claim */
                    SELECT ceil(extract(epoch FROM min(due) - now()) * 1000)::bigint
                    FROM timers WHERE due > now()";
                query(SQL).fetch_one(&pg.system()).await?.try_get(0)?
            }
            Pools::Sqlite(lite) => {
                const SQL: &str = "/* across organizations: claim */
                    SELECT min(due) FROM timers WHERE due > ?1";
                let now = lite.clock.now();
                let row = query(SQL).bind(now).fetch_one(&lite.pool).await?;
                let due: Option<DateTime<Utc>> = row.try_get(0)?;
                due.map(|due| (due - now).num_milliseconds() + 1)
            }
        };
        Ok(millis.map(|millis| u64::try_from(millis).unwrap_or(0)))
    }

    /// Repairs inconsistencies that a manual change or a restored backup may leave: deletes timers
    /// of finished runs, and resumes waiting runs without a timer. Returns how many of each.
    pub async fn reconcile(&self) -> Result<(u64, u64), HostError> {
        let work = async {
            match &self.0.pools {
                Pools::Postgres(pg) => postgres::reconcile(pg).await,
                Pools::Sqlite(lite) => sqlite::reconcile(lite).await,
            }
        };
        self.0.pools.in_time(work).await
    }
}
