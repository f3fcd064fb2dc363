//! Renews a worker's leases whatever else the worker does, and stops runs before their lease ends.
//!
//! It has a thread, a runtime and (on PostgreSQL) a connection of its own. Stages that keep every
//! thread of the worker busy, a full pool of blocking threads or a commit that hangs cannot delay
//! it.

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
/// How soon a row that somebody else had locked is tried again.
const AGAIN: Duration = Duration::from_millis(50);
/// How long it waits before a restart after a panic.
const PAUSE: Duration = Duration::from_millis(200);

/// Starts the thread; it runs until `stop`.
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
                tracing::error!("the lease renewer panicked; it is started again");
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
        // No renewal may take longer than the leases can wait for it.
        match time::timeout(lease / 2, host.renew()).await {
            Ok(Ok(0)) => {}
            Ok(Ok(_)) => pause = AGAIN,
            Ok(Err(error)) => tracing::warn!(%error, "leases could not be renewed"),
            // The result is handled below.
            Err(_) => tracing::debug!("renewing leases took too long"),
        }
        let ended = host.fence_ending(lease / 10);
        if ended > 0 {
            tracing::error!(
                ended,
                "leases ran out without a renewal; these runs stop here"
            );
        }
    }
}
