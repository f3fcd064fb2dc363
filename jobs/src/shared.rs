//! What the tasks of one worker share.

use std::sync::{Arc, atomic::AtomicBool};

use domain::{App, SystemCtx, host::Host};
use engine::{component::Resources, limits::Shares};
use parking_lot::Mutex;
use tokio::{
    sync::{Notify, Semaphore},
    time::Instant,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{settings::WorkerSettings, slots::Slots, supervise::Health};

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
    /// Held from the start of a claim until its runs are started, so that whoever pauses claims can
    /// wait for one in flight.
    pub claiming: tokio::sync::Mutex<()>,
    /// Nothing is claimed: the worker belongs to one run; see `quarantine`.
    pub paused: AtomicBool,
    /// Cuts off the runs that were running when it was made.
    pub cut: Mutex<CancellationToken>,
    /// Wakes the dispatcher: there may be something to claim.
    pub wake: Notify,
    /// When this process last looked for jobs without a delivery.
    pub swept: Mutex<Option<std::time::Instant>>,
    /// When the next timer that this process knows of is due.
    pub next_due: Mutex<Option<Instant>>,
    /// Runs in progress.
    pub runs: TaskTracker,
    /// Attempts of jobs in progress.
    pub jobs: TaskTracker,
    /// Which of the worker's parts are up.
    pub health: Health,
    /// Cancelled when the worker stops: no new runs.
    pub closing: CancellationToken,
    /// Cancelled after the grace period: runs in progress are dropped.
    pub abort: CancellationToken,
}

impl Shared {
    pub fn new(app: &App, host: Host, resources: Resources, settings: WorkerSettings) -> Self {
        Self {
            system: SystemCtx::new(app),
            host,
            resources,
            slots: Slots::new(settings.slots),
            shares: Shares::new(settings.limits.clone()),
            suspect: Arc::new(Semaphore::new(1)),
            claiming: tokio::sync::Mutex::default(),
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
        }
    }
}
