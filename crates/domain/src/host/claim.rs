//! Taking runs: queued ones, woken ones, and those whose worker died.
//!
//! The order is fair: first what was begun already, then one run of each organization in turn,
//! older ones first. A claim raises the run's epoch, which fences every earlier holder.
//!
//! A lease of this very process that ran out (its database was slow) is no death: the name is new at
//! every start, and who claims is alive.
//!
//! A run whose holder died twice without a stage getting done in between is a suspect: it may be
//! what kills its workers. A process drives one suspect at a time, so that only the guilty one
//! reaches [`MAX_CRASHES`].

use std::{sync::Arc, time::Instant};

use engine::{component::Usage, run::Signal};
use sqlx::{ColumnIndex, Decode, FromRow, Row, Type};
use tokio::sync::mpsc;
use types::{Money, OrgId, PipelineVersionId, RunId};
use uuid::Uuid;

use super::{Host, HostError, lease::Lease, pools::Pools};
use crate::live::{Message, RunChanged, Topic};

mod postgres;
mod sqlite;

/// So many deaths of its worker without progress end a run.
pub const MAX_CRASHES: i32 = 3;

/// From so many deaths on a run is a suspect.
const SUSPECT: i32 = 2;

/// A run that this process may drive.
#[derive(Debug)]
pub struct Claimed {
    /// The right to do so.
    pub lease: Arc<Lease>,
    /// What doors say to it.
    pub signals: mpsc::Receiver<Signal>,
    /// The version to execute.
    pub version: PipelineVersionId,
    /// The input as JSON.
    pub input: String,
    /// The number of the last event; 0: nothing happened yet.
    pub last_seq: u64,
    /// As in the row.
    pub stages_done: u32,
    /// As in the row.
    pub stages_total: u32,
    /// As in the row.
    pub usage: Usage,
    /// How often its worker died since a stage was last done.
    pub crashes: i32,
    /// Whether a door said something that no holder has acted upon yet.
    pub signalled: bool,
}

impl Claimed {
    /// Whether it may be what kills its workers.
    pub fn is_suspect(&self) -> bool {
        self.crashes >= SUSPECT
    }
}

/// A claimed row as both engines give it.
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
    prompt_tokens: i64,
    completion_tokens: i64,
    cost_micros: Option<i64>,
    crashes: i32,
    signalled: i32,
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
        })
    }
}

impl Host {
    /// Claims up to `limit` runs, and one suspect more if `suspect`.
    pub async fn claim(&self, limit: usize, suspect: bool) -> Result<Vec<Claimed>, HostError> {
        let before = Instant::now();
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let now = self.0.clock.now();
        let work = async {
            match &self.0.pools {
                Pools::Postgres(pg) => {
                    let lease = i64::try_from(self.0.lease.as_micros()).unwrap_or(i64::MAX);
                    postgres::claim(pg, &self.0.owner, limit, suspect, lease, now).await
                }
                Pools::Sqlite(lite) => {
                    sqlite::claim(lite, &self.0.owner, limit, suspect, self.0.lease, now).await
                }
            }
        };
        // What an answer that got lost has claimed is free again when that lease ends.
        let rows = self.0.pools.in_time(work).await?;
        Ok(rows.into_iter().map(|row| self.take(row, before)).collect())
    }

    fn take(&self, row: ClaimedRow, before: Instant) -> Claimed {
        let (run, org) = (RunId(row.id), OrgId(row.org_id));
        let last_seq = u64::try_from(row.last_seq).unwrap_or(0);
        let until = before + self.0.lease;
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
                prompt_tokens: big(row.prompt_tokens),
                completion_tokens: big(row.completion_tokens),
                cost: row.cost_micros.map(Money),
            },
            crashes: row.crashes,
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
                const SQL: &str = "SELECT ceil(extract(epoch FROM min(due) - now()) * 1000)::bigint
                    FROM timers WHERE due > now()";
                sqlx::query(SQL).fetch_one(&pg.system()).await?.try_get(0)?
            }
            Pools::Sqlite(lite) => {
                const SQL: &str = "SELECT min(due) FROM timers WHERE due > ?1";
                let now = chrono::Utc::now();
                let row = sqlx::query(SQL).bind(now).fetch_one(&lite.pool).await?;
                let due: Option<chrono::DateTime<chrono::Utc>> = row.try_get(0)?;
                due.map(|due| (due - now).num_milliseconds() + 1)
            }
        };
        Ok(millis.map(|millis| u64::try_from(millis).unwrap_or(0)))
    }

    /// Puts right what no statement of ours leaves behind but a hand or a restored backup may:
    /// timers of finished runs, and waiting runs without a timer. Gives how many of each.
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
