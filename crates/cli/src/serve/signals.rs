//! SIGTERM and SIGINT: the first one drains, the second one ends at once, and so does the end of the
//! grace period.
//!
//! They are heard on a thread of their own: stages that keep every other thread busy, or block it,
//! must not keep the process alive.

use std::{io, process, sync::Arc, thread, time::Duration};

use signal_hook::{
    consts::{SIGINT, SIGTERM},
    iterator::Signals as Heard,
};
use tokio::sync::Notify;

/// How the process ends when it is not waited for.
const CUT_OFF: i32 = 130;

/// The first of the signals.
pub struct Signals {
    first: Arc<Notify>,
}

impl Signals {
    /// Begins to listen. `grace`: how long the process may take to end after the first signal.
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
                    end("ended at once; what was in work goes on after the next start");
                }
            })?;
        Ok(Self { first })
    }

    /// Resolves at the first one.
    pub async fn first(&self) {
        self.first.notified().await;
    }
}

fn end_after(grace: Duration) {
    let watch = thread::Builder::new().name("grace".to_owned());
    let watching = watch.spawn(move || {
        thread::sleep(grace);
        end("the grace period is over; what was in work goes on after the next start");
    });
    if watching.is_err() {
        // Without the thread nobody would end what hangs.
        end("no thread for the grace period; ended at once");
    }
}

fn end(why: &str) {
    tracing::warn!("{why}");
    process::exit(CUT_OFF);
}
