//! What a kind of job is: a payload, its queue, and how it is tried.

use std::{future::Future, sync::Arc, time::Duration};

use futures::{FutureExt, future::BoxFuture};
use serde::{Serialize, de::DeserializeOwned};

use super::Running;
use crate::error::{AppError, Result};

/// With whose rights a job works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActsAs {
    /// With those that whoever enqueued it has when it runs. Somebody who left meanwhile, or a key
    /// that was revoked, has none: the job fails.
    Requester,
    /// With all rights inside the organization, under the system's name: for what the organization
    /// requested and must happen whoever is still there (a purge after thirty days).
    System,
}

/// A kind of job; the value is the payload. See `docs/adding-a-job.md`.
///
/// A job is delivered at least once: after a crash it begins again, so [`Job::run`] must be able to
/// do over what it did already. The payload outlives releases: a new field has a default.
pub trait Job: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The queue, which is also the kind's name: the resource and a verb (`runs.cancel`). It never
    /// changes, since rows of earlier releases carry it.
    const QUEUE: &'static str;
    /// How often it is tried before it has failed.
    const ATTEMPTS: u16 = 5;
    /// How long one attempt may take.
    const TIMEOUT: Duration = Duration::from_secs(300);
    /// The pause after the first failed attempt. It doubles with each further one, up to an hour.
    const BACKOFF: Duration = Duration::from_secs(5);
    /// How many of this kind one worker process runs at once.
    const AT_ONCE: usize = 2;
    /// How long the row of a job that failed for good is kept. One that succeeded is kept a week.
    const FAILED_KEPT: Duration = Duration::from_secs(30 * 24 * 3600);
    /// With whose rights it works.
    const ACTS_AS: ActsAs = ActsAs::Requester;

    /// Does the work of one attempt. What is wrong with the request itself ([`is_final`]) fails the
    /// job at once; everything else is tried again.
    fn run(&self, job: &Running) -> impl Future<Output = Result<()>> + Send;
}

/// Whether trying again cannot help: the request is wrong, not the moment.
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

/// A kind of job as the worker's list has it.
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
            failed_kept: J::FAILED_KEPT,
            acts_as: J::ACTS_AS,
            run: run::<J>,
        }
    }

    /// The name that apalis knows the queue by.
    pub fn queue(&self) -> String {
        queue(self.name)
    }

    /// Does the work of an attempt.
    pub fn run(&self, job: Arc<Running>) -> BoxFuture<'static, Result<()>> {
        (self.run)(job)
    }
}

impl std::fmt::Debug for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Kind").field(&self.name).finish()
    }
}

/// The name that apalis knows a kind's queue by.
pub(super) fn queue(name: &str) -> String {
    format!("flowmason.{name}")
}

fn run<J: Job>(running: Arc<Running>) -> BoxFuture<'static, Result<()>> {
    async move {
        let job: J = serde_json::from_str(running.payload()).map_err(|error| {
            AppError::internal(format!("the payload of a job of {}: {error}", J::QUEUE))
        })?;
        job.run(&running).await
    }
    .boxed()
}
