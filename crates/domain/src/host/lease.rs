//! Leases as this process knows them.
//!
//! The run's row (owner, epoch, until) is authoritative. This is the process's own view: up to
//! which event the journal is durable, until when the lease certainly holds, and whether it was
//! lost. Times are on the monotonic clock and count from before the statement that obtained the
//! lease was sent, so a lease always ends here before it ends in the database.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use engine::run::{JournalError, Signal};
use parking_lot::Mutex;
use tokio::sync::{mpsc, watch};
use types::{OrgId, RunId};
use uuid::Uuid;

/// The right to drive one run.
pub struct Lease {
    /// The run.
    pub run: RunId,
    /// Its organization.
    pub org: OrgId,
    /// The number of the claim in the run's life, which fences older holders.
    pub epoch: i64,
    stages_done: u32,
    state: watch::Sender<State>,
    until: Mutex<Instant>,
    signals: mpsc::Sender<Signal>,
    delivered: Mutex<HashSet<Uuid>>,
    has_signals: AtomicBool,
}

#[derive(Clone, Debug)]
struct State {
    durable: u64,
    progressed: bool,
    end: Option<JournalError>,
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} epoch {}", self.run, self.epoch)
    }
}

impl Lease {
    pub(super) fn new(
        (run, org, epoch): (RunId, OrgId, i64),
        durable: u64,
        stages_done: u32,
        until: Instant,
    ) -> (Arc<Self>, mpsc::Receiver<Signal>) {
        let (signals, take) = mpsc::channel(16);
        let lease = Self {
            run,
            org,
            epoch,
            stages_done,
            state: watch::Sender::new(State {
                durable,
                progressed: false,
                end: None,
            }),
            until: Mutex::new(until),
            signals,
            delivered: Mutex::default(),
            has_signals: AtomicBool::new(false),
        };
        (Arc::new(lease), take)
    }

    /// Whether the run may continue: the lease was not lost and has not expired.
    pub fn is_held(&self) -> bool {
        self.state.borrow().end.is_none() && !self.is_over()
    }

    /// Whether the lease has expired.
    fn is_over(&self) -> bool {
        Instant::now() >= *self.until.lock()
    }

    /// The time until the lease expires; zero afterwards.
    pub fn left(&self) -> Duration {
        self.until.lock().saturating_duration_since(Instant::now())
    }

    /// Resolves when the lease is lost or the journal failed.
    pub async fn lost(&self) -> JournalError {
        let mut state = self.state.subscribe();
        // The sender lives as long as `self`.
        match state.wait_for(|state| state.end.is_some()).await {
            Ok(state) => state.end.clone().unwrap_or(JournalError::Fenced),
            Err(_) => JournalError::Fenced,
        }
    }

    /// Marks the lease as lost: another worker drives the run, or will soon.
    pub fn fence(&self) {
        self.end(JournalError::Fenced);
    }

    pub(super) fn fail(&self, message: String) {
        self.end(JournalError::Failed(message));
    }

    fn end(&self, error: JournalError) {
        self.state.send_if_modified(|state| {
            let first = state.end.is_none();
            if first {
                state.end = Some(error);
            }
            first
        });
    }

    pub(super) fn renewed(&self, until: Instant) {
        *self.until.lock() = until;
    }

    pub(super) fn committed(&self, seq: u64, stages_done: u32, progressed: bool) {
        self.state.send_modify(|state| {
            state.durable = state.durable.max(seq);
            state.progressed |= progressed || stages_done > self.stages_done;
        });
    }

    /// Resolves when a stage was completed under this lease, or the lease was lost.
    pub async fn progressed(&self) {
        let mut state = self.state.subscribe();
        let _ = state
            .wait_for(|state| state.progressed || state.end.is_some())
            .await;
    }

    /// The number of the last durable event.
    pub fn durable_seq(&self) -> u64 {
        self.state.borrow().durable
    }

    /// Resolves when all events up to `seq` are durable, or with an error when the lease is lost.
    pub(super) async fn durable(&self, seq: u64) -> Result<(), JournalError> {
        let mut changes = self.state.subscribe();
        loop {
            {
                let state = changes.borrow_and_update();
                if let Some(end) = &state.end {
                    return Err(end.clone());
                }
                if state.durable >= seq {
                    // Catches a process that was suspended beyond the end of its lease.
                    return if self.is_over() {
                        Err(JournalError::Fenced)
                    } else {
                        Ok(())
                    };
                }
            }
            if changes.changed().await.is_err() {
                return Err(JournalError::Fenced);
            }
        }
    }

    /// Delivers a signal to the run, once per ID. Runs that have ended accept no signals.
    pub(super) fn deliver(&self, id: Uuid, signal: Signal) {
        self.has_signals.store(true, Ordering::Relaxed);
        let mut delivered = self.delivered.lock();
        if !delivered.contains(&id) && self.signals.try_send(signal).is_ok() {
            delivered.insert(id);
        }
    }

    /// Asks the run to stop at a clean point.
    pub fn shut_down(&self) {
        // If the channel is full (16 signals), the worker aborts the run after the grace period.
        let _ = self.signals.try_send(Signal::Shutdown);
    }

    pub(super) fn has_signals(&self) -> bool {
        self.has_signals.load(Ordering::Relaxed)
    }
}

/// The leases that a process holds. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Leases(Arc<Mutex<HashMap<RunId, Arc<Lease>>>>);

impl Leases {
    /// Adds a lease. An earlier one for the same run ends: the database would not have granted this
    /// one if it still knew the earlier one, even if both have the same epoch.
    pub(super) fn add(&self, lease: &Arc<Lease>) {
        let earlier = self.0.lock().insert(lease.run, lease.clone());
        if let Some(earlier) = earlier {
            earlier.fence();
        }
    }

    /// Removes a lease that was given back, was lost or has ended.
    pub fn remove(&self, lease: &Lease) {
        let mut held = self.0.lock();
        if held
            .get(&lease.run)
            .is_some_and(|other| std::ptr::eq(&**other, lease))
        {
            held.remove(&lease.run);
        }
    }

    /// The lease of a run, if this process holds it.
    pub fn get(&self, run: RunId) -> Option<Arc<Lease>> {
        self.0.lock().get(&run).cloned()
    }

    /// All leases.
    pub fn all(&self) -> Vec<Arc<Lease>> {
        self.0.lock().values().cloned().collect()
    }

    /// The number of leases.
    pub fn len(&self) -> usize {
        self.0.lock().len()
    }

    /// Whether the process holds no leases.
    pub fn is_empty(&self) -> bool {
        self.0.lock().is_empty()
    }
}
