//! Checks at intervals for what no message announced: signals, and the traces of manual changes or a
//! restored backup.

use std::time::{Duration, Instant};

use domain::{SystemCtx, host::Host};
use tokio::{select, task::JoinSet, time};
use tokio_util::sync::CancellationToken;

use crate::{Health, purge::purge};

/// The part's name in logs and in the readiness check.
pub const PART: &str = "reconciler";
/// How often signals are looked for without a message.
const SIGNALS: Duration = Duration::from_secs(1);
/// How often manual changes are repaired.
const RECONCILE: Duration = Duration::from_secs(30);
/// How often expired data is purged; the first time is this long after the start.
const PURGE: Duration = Duration::from_secs(600);
/// The longest pause while the database refuses.
const MAX_PAUSE: Duration = Duration::from_secs(8);

/// Runs until `stop`.
pub async fn run(system: SystemCtx, host: Host, health: Health, stop: CancellationToken) {
    let mut reconciled = Instant::now();
    let mut purged = Instant::now();
    // Ends with this part.
    let mut purges = JoinSet::new();
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
                    tracing::warn!(timers, runs, "removed stale timers, woke runs without one");
                }
                Err(error) => tracing::warn!(%error, "could not reconcile"),
            }
        }
        if purged.elapsed() >= PURGE {
            purged = Instant::now();
            // One at a time: the next one takes what a long one leaves.
            while purges.try_join_next().is_some() {}
            if purges.is_empty() {
                purges.spawn(purge(system.clone()));
            }
        }
    }
}
