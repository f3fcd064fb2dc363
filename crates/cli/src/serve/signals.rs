//! SIGTERM and SIGINT: the first signal starts a graceful stop; a second signal, or the end of the
//! grace period, ends the process at once.
//!
//! Signals are handled on a dedicated thread: stages that keep all other threads busy or blocked
//! must not keep the process alive.

use std::{io, process, sync::Arc, thread, time::Duration};

use signal_hook::{
    consts::{SIGINT, SIGTERM},
    iterator::Signals as Heard,
};
use tokio::sync::Notify;

/// The exit code of a process that ended without a graceful stop.
const CUT_OFF: i32 = 130;

/// Notifies of the first signal.
pub struct Signals {
    first: Arc<Notify>,
}

impl Signals {
    /// Starts to listen. `grace` is how long the process may take to end after the first signal.
    pub fn new(grace: Duration) -> io::Result<Self> {
        let mut heard = Heard::new([SIGTERM, SIGINT])?;
        let first = Arc::new(Notify::new());
        let notify = first.clone();
        thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || {
                let mut signals = heard.forever();
                if signals.next().is_none() {
                    return;
                }
                // The grace period starts here.
                end_after(grace);
                notify.notify_one();
                if signals.next().is_some() {
                    end("a second signal; running work continues after the next start");
                }
            })?;
        Ok(Self { first })
    }

    /// Resolves at the first signal.
    pub async fn first(&self) {
        self.first.notified().await;
    }
}

fn end_after(grace: Duration) {
    let watch = thread::Builder::new().name("grace".to_owned());
    let watching = watch.spawn(move || {
        thread::sleep(grace);
        end("the grace period is over; running work continues after the next start");
    });
    if watching.is_err() {
        // Without this thread, nothing would end a process that hangs.
        end("cannot start the thread for the grace period; stopped at once");
    }
}

fn end(why: &str) {
    tracing::warn!("{why}");
    process::exit(CUT_OFF);
}
