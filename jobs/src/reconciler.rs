//! Checks periodically for changes without a live message: signals, and inconsistencies after
//! manual changes or a restored backup.

use std::time::{Duration, Instant};

use domain::{SystemCtx, host::Host, triggers::watch};
use tokio::{select, task::JoinSet, time};
use tokio_util::sync::CancellationToken;

use crate::{Health, purge::purge};

/// The part's name in logs and in the readiness check.
pub const PART: &str = "reconciler";
/// How often unseen signals are read.
const SIGNALS: Duration = Duration::from_secs(1);
/// How often manual changes are repaired.
const RECONCILE: Duration = Duration::from_secs(30);
/// How often expired data is purged; the first time is this long after the start.
const PURGE: Duration = Duration::from_secs(600);
/// How often triggers are looked for that do not fire.
const WATCH: Duration = Duration::from_secs(60);
/// The maximum interval while the database returns errors.
const MAX_PAUSE: Duration = Duration::from_secs(8);

/// Runs until `stop`.
pub async fn run(system: SystemCtx, host: Host, health: Health, stop: CancellationToken) {
    let mut reconciled = Instant::now();
    let mut purged = Instant::now();
    let mut watched = Instant::now();
    // Aborted when this part ends.
    let mut purges = JoinSet::new();
    let mut watches = JoinSet::new();
    let mut pause = SIGNALS;
    loop {
        select! {
            () = stop.cancelled() => return,
            () = time::sleep(pause) => {}
        }
        health.moves(PART);
        pause = match host.deliver_signals(&host.leases().all()).await {
            Ok(()) => SIGNALS,
            Err(error) => {
                tracing::warn!(%error, "signals could not be read");
                (pause * 2).min(MAX_PAUSE)
            }
        };
        if reconciled.elapsed() >= RECONCILE {
            reconciled = Instant::now();
            match host.reconcile().await {
                Ok((0, 0)) => {}
                Ok((timers, runs)) => {
                    tracing::warn!(
                        timers,
                        runs,
                        "removed stale timers and woke runs without one"
                    );
                }
                Err(error) => tracing::warn!(%error, "inconsistencies could not be repaired"),
            }
        }
        if watched.elapsed() >= WATCH {
            watched = Instant::now();
            while watches.try_join_next().is_some() {}
            if watches.is_empty() {
                watches.spawn(watch_triggers(system.clone()));
            }
        }
        if purged.elapsed() >= PURGE {
            purged = Instant::now();
            // One purge at a time: if one takes long, the next one does the rest.
            while purges.try_join_next().is_some() {}
            if purges.is_empty() {
                purges.spawn(purge(system.clone()));
            }
        }
    }
}

/// Tells about triggers that do not fire.
async fn watch_triggers(system: SystemCtx) {
    if let Err(error) = watch::watch(&system).await {
        tracing::warn!(%error, "could not look for triggers that do not fire");
    }
}
