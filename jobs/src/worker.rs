//! One worker process from start to a stop that loses nothing.

#![allow(
    clippy::disallowed_methods,
    reason = "a name for this process, not an id of the product"
)]

use std::{
    fmt,
    sync::{Arc, atomic::AtomicBool},
    thread,
    time::Duration,
};

use domain::{
    App, SystemCtx,
    host::{Host, HostSettings, Stats},
};
use engine::{component::Resources, limits::Shares};
use parking_lot::Mutex;
use tokio::{
    sync::{Notify, Semaphore},
    task::{self, JoinHandle},
    time::{self, Instant},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use uuid::Uuid;

use crate::{
    WorkerSettings, dispatch, lease_renewer, queue, reconciler,
    slots::Slots,
    supervise::{Health, supervise},
};

/// What a worker's tasks share.
pub(crate) struct Shared {
    pub system: SystemCtx,
    pub host: Host,
    pub resources: Resources,
    pub settings: WorkerSettings,
    /// How many runs may be driven, and whose.
    pub slots: Slots,
    /// What runs share: memory, processor, attempts in flight.
    pub shares: Shares,
    /// One suspect at a time; see `domain::host::Claimed::is_suspect`.
    pub suspect: Arc<Semaphore>,
    /// Nothing is claimed: the worker belongs to one run; see `quarantine`.
    pub paused: AtomicBool,
    /// Cuts off the runs that were running when it was made.
    pub cut: Mutex<CancellationToken>,
    /// Says that there may be something to claim.
    pub wake: Notify,
    /// When this process last looked for jobs without a delivery.
    pub swept: Mutex<Option<std::time::Instant>>,
    /// When the next timer that this process knows of is due.
    pub next_due: Mutex<Option<Instant>>,
    /// Running runs.
    pub runs: TaskTracker,
    /// Running attempts of jobs.
    pub jobs: TaskTracker,
    /// Which of the tasks run.
    pub health: Health,
    /// No new runs.
    pub closing: CancellationToken,
    /// Running runs are dropped.
    pub abort: CancellationToken,
}

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
        let shared = Arc::new(Shared {
            system: SystemCtx::new(app),
            host: host.clone(),
            resources,
            slots: Slots::new(settings.slots),
            shares: Shares::new(settings.limits.clone()),
            suspect: Arc::new(Semaphore::new(1)),
            paused: AtomicBool::new(false),
            cut: Mutex::default(),
            wake: Notify::new(),
            swept: Mutex::default(),
            next_due: Mutex::default(),
            runs: TaskTracker::new(),
            jobs: TaskTracker::new(),
            health: Health::default(),
            closing: CancellationToken::new(),
            abort: CancellationToken::new(),
            settings,
        });
        let keeping = CancellationToken::new();
        let health = &shared.health;
        let dispatcher = {
            let shared = shared.clone();
            move || dispatch::run(shared.clone())
        };
        let renewer = lease_renewer::start(host.clone(), health.clone(), keeping.clone());
        let renewer = renewer.inspect_err(|error| {
            tracing::error!(%error, "the lease renewer has no thread");
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
                "dispatcher",
                closing(),
                dispatcher,
            )),
            reconciler: tokio::spawn(supervise(
                health.clone(),
                reconciler::PART,
                keeping.clone(),
                reconciler,
            )),
            renewer: renewer.ok(),
            queue: tokio::spawn(supervise(health.clone(), "queue", closing(), queue)),
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

    /// Stops: claims nothing more, lets stages in flight end for up to `grace`, writes every event
    /// that there is, and gives the leases back, so that another worker goes on at once.
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
                "the grace is over; runs are cut off"
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
            tracing::debug!("somebody still holds the journal writer");
        }
        tracing::info!("worker stopped");
    }
}
