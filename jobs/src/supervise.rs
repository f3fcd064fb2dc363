//! Supervises the long-running parts of a worker: restarts a part that ends unexpectedly, and
//! reports it as down meanwhile.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use tokio::{select, task::AbortHandle, time};
use tokio_util::sync::CancellationToken;

/// The delay before a part is restarted, so that a bug does not flood the log. It doubles, up to
/// `MAX_PAUSE`, each time the part soon ends again.
const PAUSE: Duration = Duration::from_secs(1);
const MAX_PAUSE: Duration = Duration::from_secs(4);
/// A part that has made no progress for this long counts as hung.
const STILL: Duration = Duration::from_secs(30);

/// The current state of a part.
struct Part {
    /// The part's task, for tests that end it.
    #[cfg(test)]
    task: Option<AbortHandle>,
    lives: bool,
    moved: Instant,
}

/// The parts of one worker. Cheap to clone.
#[derive(Clone, Default)]
pub struct Health(Arc<Mutex<BTreeMap<&'static str, Part>>>);

impl Health {
    /// The first part, by name, that is down or hung.
    pub fn missing(&self) -> Option<&'static str> {
        let parts = self.0.lock();
        let mut bad = parts
            .iter()
            .filter(|(_, part)| !part.lives || part.moved.elapsed() > STILL);
        bad.next().map(|(name, _)| *name)
    }

    /// Reports progress of a part. Parts that wait for long must still report regularly.
    pub(crate) fn moves(&self, name: &'static str) {
        if let Some(part) = self.0.lock().get_mut(name) {
            part.moved = Instant::now();
        }
    }

    fn set(&self, name: &'static str, task: Option<AbortHandle>) {
        let (lives, moved) = (task.is_some(), Instant::now());
        let part = Part {
            #[cfg(test)]
            task,
            lives,
            moved,
        };
        self.0.lock().insert(name, part);
    }

    /// Reports whether a part that has its own thread is running.
    pub(crate) fn lives(&self, name: &'static str, lives: bool) {
        let part = Part {
            #[cfg(test)]
            task: None,
            lives,
            moved: Instant::now(),
        };
        self.0.lock().insert(name, part);
    }

    /// Ends a part, as a panic would.
    #[cfg(test)]
    pub(crate) fn break_part(&self, name: &'static str) {
        if let Some(task) = self.0.lock().get(name).and_then(|part| part.task.clone()) {
            task.abort();
        }
    }
}

/// Runs a part until `stop`, and restarts it if it panics or returns earlier. If `reports_progress`
/// is false, the part counts as healthy while its task runs, without calls of `Health::moves`.
pub async fn supervise<F: Future<Output = ()> + Send + 'static>(
    health: Health,
    name: &'static str,
    reports_progress: bool,
    stop: CancellationToken,
    part: impl Fn() -> F,
) {
    let mut pause = PAUSE;
    loop {
        let begin = Instant::now();
        let task = tokio::spawn(part());
        health.set(name, Some(task.abort_handle()));
        let mut task = task;
        let ended = loop {
            select! {
                ended = &mut task => break ended,
                () = time::sleep(STILL / 3), if !reports_progress => health.moves(name),
            }
        };
        if stop.is_cancelled() {
            return;
        }
        health.set(name, None);
        if begin.elapsed() > STILL {
            pause = PAUSE;
        }
        tracing::error!(
            part = name,
            ?ended,
            "a part of the worker ended unexpectedly; restarting it"
        );
        select! {
            () = stop.cancelled() => return,
            () = time::sleep(pause) => {}
        }
        pause = (pause * 2).min(MAX_PAUSE);
    }
}
