//! Decides which process drives a run, and makes the run's events durable in the database.
//!
//! A [`Host`] represents one worker process. It claims runs ([`Host::claim`]), renews their leases
//! ([`Host::renew`]), and owns the process's single journal writer, which commits the segments of
//! many runs at once (`writer`). Runs are driven in `jobs`. Entry points have no host: they insert
//! rows into `run_signals` ([`crate::runs::signals`]) and read events ([`stream::events`]).

mod artifacts;
mod claim;
mod commit;
mod ending;
mod journal;
mod lease;
mod pools;
mod renew;
mod signals;
mod sql;
pub mod stream;
mod watch;
mod writer;
mod writer_connection;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use engine::run::Artifacts;
use parking_lot::Mutex;
use tokio::task::JoinHandle;
use types::Clock;

pub use claim::{ClaimCapacity, Claimed, MAX_DEATHS, OrgShare};
pub use journal::{History, RunJournal};
pub use lease::{Lease, Leases};
use pools::Pools;
pub use writer::Stats;
use writer::Writer;

use crate::{db::Db, live::Live};

/// Settings of a worker process for the runs that it holds.
#[derive(Clone, Debug)]
pub struct HostSettings {
    /// The name stored in `lease_owner`, unique for each start of a process.
    pub owner: String,
    /// How long a lease lasts without a renewal.
    pub lease: Duration,
}

/// One worker process. Cheap to clone.
#[derive(Clone)]
pub struct Host(Arc<Inner>);

struct Inner {
    pools: Pools,
    live: Live,
    clock: Clock,
    owner: Arc<str>,
    lease: Duration,
    leases: Leases,
    writer: Writer,
    started: Instant,
    /// When the leases were last renewed on SQLite.
    renewed: Mutex<Instant>,
}

/// Why a statement failed. Not an `AppError`, because workers retry.
pub type HostError = sqlx::Error;

impl Host {
    /// Starts the journal writer. Its task ends when the last host and journal are dropped.
    pub fn start(
        db: &Db,
        live: &Live,
        clock: &Clock,
        settings: HostSettings,
    ) -> (Self, JoinHandle<()>) {
        let pools = Pools::new(db, clock, settings.lease);
        let owner: Arc<str> = settings.owner.into();
        let leases = Leases::default();
        let (writer, task) =
            writer::start(pools.clone(), live.clone(), owner.clone(), leases.clone());
        let inner = Inner {
            pools,
            live: live.clone(),
            clock: clock.clone(),
            owner,
            lease: settings.lease,
            leases,
            writer,
            started: Instant::now(),
            renewed: Mutex::new(Instant::now()),
        };
        (Self(Arc::new(inner)), task)
    }

    /// The runs that this process holds.
    pub fn leases(&self) -> &Leases {
        &self.0.leases
    }

    /// How long a lease lasts.
    pub fn lease_time(&self) -> Duration {
        self.0.lease
    }

    /// The journal writer's counters since the process started.
    pub fn stats(&self) -> Stats {
        self.0.writer.stats()
    }

    /// Access to the artifacts of a run's organization, for as long as the run's lease lasts.
    pub fn artifacts(&self, lease: &Arc<Lease>) -> Arc<dyn Artifacts> {
        Arc::new(artifacts::LeasedArtifacts {
            pools: self.0.pools.clone(),
            lease: lease.clone(),
        })
    }
}

#[cfg(test)]
mod tests;
