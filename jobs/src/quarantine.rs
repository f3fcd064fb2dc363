//! Room for a run that must be alone: nothing else is driven in this worker meanwhile.
//!
//! The other runs end by themselves or are given back, and nothing new is claimed. The run has the
//! worker to itself for a limited time, so that a harmless one delays the others only a little; each
//! further death makes that time longer. See `domain::host` for what a death then means.

use std::{sync::atomic::Ordering, time::Duration};

use domain::host::Claimed;
use tokio::{select, time};
use tokio_util::sync::CancellationToken;

use crate::shared::Shared;

/// How long the other runs may go on, how long they then have to stop at a clean point, and how long
/// cutting them off may take.
const STEPS: [Duration; 3] = [
    Duration::from_secs(5),
    Duration::from_secs(5),
    Duration::from_secs(2),
];
const LOOK: Duration = Duration::from_millis(20);

/// Nothing else runs in the worker until this is dropped.
pub struct Alone<'a>(&'a Shared);

impl Drop for Alone<'_> {
    fn drop(&mut self) {
        self.0.paused.store(false, Ordering::Relaxed);
        self.0.wake.notify_one();
    }
}

/// Makes room. `None`: it was not possible. The run is then driven beside others, and a death of its
/// worker proves nothing.
pub async fn make_room<'a>(shared: &'a Shared, run: &Claimed) -> Option<Alone<'a>> {
    shared.paused.store(true, Ordering::Relaxed);
    let alone = Alone(shared);
    tracing::warn!(
        crashes = run.crashes,
        "a suspect is driven alone; the worker makes room"
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
    tracing::warn!("other runs do not end; the suspect is driven beside them");
    None
}

/// Resolves when the one run is all that is left. Claims are paused by now.
async fn empty(shared: &Shared) {
    // A claim that began before the pause may still start runs.
    drop(shared.claiming.lock().await);
    while shared.runs.len() > 1 {
        time::sleep(LOOK).await;
    }
}

/// Ends a run's time alone: when one of its stages is done, or when the time is over.
pub async fn until_cleared(shared: &Shared, run: &Claimed, alone: Option<Alone<'_>>) {
    let Some(alone) = alone else {
        return run.lease.progressed().await;
    };
    let times = u32::try_from(run.crashes).unwrap_or(1).clamp(1, 20);
    select! {
        () = run.lease.progressed() => {}
        () = time::sleep(shared.host.control() * times) => {
            // Others run again, so a crash proves nothing any more.
            if let Err(error) = shared.host.set_alone(&run.lease, false).await {
                tracing::warn!(%error, "a run could not be marked as one of many");
            }
        }
    }
    drop(alone);
    run.lease.progressed().await;
}
