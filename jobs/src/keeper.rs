//! Keeps what a worker holds: renews leases, and ends runs here before their lease ends.

use std::time::{Duration, Instant};

use domain::host::Host;
use tokio::{select, time};
use tokio_util::sync::CancellationToken;

use crate::Health;

/// How often signals are looked for when no message tells of one.
const SIGNALS: Duration = Duration::from_secs(1);
/// How often what a hand left behind is put right.
const RECONCILE: Duration = Duration::from_secs(30);

/// Runs until `stop`.
pub async fn keep(host: Host, health: Health, stop: CancellationToken) {
    let lease = host.lease_time();
    let pace = (lease / 5).max(Duration::from_millis(50));
    let mut ticks = time::interval(pace);
    ticks.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
    let (mut signals, mut reconcile) = (Instant::now(), Instant::now());
    loop {
        select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        health.moves("keeper");
        // No renewal may take longer than what the leases can wait for it.
        match time::timeout(lease / 2, host.renew()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "leases could not be renewed"),
            Err(_) => tracing::warn!("renewing leases took too long"),
        }
        let ended = host.fence_ending(lease / 10);
        if ended > 0 {
            tracing::error!(
                ended,
                "leases ran out without a renewal; these runs stop here"
            );
        }
        if signals.elapsed() >= SIGNALS {
            signals = Instant::now();
            if let Err(error) = host.deliver_signals(&host.leases().all()).await {
                tracing::warn!(%error, "signals could not be read");
            }
        }
        if reconcile.elapsed() >= RECONCILE {
            reconcile = Instant::now();
            match host.reconcile().await {
                Ok((0, 0)) => {}
                Ok((timers, runs)) => {
                    tracing::warn!(timers, runs, "removed stale timers, woke runs without one");
                }
                Err(error) => tracing::warn!(%error, "could not reconcile"),
            }
        }
    }
}
