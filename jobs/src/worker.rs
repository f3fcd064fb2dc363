//! One worker process from start to a stop that loses nothing.

#![allow(
    clippy::disallowed_methods,
    reason = "a name for this process, not an id of the product"
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
    WorkerSettings, dispatch, lease_renewer, queue, reconciler,
    shared::Shared,
    supervise::{Health, supervise},
};

/// A running worker.
pub struct Worker {
    shared: Arc<Shared>,
    writer: JoinHandle<()>,
    dispatcher: JoinHandle<()>,
    reconciler: JoinHandle<()>,
    /// `None`: its thread could not be started, and the process is about to end.
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
    /// Starts to work on a database that is migrated and [set up](crate::setup).
    pub fn start(app: &App, resources: Resources, settings: WorkerSettings) -> Self {
        // The same name twice must not look like one holder.
        let owner = format!("{}-{}", settings.name, Uuid::now_v7().simple());
        tracing::info!(owner, slots = settings.slots, lease = ?settings.lease, "worker starts");
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
            renewer: renewer.ok(),
            // apalis' loop does not call us: that its task runs is all that can be known.
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

    /// How many runs this worker drives.
    pub fn busy(&self) -> usize {
        self.shared.runs.len()
    }

    /// Which of the worker's parts run; for a readiness check.
    pub fn health(&self) -> Health {
        self.shared.health.clone()
    }

    /// What the journal writer has done so far.
    pub fn stats(&self) -> Stats {
        self.shared.host.stats()
    }

    /// Stops: claims nothing more, gives stages in flight up to `grace` to end, writes all remaining
    /// events, and gives the leases back, so that another worker can continue at once.
    pub async fn stop(self, grace: Duration) {
        let shared = self.shared;
        shared.closing.cancel();
        let _ = self.dispatcher.await;
        for lease in shared.host.leases().all() {
            lease.shut_down();
        }
        shared.runs.close();
        if time::timeout(grace, shared.runs.wait()).await.is_err() {
            tracing::warn!(
                runs = shared.runs.len(),
                "the grace period is over; runs are cut off"
            );
        }
        shared.abort.cancel();
        shared.runs.wait().await;
        for lease in shared.host.leases().all() {
            shared.host.release(&lease, None);
        }
        // Without a database this would wait for the end of the leases.
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
            tracing::warn!("a job could not be given back; another worker takes it over later");
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
