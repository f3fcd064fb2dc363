//! Quarantine: drives a suspect alone, with no other run in this worker.
//!
//! The other runs finish or are given back, and no new ones are claimed. The run has the worker to
//! itself for a limited time, so that a harmless run delays others only a little; each further
//! death of its worker extends that time. See `domain::host` for when a death counts.

use std::{sync::atomic::Ordering, time::Duration};

use domain::host::Claimed;
use tokio::{select, time};
use tokio_util::sync::CancellationToken;

use crate::shared::Shared;

/// How long the other runs may continue, how long they then have to stop at a clean point, and how
/// long aborting them may take.
const STEPS: [Duration; 3] = [
    Duration::from_secs(5),
    Duration::from_secs(5),
    Duration::from_secs(2),
];
const LOOK: Duration = Duration::from_millis(20);

/// A guard: no other run is claimed by the worker until it is dropped.
pub struct Alone<'a>(&'a Shared);

impl Drop for Alone<'_> {
    fn drop(&mut self) {
        self.0.paused.store(false, Ordering::Relaxed);
        self.0.wake.notify_one();
    }
}

/// Stops the other runs. Returns `None` if that was not possible: the run is then driven beside
/// others, and a death of its worker does not count.
pub async fn make_room<'a>(shared: &'a Shared, run: &Claimed) -> Option<Alone<'a>> {
    shared.paused.store(true, Ordering::Relaxed);
    let alone = Alone(shared);
    tracing::warn!(
        crashes = run.crashes,
        "a suspect must be driven alone; stopping the other runs of this worker"
    );
    for (step, limit) in STEPS.into_iter().enumerate() {
        match step {
            1 => {
                for lease in shared.host.leases().all() {
                    if lease.run != run.lease.run {
                        lease.shut_down();
                    }
                }
            }
            2 => std::mem::replace(&mut *shared.cut.lock(), CancellationToken::new()).cancel(),
            _ => {}
        }
        select! {
            () = shared.closing.cancelled() => return None,
            () = time::sleep(limit) => {}
            () = empty(shared) => {
                return match shared.host.set_alone(&run.lease, true).await {
                    Ok(true) => Some(alone),
                    Ok(false) => None,
                    Err(error) => {
                        tracing::warn!(%error, "a run could not be marked as alone");
                        None
                    }
                };
            }
        }
    }
    tracing::warn!("other runs did not stop; the suspect is driven beside them");
    None
}

/// Resolves when at most one run is left. Claims must be paused already.
async fn empty(shared: &Shared) {
    // A claim that began before the pause may still start runs.
    drop(shared.claiming.lock().await);
    while shared.runs.len() > 1 {
        time::sleep(LOOK).await;
    }
}

/// Ends the time alone when one of the run's stages is completed, or when the time is over.
/// Resolves when the run is no longer a suspect, or its lease has ended.
pub async fn until_cleared(shared: &Shared, run: &Claimed, alone: Option<Alone<'_>>) {
    let Some(alone) = alone else {
        return run.lease.progressed().await;
    };
    let times = u32::try_from(run.crashes).unwrap_or(1).clamp(1, 20);
    select! {
        () = run.lease.progressed() => {}
        () = time::sleep(shared.host.control() * times) => {
            // Other runs will run beside it, so a crash no longer counts.
            if let Err(error) = shared.host.set_alone(&run.lease, false).await {
                tracing::warn!(%error, "a run could not be marked as no longer alone");
            }
        }
    }
    drop(alone);
    run.lease.progressed().await;
}
