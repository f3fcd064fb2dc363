//! Run operations: cancel or retry many runs at once, selected by a filter.
//!
//! An operation is a row with its progress, and a job that carries it out batch by batch (`job`).
//! It applies only to runs that exist when it is requested; newer ones are not changed.

pub mod entity;
mod error;
pub mod job;
mod repo;
#[cfg(test)]
mod tests;
mod work;

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use types::RunOperationId;

pub use error::OperationError;
pub use work::{BATCH, Step, step};

use crate::{
    Ctx,
    access::Permission,
    audit::{self, Entry},
    error::{AppError, Result},
    live::{Message, Subscription, Topic},
    paging::{Listed, Page},
    queue,
    runs::{Filter, RetryFrom},
    text,
};

/// The change to make to each run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Change {
    /// Cancel the run.
    Cancel {
        /// The reason that the caller gave, if any.
        reason: Option<String>,
    },
    /// Retry the run.
    Retry {
        /// Where the retry starts.
        from: RetryFrom,
    },
}

/// The kind of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperationKind {
    /// Runs are cancelled.
    Cancel,
    /// Runs are retried.
    Retry,
}

/// The status of a run operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperationStatus {
    /// The operation's job is queued or running.
    Running,
    /// Every matching run was processed.
    Finished,
    /// The operation was stopped. Changes that were already made remain.
    Stopped,
    /// The operation's job finally failed.
    Failed,
}

impl OperationStatus {
    /// The name, as stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        let all = [Self::Running, Self::Finished, Self::Stopped, Self::Failed];
        all.into_iter().find(|status| status.as_str() == word)
    }
}

impl Change {
    /// The kind of the change.
    pub fn kind(&self) -> OperationKind {
        match self {
            Self::Cancel { .. } => OperationKind::Cancel,
            Self::Retry { .. } => OperationKind::Retry,
        }
    }

    /// The permission that the change needs, for one run as for many.
    fn permission(&self) -> Permission {
        match self {
            Self::Cancel { .. } => Permission::RunCancel,
            Self::Retry { .. } => Permission::RunStart,
        }
    }
}

/// A run operation.
#[derive(Clone, Debug, PartialEq)]
pub struct RunOperation {
    /// The operation's ID.
    pub id: RunOperationId,
    /// The change to make to each run.
    pub change: Change,
    /// The filter that selects the runs.
    pub filter: Filter,
    /// The operation's status.
    pub status: OperationStatus,
    /// How many runs match; `None` if they are not counted yet, or cannot be (a text search).
    pub total: Option<i64>,
    /// Runs that were changed.
    pub done: i64,
    /// Runs that could not be changed.
    pub failed: i64,
    /// Code and message of the latest error; of the job, if that failed.
    pub error: Option<(String, String)>,
    /// The name of the person or key that requested it.
    pub requested_by: String,
    /// When the operation was requested.
    pub created_at: DateTime<Utc>,
    /// When the operation ended.
    pub finished_at: Option<DateTime<Utc>>,
}

impl TryFrom<entity::Model> for RunOperation {
    type Error = AppError;

    fn try_from(row: entity::Model) -> Result<Self> {
        let status = OperationStatus::parse(&row.status);
        Ok(Self {
            id: RunOperationId(row.id),
            change: serde_json::from_str(&row.detail).map_err(AppError::internal)?,
            filter: serde_json::from_str(&row.filter).map_err(AppError::internal)?,
            status: status
                .ok_or_else(|| AppError::internal(format!("unknown status `{}`", row.status)))?,
            total: row.total,
            done: row.done,
            failed: row.failed,
            error: row.error_code.zip(row.error_message),
            requested_by: row.requested_by,
            created_at: row.created_at,
            finished_at: row.finished_at,
        })
    }
}

/// Starts an operation on the runs that match a filter. With an idempotency key that was used
/// before for the same change and filter, returns the earlier operation.
pub async fn begin(
    ctx: &Ctx,
    change: Change,
    filter: &Filter,
    idempotency_key: Option<&str>,
) -> Result<RunOperation> {
    ctx.authorize(change.permission()).await?;
    let key = text::idempotency_key(idempotency_key)?;
    let change = match change {
        Change::Cancel { reason } => Change::Cancel {
            reason: reason
                .filter(|reason| !reason.trim().is_empty())
                .map(|reason| text::line("reason", &reason, 1_000))
                .transpose()?,
        },
        retry @ Change::Retry { .. } => retry,
    };
    let filter = filter.checked(ctx).await?;
    let id = RunOperationId::new(ctx.clock());
    let (kind, action) = match change.kind() {
        OperationKind::Cancel => ("cancel", "run.cancel_many"),
        OperationKind::Retry => ("retry", "run.retry_many"),
    };
    let row = entity::Model {
        id: id.0,
        org_id: ctx.org.0,
        kind: kind.to_owned(),
        status: OperationStatus::Running.as_str().to_owned(),
        filter: serde_json::to_string(&filter).map_err(AppError::internal)?,
        detail: serde_json::to_string(&change).map_err(AppError::internal)?,
        job_id: None,
        below: id.0,
        total: None,
        done: 0,
        failed: 0,
        error_code: None,
        error_message: None,
        requested_by: ctx.actor.name.to_string(),
        idempotency_key: key,
        created_at: ctx.clock().now(),
        finished_at: None,
    };
    let tx = ctx.begin().await?;
    if !repo::insert(&tx, &row).await? {
        drop(tx);
        let key = row.idempotency_key.as_deref().unwrap_or_default();
        let found = repo::by_key(ctx, key).await?;
        let found =
            found.filter(|found| (&found.filter, &found.detail) == (&row.filter, &row.detail));
        let found = vec![found.ok_or(OperationError::KeyUsed)?];
        let found = with_failures(ctx, found).await?.pop();
        return found.ok_or_else(|| OperationError::NotFound.into());
    }
    let work = job::ChangeRuns { operation: id };
    let job = queue::enqueue(&tx, ctx, &work, Duration::ZERO).await?;
    repo::set_job(&tx, ctx, id, job).await?;
    let entry = Entry::new(action, "run_operation", id);
    audit::write(
        &tx,
        ctx,
        entry.detail(json!({ "filter": filter, "change": change })),
    )
    .await?;
    tx.commit().await?;
    publish(ctx, id);
    row.try_into()
}

/// Returns one operation.
pub async fn get(ctx: &Ctx, id: RunOperationId) -> Result<RunOperation> {
    ctx.authorize(Permission::RunRead).await?;
    let row = repo::find(ctx, id).await?;
    let rows = vec![row.ok_or(OperationError::NotFound)?];
    let mut operations = with_failures(ctx, rows).await?;
    operations
        .pop()
        .ok_or_else(|| OperationError::NotFound.into())
}

/// Returns those of these operations that exist, unordered.
pub async fn get_many(ctx: &Ctx, ids: &[RunOperationId]) -> Result<Vec<RunOperation>> {
    ctx.authorize(Permission::RunRead).await?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    with_failures(ctx, repo::find_many(ctx, ids).await?).await
}

/// Subscribes to the changes of all the organization's operations. Messages are hints: after
/// [`Message::Lagged`], read the list. The final failure of an operation's job is not published.
pub async fn feed(ctx: &Ctx) -> Result<Subscription> {
    ctx.authorize(Permission::RunRead).await?;
    Ok(ctx.app.live().subscribe(Topic::Operations(ctx.org)))
}

fn publish(ctx: &Ctx, operation: RunOperationId) {
    let org = ctx.org;
    let message = Message::OperationChanged { org, operation };
    ctx.app.live().publish(message);
}

/// Adds the failures of jobs to operations: an operation whose job finally failed counts as failed,
/// until the job is retried.
async fn with_failures(ctx: &Ctx, rows: Vec<entity::Model>) -> Result<Vec<RunOperation>> {
    let running = OperationStatus::Running.as_str();
    let at_work = rows.iter().filter(|row| row.status == running);
    let jobs: Vec<_> = at_work.filter_map(|row| row.job_id).collect();
    let failed = repo::failed_jobs(ctx, jobs).await?;
    let operations = rows.into_iter().map(|row| {
        let job = row.job_id;
        let mut operation = RunOperation::try_from(row)?;
        let of = failed.iter().find(|failed| Some(failed.id) == job);
        if let Some(failed) = of.filter(|_| operation.status == OperationStatus::Running) {
            operation.status = OperationStatus::Failed;
            operation.finished_at = failed.finished_at;
            let error = failed.error_code.clone().zip(failed.error_message.clone());
            operation.error = error.or(operation.error);
        }
        Ok(operation)
    });
    operations.collect()
}

/// A page of the organization's operations, the newest first.
pub async fn list(ctx: &Ctx, page: &Page) -> Result<Listed<RunOperation>> {
    ctx.authorize(Permission::RunRead).await?;
    let window = page.window(ctx.org, "run_operations")?;
    let operations = with_failures(ctx, repo::list(ctx, &window).await?).await?;
    Ok(window.listed(operations, |operation: &RunOperation| operation.id.0))
}

/// Stops an operation: no further runs are changed, and changes already made remain. Does nothing
/// if the operation has ended.
pub async fn stop(ctx: &Ctx, id: RunOperationId) -> Result<RunOperation> {
    ctx.authorize(Permission::RunCancel).await?;
    let known = get(ctx, id).await?;
    ctx.authorize(known.change.permission()).await?;
    let tx = ctx.begin().await?;
    let stopped = OperationStatus::Stopped.as_str();
    if repo::end(&tx, ctx, id, stopped, ctx.clock().now()).await? {
        audit::write(&tx, ctx, Entry::new("run.stop_many", "run_operation", id)).await?;
        tx.commit().await?;
        publish(ctx, id);
    }
    get(ctx, id).await
}
