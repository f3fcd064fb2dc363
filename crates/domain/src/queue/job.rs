//! The definition of a kind of job: its payload, its queue and its retry policy.

use std::{future::Future, sync::Arc, time::Duration};

use futures::{FutureExt, future::BoxFuture};
use serde::{Serialize, de::DeserializeOwned};

use super::Running;
use crate::error::{AppError, Result};

/// Whose rights a job has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActsAs {
    /// The rights that the requester has when the job runs. If the requester has left the
    /// organization, or the key was revoked, the job fails.
    Requester,
    /// All rights within the organization, with the system as the actor. For work that must be done
    /// even if the requester is no longer there, such as a purge after thirty days.
    System,
}

/// A kind of job. The implementing type is the payload. See `docs/adding-a-job.md`.
///
/// Jobs are delivered at least once: after a crash a job starts again, so [`Job::run`] must be
/// idempotent. Payloads of earlier releases must stay readable: a new field needs a default.
pub trait Job: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The queue, which is also the name of the kind: a resource and a verb (`runs.cancel`). It
    /// must never change, because rows of earlier releases contain it.
    const QUEUE: &'static str;
    /// The maximum number of attempts.
    const ATTEMPTS: u16 = 5;
    /// The timeout of one attempt.
    const TIMEOUT: Duration = Duration::from_secs(300);
    /// The delay after the first failed attempt. It doubles with each further one, up to an hour.
    const BACKOFF: Duration = Duration::from_secs(5);
    /// How many jobs of this kind one worker process runs concurrently.
    const AT_ONCE: usize = 2;
    /// How long the row of a job that finally failed is kept. Succeeded jobs are kept for a week.
    const FAILED_RETENTION: Duration = Duration::from_secs(30 * 24 * 3600);
    /// Whose rights the job has.
    const ACTS_AS: ActsAs = ActsAs::Requester;

    /// Does the work of one attempt. Errors of the request itself ([`is_final`]) fail the job at
    /// once; all others are retried.
    fn run(&self, job: &Running) -> impl Future<Output = Result<()>> + Send;
}

/// Whether a retry cannot help, because the request itself is wrong.
pub fn is_final(error: &AppError) -> bool {
    use types::ErrorCode as Code;
    matches!(
        error.code,
        Code::NotFound
            | Code::Unauthenticated
            | Code::Forbidden
            | Code::Conflict
            | Code::InvalidInput
            | Code::LimitExceeded
            | Code::QuotaExceeded
    )
}

/// A kind of job without its type, as in the worker's list of kinds.
#[derive(Clone, Copy)]
pub struct Kind {
    /// [`Job::QUEUE`].
    pub name: &'static str,
    /// [`Job::TIMEOUT`].
    pub timeout: Duration,
    /// [`Job::AT_ONCE`].
    pub at_once: usize,
    pub(super) backoff: Duration,
    pub(super) failed_kept: Duration,
    pub(super) acts_as: ActsAs,
    run: fn(Arc<Running>) -> BoxFuture<'static, Result<()>>,
}

impl Kind {
    /// The kind whose payload is `J`.
    pub const fn of<J: Job>() -> Self {
        Self {
            name: J::QUEUE,
            timeout: J::TIMEOUT,
            at_once: J::AT_ONCE,
            backoff: J::BACKOFF,
            failed_kept: J::FAILED_RETENTION,
            acts_as: J::ACTS_AS,
            run: run::<J>,
        }
    }

    /// The name of the queue in apalis.
    pub fn queue(&self) -> String {
        queue(self.name)
    }

    /// Does the work of one attempt.
    pub fn run(&self, job: Arc<Running>) -> BoxFuture<'static, Result<()>> {
        (self.run)(job)
    }
}

impl std::fmt::Debug for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Kind").field(&self.name).finish()
    }
}

/// The name of a kind's queue in apalis.
pub(super) fn queue(name: &str) -> String {
    format!("flowmason.{name}")
}

fn run<J: Job>(running: Arc<Running>) -> BoxFuture<'static, Result<()>> {
    async move {
        let job: J = serde_json::from_str(running.payload()).map_err(|error| {
            AppError::internal(format!(
                "the payload of a {} job is not readable: {error}",
                J::QUEUE
            ))
        })?;
        job.run(&running).await
    }
    .boxed()
}
