//! Looks at intervals for what no message announced: signals, and the traces of manual changes or a
//! restored backup.

use std::time::{Duration, Instant};

use domain::{SystemCtx, host::Host, pipelines, uploads};
use tokio::{select, time};
use tokio_util::sync::CancellationToken;

use crate::Health;

/// The part's name in logs and in the readiness check.
pub const PART: &str = "reconciler";
/// How often signals are looked for without a message.
const SIGNALS: Duration = Duration::from_secs(1);
/// How often manual changes are repaired.
const RECONCILE: Duration = Duration::from_secs(30);
/// How often pipelines are purged that were deleted long ago, and uploads that expired; first this long after the start.
const PURGE: Duration = Duration::from_secs(600);
/// The longest pause while the database refuses.
const MAX_PAUSE: Duration = Duration::from_secs(8);

/// Runs until `stop`.
pub async fn run(system: SystemCtx, host: Host, health: Health, stop: CancellationToken) {
    let mut reconciled = Instant::now();
    let mut purged = Instant::now();
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
            match pipelines::purge(&system).await {
                Ok(0) => {}
                Ok(count) => tracing::info!(count, "purged pipelines that were deleted long ago"),
                Err(error) => tracing::warn!(%error, "could not purge deleted pipelines"),
            }
            match uploads::purge(&system).await {
                Ok(0) => {}
                Ok(count) => tracing::info!(count, "removed uploads that had expired"),
                Err(error) => tracing::warn!(%error, "could not remove expired uploads"),
            }
        }
    }
}
