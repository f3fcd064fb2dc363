//! Renews a worker's leases independently of its other work, and stops runs whose lease is about to
//! end.
//!
//! It has its own thread, its own runtime and, on PostgreSQL, its own connection. It is not delayed
//! by stages that keep all worker threads busy, by a full pool of blocking threads or by a hanging
//! commit.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    thread::{self, JoinHandle},
    time::Duration,
};

use domain::host::Host;
use tokio::{runtime, select, time};
use tokio_util::sync::CancellationToken;

use crate::Health;

/// The part's name in logs and in the readiness check.
pub const PART: &str = "lease renewer";
/// The delay before rows that were locked are retried.
const AGAIN: Duration = Duration::from_millis(50);
/// The delay before a restart after a panic.
const PAUSE: Duration = Duration::from_millis(200);

/// Starts the thread, which runs until `stop`.
pub fn start(host: Host, health: Health, stop: CancellationToken) -> io::Result<JoinHandle<()>> {
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    health.lives(PART, true);
    thread::Builder::new().name(PART.to_owned()).spawn(move || {
        while !stop.is_cancelled() {
            health.lives(PART, true);
            let renewing = || runtime.block_on(renew(&host, &health, &stop));
            if catch_unwind(AssertUnwindSafe(renewing)).is_err() {
                health.lives(PART, false);
                tracing::error!("the lease renewer panicked; restarting it");
                thread::sleep(PAUSE);
            }
        }
    })
}

async fn renew(host: &Host, health: &Health, stop: &CancellationToken) {
    let lease = host.lease_time();
    let pace = (lease / 5).max(AGAIN);
    let mut pause = pace;
    loop {
        select! {
            () = stop.cancelled() => return,
            () = time::sleep(pause) => {}
        }
        health.moves(PART);
        pause = pace;
        // A renewal must not take longer than the leases can wait for it.
        match time::timeout(lease / 2, host.renew()).await {
            Ok(Ok(0)) => {}
            Ok(Ok(_)) => pause = AGAIN,
            Ok(Err(error)) => tracing::warn!(%error, "leases could not be renewed"),
            // Leases that end because of this are handled below.
            Err(_) => tracing::debug!("renewing leases took too long"),
        }
        let ended = host.fence_ending(lease / 10);
        if ended > 0 {
            tracing::error!(
                ended,
                "leases expired without a renewal; these runs stop in this process"
            );
        }
    }
}
