//! The engine's host over the database: who drives a run, and how its events become durable.
//!
//! A [`Host`] is one worker process. It claims runs ([`Host::claim`]), keeps their leases
//! ([`Host::renew`]), and has the one journal writer of the process, which commits the segments
//! of many runs at once (`writer`). Driving itself is in `jobs`. Entry points have no host: they put a
//! row into `run_signals` ([`crate::runs::signals`]) and read events ([`stream::events`]).

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

pub use claim::{Claimed, MAX_DEATHS, Place, Room};
pub use journal::{History, RunJournal};
pub use lease::{Lease, Leases};
use pools::Pools;
pub use writer::Stats;
use writer::Writer;

use crate::{db::Db, live::Live};

/// How a worker process holds runs.
#[derive(Clone, Debug)]
pub struct HostSettings {
    /// The name in `lease_owner`: unique per start of a process.
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

/// Why a statement failed. Not an `AppError`, because a worker tries again.
pub type HostError = sqlx::Error;

impl Host {
    /// Starts the journal writer; it ends when the last host and journal are gone.
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

    /// What the writer has done so far.
    pub fn stats(&self) -> Stats {
        self.0.writer.stats()
    }

    /// The artifacts of a run's organization, for as long as its lease lasts.
    pub fn artifacts(&self, lease: &Arc<Lease>) -> Arc<dyn Artifacts> {
        Arc::new(artifacts::LeasedArtifacts {
            pools: self.0.pools.clone(),
            lease: lease.clone(),
        })
    }
}

#[cfg(test)]
mod tests;
