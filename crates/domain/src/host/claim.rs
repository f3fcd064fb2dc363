//! Taking runs: queued ones, woken ones, and those whose worker died.
//!
//! The order is fair: those organizations first that drive the fewest runs here, within one first
//! what was begun already, then older ones. None gets more than its [`Place`]. A claim raises the
//! run's epoch, which fences every earlier holder.
//!
//! A lease of this very process that ran out (its database was slow) is no death: the name is new at
//! every start, and who claims is alive.
//!
//! A run may be what crashes its workers, but most runs that a crashed worker held are not. So a
//! crash makes a run a suspect, and only proof fails it:
//!
//! - From two deaths on without a stage getting done in between, a run is a suspect. A process
//!   drives one suspect at a time, so that suspicion stops growing for all the others.
//! - From three on it is driven alone: nothing else runs in its worker ([`Host::set_alone`]).
//! - A death counts only when the run was alone, and only when the worker that takes the run over
//!   has first lived a good while without it: several times as long as its predecessor lived with
//!   it. When workers are killed again and again no worker does, so no run is failed for that.
//! - [`MAX_DEATHS`] deaths that count end the run. A stage that gets done clears everything.

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

pub use room::{Place, Room};

/// So many deaths of its worker while it was driven alone end a run.
pub const MAX_DEATHS: i32 = 3;

/// From so many deaths on a run is a suspect.
const SUSPECT: i32 = 2;

/// From so many deaths on it is driven alone.
const ALONE: i32 = 3;

/// After a death of a run that was alone, a worker must live without it for so many times as long
/// as the dead one lived with it, and for so many leases at least, before the death counts.
const CONTROL: u32 = 4;
const CONTROL_LEASES: u32 = 3;
const CONTROL_LEAST: Duration = Duration::from_secs(3);

/// A run that this process may drive.
#[derive(Debug)]
pub struct Claimed {
    /// The lease under which it is driven.
    pub lease: Arc<Lease>,
    /// Signals that were sent to it.
    pub signals: mpsc::Receiver<Signal>,
    /// The version to execute.
    pub version: PipelineVersionId,
    /// The input as JSON.
    pub input: String,
    /// The number of the last event; 0: nothing happened yet.
    pub last_seq: u64,
    /// As in the run's row.
    pub stages_done: u32,
    /// As in the run's row.
    pub stages_total: u32,
    /// As in the run's row.
    pub usage: Usage,
    /// How often its worker died since a stage was last done.
    pub crashes: i32,
    /// How many of these deaths count: it was alone, and its successor lived on without it.
    pub deaths_alone: i32,
    /// Whether a signal was sent that no holder has acted upon yet.
    pub signalled: bool,
}

impl Claimed {
    /// Whether it may be what kills its workers.
    pub fn is_suspect(&self) -> bool {
        self.crashes >= SUSPECT
    }

    /// Whether nothing else may run in its worker.
    pub fn must_be_alone(&self) -> bool {
        self.crashes >= ALONE
    }
}

/// A claimed row as both databases give it.
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
}

/// Who claims, and what for.
struct Claim<'a> {
    owner: &'a str,
    room: &'a Room,
    /// Whether a suspect may be taken, too.
    suspect: bool,
    lease: Duration,
    now: DateTime<Utc>,
    /// How long this worker has lived.
    lived: Duration,
    /// The least time that it must have lived without a run whose worker died alone with it.
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
        })
    }
}

impl Host {
    /// Claims up to `limit` runs of any organization, and one more suspect if `suspect`.
    pub async fn claim(&self, limit: usize, suspect: bool) -> Result<Vec<Claimed>, HostError> {
        self.claim_within(&Room::of(limit), suspect).await
    }

    /// Claims as many runs as there is room for, and one suspect more if `suspect`.
    pub async fn claim_within(
        &self,
        room: &Room,
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
        // Runs claimed by a statement whose answer got lost are free again when that lease ends.
        let rows = self.0.pools.in_time(work).await?;
        Ok(rows.into_iter().map(|row| self.take(row, before)).collect())
    }

    /// How long a worker must have lived without a run before a death with it counts; also how long
    /// a run that must be alone is given for it at first.
    pub fn control(&self) -> Duration {
        (self.0.lease * CONTROL_LEASES).max(CONTROL_LEAST)
    }

    /// Notes that nothing else runs in this worker beside the run, or that something does again.
    /// `false`: the run is no longer ours.
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
        if self.0.live.is_heard(Topic::Org(org)) {
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
        }
    }

    /// How long until the next timer of any run is due, in milliseconds; past ones do not count.
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

    /// Repairs what a manual change or a restored backup may leave behind: timers of finished runs,
    /// and waiting runs without a timer. Gives how many of each.
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
