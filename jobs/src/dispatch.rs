//! Claims runs in batches and starts each in a slot.
//!
//! Live messages wake the dispatcher at once; the queue's wake-up job, the known timers and a slow
//! poll are the fallback. No run is claimed without a free slot, so that another worker can claim
//! it. `slots` and the claim decide which organizations get the free slots. When a slot becomes free,
//! there is another claim only if the last one may have left runs for want of slots.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use domain::{
    host::Claimed,
    live::{Message, Topic},
};
use tokio::{
    select,
    time::{self, Instant},
};

use crate::{drive, shared::Shared};

/// The part's name in logs and in the readiness check.
pub const PART: &str = "dispatcher";
/// The maximum number of runs in one claim.
const BATCH: usize = 128;
const MAX_PAUSE: Duration = Duration::from_secs(5);

/// Runs until the worker closes.
pub async fn run(shared: Arc<Shared>) {
    let mut queue = shared.system.app.live().subscribe(Topic::Queue);
    let mut pause = Duration::from_millis(50);
    let mut poll_at = Instant::now();
    while !shared.closing.is_cancelled() {
        shared.health.moves(PART);
        if Instant::now() >= poll_at {
            poll_at = Instant::now() + shared.settings.poll;
            look_ahead(&shared).await;
        }
        match claim(&shared).await {
            Ok(true) => {
                pause = Duration::from_millis(50);
                continue;
            }
            Ok(false) => pause = Duration::from_millis(50),
            Err(error) => {
                tracing::warn!(%error, "runs could not be claimed; retrying");
                select! {
                    () = shared.closing.cancelled() => return,
                    () = time::sleep(pause) => {}
                }
                pause = (pause * 2).min(MAX_PAUSE);
                continue;
            }
        }
        wait(&shared, &mut queue, poll_at).await;
    }
}

/// Waits until there may be something to claim.
async fn wait(shared: &Arc<Shared>, queue: &mut domain::live::Subscription, poll_at: Instant) {
    let due = *shared.next_due.lock();
    let until = due.map_or(poll_at, |due| due.min(poll_at));
    loop {
        select! {
            () = shared.closing.cancelled() => return,
            () = shared.wake.notified() => return,
            () = shared.slots.freed(), if shared.left.load(Ordering::Relaxed) => return,
            () = time::sleep_until(until) => {
                let mut next = shared.next_due.lock();
                if next.is_some_and(|next| next <= Instant::now()) {
                    *next = None;
                }
                return;
            }
            message = queue.next() => {
                // One claim covers all messages that arrived meanwhile.
                let mut wake = heard(shared, message).await;
                while let Some(message) = queue.try_next() {
                    wake |= heard(shared, message).await;
                }
                if wake {
                    return;
                }
            }
        }
    }
}

/// Whether a claim is needed after a message. A signal to a run of this worker is delivered to it.
async fn heard(shared: &Arc<Shared>, message: Message) -> bool {
    let run = match message {
        Message::Signalled(run) => run,
        Message::JobDue { .. } => return false,
        _ => return true,
    };
    let Some(lease) = shared.host.leases().get(run) else {
        return true;
    };
    if let Err(error) = shared.host.deliver_signals(&[lease]).await {
        tracing::warn!(%error, %run, "a signal could not be read; the reconciler will retry");
    }
    false
}

/// Claims once. Returns whether there may be more runs to claim right now.
pub async fn claim(shared: &Arc<Shared>) -> Result<bool, domain::host::HostError> {
    let _claiming = shared.claiming.lock().await;
    let room = shared.slots.room(BATCH);
    // Also if this claim fails or is abandoned.
    shared.left.store(true, Ordering::Relaxed);
    if room.free + room.extra == 0 || shared.paused.load(Ordering::Relaxed) {
        return Ok(false);
    }
    let suspect = shared.suspect.available_permits() > 0;
    let claimed = shared.host.claim_within(&room, suspect).await?;
    let full = claimed.len() >= room.free.max(1);
    // One suspect is driven at a time, so that others may wait for its end.
    let suspects = !suspect || claimed.iter().any(Claimed::is_suspect);
    let left = room.may_leave(claimed.iter().map(|run| (run.lease.org, run.share)));
    shared.left.store(suspects || left, Ordering::Relaxed);
    for run in claimed {
        start(shared, run);
    }
    Ok(full)
}

fn start(shared: &Arc<Shared>, run: Claimed) {
    // A suspect may exceed the number of slots, but still counts as one.
    let slot = shared.slots.take(run.lease.org);
    let alone = run
        .is_suspect()
        .then(|| shared.suspect.clone().try_acquire_owned().ok())
        .flatten();
    let shared = shared.clone();
    shared.clone().runs.spawn(async move {
        drive::run(&shared, run, alone, Arc::new(slot)).await;
    });
}

/// Reads from the database when the next timer of any run is due.
async fn look_ahead(shared: &Arc<Shared>) {
    match shared.host.next_timer().await {
        Ok(millis) => {
            *shared.next_due.lock() =
                millis.map(|millis| Instant::now() + Duration::from_millis(millis + 2));
        }
        Err(error) => tracing::warn!(%error, "timers could not be read"),
    }
}
