//! A thread pool for CPU-bound work, with about one thread per processor. It is separate from the
//! threads of the async runtime, and organizations take turns.
//!
//! Jobs are short (an expression ends by its budget), so none is interrupted. After each job a
//! thread takes one of the next organization.

use std::{sync::Arc, time::Duration};

use parking_lot::{Condvar, Mutex};
use tokio::sync::oneshot;

use super::{Fair, Key};

type Job = Box<dyn FnOnce() + Send>;

/// The pool. Its threads start with the first jobs and end when the last clone is dropped.
#[derive(Clone)]
pub struct Pool(Arc<Handle>);

struct Handle(Arc<Inner>);

struct Inner {
    threads: usize,
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Default)]
struct State {
    jobs: Fair<Job>,
    started: usize,
    idle: usize,
    closed: bool,
}

/// The handle of a queued job. If it is dropped before the job starts, the job never starts.
pub struct Task<T> {
    started: oneshot::Receiver<()>,
    done: oneshot::Receiver<T>,
}

/// Why a job has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskError {
    /// The job panicked.
    Panicked,
    /// The job exceeded its time limit. It continues until it checks its own cancellation flag.
    TimedOut,
}

impl Pool {
    /// Creates a pool of at most `threads` threads.
    pub fn new(threads: usize) -> Self {
        Self(Arc::new(Handle(Arc::new(Inner {
            threads: threads.max(1),
            state: Mutex::default(),
            wake: Condvar::new(),
        }))))
    }

    /// Queues a job for an organization.
    pub fn run<T: Send + 'static>(
        &self,
        key: Key,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Task<T> {
        let (begin, started) = oneshot::channel();
        let (tell, done) = oneshot::channel();
        let job: Job = Box::new(move || {
            // The task was dropped: nobody waits for the result.
            if tell.is_closed() {
                return;
            }
            let _ = begin.send(());
            let _ = tell.send(work());
        });
        self.push(key, job);
        Task { started, done }
    }

    /// The number of jobs that wait for a thread.
    pub fn waiting(&self) -> usize {
        self.0.0.state.lock().jobs.len()
    }

    fn push(&self, key: Key, job: Job) {
        let inner = &self.0.0;
        let mut state = inner.state.lock();
        state.jobs.push(key, job);
        if state.idle >= state.jobs.len() || state.started >= inner.threads {
            drop(state);
            inner.wake.notify_one();
            return;
        }
        state.started += 1;
        let name = format!("cpu-{}", state.started);
        drop(state);
        let worker = inner.clone();
        let spawned = std::thread::Builder::new()
            .name(name)
            .spawn(move || worker.work());
        if let Err(error) = spawned {
            let mut state = inner.state.lock();
            state.started -= 1;
            if state.started == 0 {
                // Running the job here blocks the caller, but the job does not get lost.
                tracing::error!(%error, "could not start a thread for CPU-bound work");
                let job = state.jobs.pop();
                drop(state);
                if let Some((_, job)) = job {
                    guarded(job);
                }
            }
        }
    }
}

impl Inner {
    fn work(&self) {
        let mut state = self.state.lock();
        loop {
            if let Some((_, job)) = state.jobs.pop() {
                drop(state);
                guarded(job);
                state = self.state.lock();
            } else if state.closed {
                return;
            } else {
                state.idle += 1;
                self.wake.wait(&mut state);
                state.idle -= 1;
            }
        }
    }
}

/// A panic ends the job, not the thread; the waiter sees that the sender was dropped.
fn guarded(job: Job) {
    if std::panic::catch_unwind(std::panic::AssertUnwindSafe(job)).is_err() {
        tracing::error!("a job on a processor thread panicked");
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.state.lock().closed = true;
        self.0.wake.notify_all();
    }
}

impl<T> Task<T> {
    /// Waits for the result. The time limit starts when a thread takes the job.
    pub async fn within(self, time: Duration) -> Result<T, TaskError> {
        if self.started.await.is_err() {
            return Err(TaskError::Panicked);
        }
        match tokio::time::timeout(time, self.done).await {
            Ok(result) => result.map_err(|_| TaskError::Panicked),
            Err(_) => Err(TaskError::TimedOut),
        }
    }

    /// Waits for the result without a time limit.
    pub async fn done(self) -> Result<T, TaskError> {
        self.done.await.map_err(|_| TaskError::Panicked)
    }
}
