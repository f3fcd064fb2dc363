//! The worker of a process, from start to graceful stop.

#![allow(
    clippy::disallowed_methods,
    reason = "an ID of this process, not of a resource"
)]

use std::{fmt, sync::Arc, thread, time::Duration};

use domain::{
    App,
    host::{Host, HostSettings, Stats},
};
use engine::component::Resources;
use tokio::{
    task::{self, JoinHandle},
    time,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    WorkerSettings, dispatch, lease_renewer, queue, reconciler, scheduler,
    shared::Shared,
    supervise::{Health, supervise},
};

/// A running worker.
pub struct Worker {
    shared: Arc<Shared>,
    writer: JoinHandle<()>,
    dispatcher: JoinHandle<()>,
    reconciler: JoinHandle<()>,
    scheduler: JoinHandle<()>,
    /// `None` if the thread could not be started, which the health check reports.
    renewer: Option<thread::JoinHandle<()>>,
    keeping: CancellationToken,
    queue: JoinHandle<()>,
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker")
            .field("settings", &self.shared.settings)
            .finish_non_exhaustive()
    }
}

impl Worker {
    /// Starts a worker on a database that is migrated and [set up](crate::setup).
    pub fn start(app: &App, resources: Resources, settings: WorkerSettings) -> Self {
        // Two workers with the same name must not look like one lease owner.
        let owner = format!("{}-{}", settings.name, Uuid::now_v7().simple());
        tracing::info!(owner, slots = settings.slots, lease = ?settings.lease, "starting the worker");
        let lease = settings.lease;
        let (host, writer) = Host::start(
            app.db(),
            app.live(),
            app.clock(),
            HostSettings {
                owner: owner.clone(),
                lease,
            },
        );
        let shared = Arc::new(Shared::new(app, host.clone(), resources, settings));
        let keeping = CancellationToken::new();
        let health = &shared.health;
        let dispatcher = {
            let shared = shared.clone();
            move || dispatch::run(shared.clone())
        };
        let renewer = lease_renewer::start(host.clone(), health.clone(), keeping.clone());
        let renewer = renewer.inspect_err(|error| {
            tracing::error!(%error, "the thread of the lease renewer could not be started");
            health.lives(lease_renewer::PART, false);
        });
        let reconciler = {
            let (stop, health) = (keeping.clone(), health.clone());
            let system = shared.system.clone();
            move || reconciler::run(system.clone(), host.clone(), health.clone(), stop.clone())
        };
        let scheduler = {
            let shared = shared.clone();
            move || scheduler::run(shared.clone())
        };
        let queue = {
            let shared = shared.clone();
            move || queue::run(shared.clone(), owner.clone())
        };
        let closing = || shared.closing.clone();
        Self {
            dispatcher: tokio::spawn(supervise(
                health.clone(),
                dispatch::PART,
                true,
                closing(),
                dispatcher,
            )),
            reconciler: tokio::spawn(supervise(
                health.clone(),
                reconciler::PART,
                true,
                keeping.clone(),
                reconciler,
            )),
            scheduler: tokio::spawn(supervise(
                health.clone(),
                scheduler::PART,
                true,
                closing(),
                scheduler,
            )),
            renewer: renewer.ok(),
            // apalis' loop does not report progress; it is only known whether its task runs.
            queue: tokio::spawn(supervise(
                health.clone(),
                queue::PART,
                false,
                closing(),
                queue,
            )),
            writer,
            keeping,
            shared,
        }
    }

    /// The number of runs that this worker drives.
    pub fn busy(&self) -> usize {
        self.shared.runs.len()
    }

    /// The health of the worker's parts, for the readiness check.
    pub fn health(&self) -> Health {
        self.shared.health.clone()
    }

    /// The journal writer's counters since the process started.
    pub fn stats(&self) -> Stats {
        self.shared.host.stats()
    }

    /// Stops the worker: claims no more runs, gives stages in flight up to `grace` to end, writes
    /// all remaining events, and gives back the leases, so that another worker can continue at
    /// once.
    pub async fn stop(self, grace: Duration) {
        let shared = self.shared;
        shared.closing.cancel();
        let _ = self.dispatcher.await;
        let _ = self.scheduler.await;
        for lease in shared.host.leases().all() {
            lease.shut_down();
        }
        shared.runs.close();
        if time::timeout(grace, shared.runs.wait()).await.is_err() {
            tracing::warn!(
                runs = shared.runs.len(),
                "the grace period is over; aborting the remaining runs"
            );
        }
        shared.abort.cancel();
        shared.runs.wait().await;
        for lease in shared.host.leases().all() {
            shared.host.release(&lease, None);
        }
        // If the database is unreachable, the flush would take until the leases end.
        if time::timeout(grace.max(Duration::from_secs(1)), shared.host.flush())
            .await
            .is_err()
        {
            tracing::warn!("the journal could not be flushed");
        }
        self.keeping.cancel();
        let _ = self.reconciler.await;
        if let Some(renewer) = self.renewer {
            let _ = task::spawn_blocking(move || renewer.join()).await;
        }
        let _ = self.queue.await;
        shared.jobs.close();
        let soon = grace.max(Duration::from_secs(5));
        if time::timeout(soon, shared.jobs.wait()).await.is_err() {
            tracing::warn!("a job could not be given back; another worker will take it over later");
        }
        drop(shared);
        if time::timeout(Duration::from_secs(1), self.writer)
            .await
            .is_err()
        {
            tracing::debug!("the journal writer is still in use");
        }
        tracing::info!("worker stopped");
    }
}
