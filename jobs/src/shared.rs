//! State that the tasks of one worker share.

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

/// State that the tasks of one worker share.
pub(crate) struct Shared {
    pub system: SystemCtx,
    pub host: Host,
    pub resources: Resources,
    pub settings: WorkerSettings,
    /// The slots for runs.
    pub slots: Slots,
    /// The shares of runs in memory, processor time and attempts in flight.
    pub shares: Shares,
    /// Permits one suspect at a time; see `domain::host::Claimed::is_suspect`.
    pub suspect: Arc<Semaphore>,
    /// Held from the start of a claim until its runs are started, so that code that pauses claims
    /// can wait for a claim in flight.
    pub claiming: tokio::sync::Mutex<()>,
    /// Whether claims are paused, because one run has the worker to itself; see `quarantine`.
    pub paused: AtomicBool,
    /// Stops the runs that started while this token was current; see `quarantine`.
    pub cut: Mutex<CancellationToken>,
    /// Whether the last claim may have left runs for want of a slot. Otherwise a slot that becomes
    /// free needs no claim.
    pub left: AtomicBool,
    /// Wakes the dispatcher, because there may be runs to claim.
    pub wake: Notify,
    /// When this process last looked for jobs without a delivery.
    pub swept: Mutex<Option<std::time::Instant>>,
    /// When the next timer that this process knows of is due.
    pub next_due: Mutex<Option<Instant>>,
    /// Runs in progress.
    pub runs: TaskTracker,
    /// Attempts of jobs in progress.
    pub jobs: TaskTracker,
    /// The health of the worker's parts.
    pub health: Health,
    /// Cancelled when the worker begins to stop: no new runs are claimed.
    pub closing: CancellationToken,
    /// Cancelled after the grace period: runs in progress are aborted.
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
            left: AtomicBool::new(true),
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
