//! Jobs: background work that an organization requested.
//!
//! A use case enqueues a job in the transaction of its change ([`enqueue`]); a worker starts an
//! attempt ([`begin`]) and runs its [`Job`]. The job's row (`entity`) holds its state; apalis
//! transports deliveries, which are rows of its own tables (`repo::carrier`). The crate `jobs`
//! lists all kinds of jobs; `docs/adding-a-job.md` explains how to add one.
//!
//! Runs are not jobs: they have their own claims and leases, see `host`.

mod carrier;
pub mod entity;
mod error;
mod job;
mod repo;
mod status;
#[cfg(test)]
mod tests;
mod wake;
mod work;

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use types::JobId;
use uuid::Uuid;

pub use error::JobError;
pub use job::{ActsAs, Job, Kind};
pub use repo::carrier::{enqueue as enqueue_raw, enqueue_unless_pending};
pub use status::JobStatus;
pub(crate) use wake::{Needed, WakeJobs};
pub use wake::{WAKE, WAKE_DELAY};
pub use work::{Delivery, RightsNow, Running, begin, forget, redeliver_lost};

use crate::{
    App, Ctx, Tx,
    access::Permission,
    audit::{self, Entry},
    error::{AppError, Result},
    paging::{Listed, Page},
};

/// A job as shown to users.
#[derive(Clone, Debug, PartialEq)]
pub struct JobDetails {
    /// The job's ID.
    pub id: JobId,
    /// [`Job::QUEUE`].
    pub kind: String,
    /// The job's status.
    pub status: JobStatus,
    /// Attempts started so far.
    pub attempts: i32,
    /// The maximum number of attempts.
    pub max_attempts: i32,
    /// Progress, in the job's own unit.
    pub done: i64,
    /// The progress at which the job is complete, once known.
    pub total: Option<i64>,
    /// Code and message of the latest attempt's error; `None` if the job succeeded.
    pub error: Option<(String, String)>,
    /// The actor that requested the job: kind, ID and name at that time.
    pub requested_by: (String, Option<Uuid>, String),
    /// When the job was requested.
    pub created_at: DateTime<Utc>,
    /// The earliest time at which the next attempt starts.
    pub run_at: DateTime<Utc>,
    /// When the latest attempt started.
    pub started_at: Option<DateTime<Utc>>,
    /// When the job succeeded or finally failed.
    pub finished_at: Option<DateTime<Utc>>,
}

impl TryFrom<entity::Model> for JobDetails {
    type Error = AppError;

    fn try_from(row: entity::Model) -> Result<Self> {
        let status = JobStatus::parse(&row.status).ok_or_else(|| {
            AppError::internal(format!("job {}: unknown status `{}`", row.id, row.status))
        })?;
        Ok(Self {
            id: JobId(row.id),
            kind: row.kind,
            status,
            attempts: row.attempts,
            max_attempts: row.max_attempts,
            done: row.progress_done,
            total: row.progress_total,
            error: row.error_code.zip(row.error_message),
            requested_by: (row.actor_kind, row.actor_id, row.actor_name),
            created_at: row.created_at,
            run_at: row.run_at,
            started_at: row.started_at,
            finished_at: row.finished_at,
        })
    }
}

/// The wake-up jobs, which are the fallback for lost live wake-ups. One instance per process.
pub(crate) fn wake_jobs(app: &App) -> Arc<WakeJobs> {
    app.state()
}

/// Enqueues a job in the transaction of the change, which must be of the context's organization.
/// The job starts no earlier than `after` from now ([`Duration::ZERO`] for at once). The caller
/// writes the audit row of the change.
pub async fn enqueue<J: Job>(tx: &Tx, ctx: &Ctx, job: &J, after: Duration) -> Result<JobId> {
    let (id, now) = (JobId::new(ctx.clock()), ctx.clock().now());
    let wait = chrono::Duration::from_std(after).map_err(AppError::internal)?;
    let tries = i32::from(J::ATTEMPTS.max(1));
    let row = entity::Model {
        id: id.0,
        org_id: ctx.org.0,
        kind: J::QUEUE.to_owned(),
        payload: serde_json::to_string(job).map_err(AppError::internal)?,
        status: JobStatus::Queued.as_str().to_owned(),
        attempts: 0,
        max_attempts: tries,
        tries,
        delivery: carrier::new_id(),
        actor_kind: ctx.actor.kind.as_str().to_owned(),
        actor_id: ctx.actor.id,
        actor_name: ctx.actor.name.to_string(),
        token_family: ctx.actor.token.map(|token| token.family.0),
        token_scopes: ctx.actor.token.map(|token| token.scopes.to_string()),
        request_id: ctx.request_id.to_string(),
        progress_done: 0,
        progress_total: None,
        error_code: None,
        error_message: None,
        created_at: now,
        run_at: now + wait,
        started_at: None,
        finished_at: None,
        keep_until: None,
    };
    repo::insert(tx, &row).await?;
    work::deliver(tx, &ctx.app, &row, after).await?;
    Ok(id)
}

/// Lists the organization's jobs, the newest first, with one status or all.
pub async fn list(ctx: &Ctx, page: &Page, status: Option<JobStatus>) -> Result<Listed<JobDetails>> {
    ctx.authorize(Permission::JobRead).await?;
    let of = status.map_or("", JobStatus::as_str);
    let window = page.window(ctx.org, &format!("jobs/{of}"))?;
    let rows = repo::list(ctx, &window, status).await?;
    let jobs: Vec<JobDetails> = rows
        .into_iter()
        .map(JobDetails::try_from)
        .collect::<Result<_>>()?;
    Ok(window.listed(jobs, |job| job.id.0))
}

/// Returns one job. Its requester may see it even without the permission to see all jobs.
pub async fn get(ctx: &Ctx, id: JobId) -> Result<JobDetails> {
    ctx.authorize(Permission::OrganizationRead).await?;
    let row = repo::find(ctx, id).await?;
    let own = row.as_ref().is_some_and(|row| {
        row.actor_kind == ctx.actor.kind.as_str()
            && row.actor_id.is_some()
            && row.actor_id == ctx.actor.id
    });
    if !own {
        ctx.authorize(Permission::JobRead).await?;
    }
    row.ok_or(JobError::NotFound)?.try_into()
}

/// Retries a job that finally failed, at once and with as many attempts as at first.
pub async fn retry(ctx: &Ctx, id: JobId) -> Result<JobDetails> {
    ctx.authorize(Permission::JobRetry).await?;
    let old = repo::find(ctx, id).await?.ok_or(JobError::NotFound)?;
    let delivery = carrier::new_id();
    let tx = ctx.begin().await?;
    if !repo::requeue(&tx, (ctx.org, id), &delivery, ctx.clock().now()).await? {
        // The job's status may have changed since it was read.
        tx.rollback().await?;
        let now = repo::find(ctx, id).await?.ok_or(JobError::NotFound)?;
        return Err(JobError::NotFailed(JobDetails::try_from(now)?.status).into());
    }
    let row = entity::Model { delivery, ..old };
    work::deliver(&tx, &ctx.app, &row, Duration::ZERO).await?;
    audit::write(&tx, ctx, Entry::new("job.retry", "job", id)).await?;
    tx.commit().await?;
    let row = repo::find(ctx, id).await?;
    row.ok_or(JobError::NotFound)?.try_into()
}
