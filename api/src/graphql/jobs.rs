//! Jobs: background work that requests enqueue, with its progress.

use async_graphql::{Context, Description, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::queue::{self, JobDetails};

use super::{
    caller,
    connection::{Connection, page},
    cost,
    enums::JobStatus,
    ids,
    runs::Actor,
};
use crate::error::ApiError;

/// Background work that a request enqueued and a worker does.
#[derive(Description)]
pub struct Job(pub JobDetails);

/// The progress of a job. The unit depends on the kind of job.
#[derive(SimpleObject)]
pub struct JobProgress {
    done: f64,
    /// Null while the total is not known.
    total: Option<f64>,
}

/// Why the latest attempt of a job failed.
#[derive(SimpleObject)]
pub struct JobError {
    /// A stable code.
    code: String,
    message: String,
}

#[Object(use_type_description)]
impl Job {
    pub(super) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The resource and the action, such as `runs.cancel`.
    async fn kind(&self) -> &str {
        &self.0.kind
    }

    async fn status(&self) -> JobStatus {
        self.0.status.into()
    }

    /// The number of attempts started so far.
    async fn attempts(&self) -> i32 {
        self.0.attempts
    }

    /// The number of attempts after which the job fails for good.
    async fn max_attempts(&self) -> i32 {
        self.0.max_attempts
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "exact up to 2^53, and GraphQL has no larger integers"
    )]
    async fn progress(&self) -> JobProgress {
        JobProgress {
            done: self.0.done as f64,
            total: self.0.total.map(|total| total as f64),
        }
    }

    /// Why the latest attempt failed; also set while the job waits for its next attempt.
    async fn error(&self) -> Option<JobError> {
        let (code, message) = self.0.error.clone()?;
        Some(JobError { code, message })
    }

    async fn requested_by(&self) -> Actor {
        let (kind, _, name) = self.0.requested_by.clone();
        Actor { kind, name }
    }

    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// The earliest time at which the job starts or is retried.
    async fn run_at(&self) -> DateTime<Utc> {
        self.0.run_at
    }

    /// When its latest attempt started.
    async fn started_at(&self) -> Option<DateTime<Utc>> {
        self.0.started_at
    }

    async fn finished_at(&self) -> Option<DateTime<Utc>> {
        self.0.finished_at
    }
}

/// Queries for jobs.
#[derive(Default)]
pub struct JobQuery;

#[Object]
impl JobQuery {
    /// The organization's jobs, newest first. Requires the permission `job.read`.
    #[graphql(complexity = "cost::page(first, child_complexity) + cost::of_text(&after)")]
    async fn jobs(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        status: Option<JobStatus>,
    ) -> Result<Connection<Job>, ApiError> {
        let page = page(first, after);
        let jobs = queue::list(caller(ctx)?, &page, status.map(Into::into)).await?;
        Ok(Connection::of(jobs, Job))
    }

    /// A job. The person or API key that requested it needs no permission to read it.
    #[graphql(complexity = "cost::STATEMENT + child_complexity")]
    async fn job(&self, ctx: &Context<'_>, id: ID) -> Result<Job, ApiError> {
        Ok(Job(queue::get(caller(ctx)?, ids::read(&id)).await?))
    }
}

/// The job to retry.
#[derive(InputObject)]
pub struct RetryJobInput {
    id: ID,
}

/// The retried job.
#[derive(SimpleObject)]
pub struct RetryJobPayload {
    job: Job,
}

/// Mutations of jobs.
#[derive(Default)]
pub struct JobMutation;

#[Object]
impl JobMutation {
    /// Retries a failed job immediately, with as many attempts as the first time. Requires
    /// `job.retry`.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn retry_job(
        &self,
        ctx: &Context<'_>,
        input: RetryJobInput,
    ) -> Result<RetryJobPayload, ApiError> {
        let job = queue::retry(caller(ctx)?, ids::read(&input.id)).await?;
        Ok(RetryJobPayload { job: Job(job) })
    }
}
