//! Changes of many runs at once: cancelling and retrying by filter.
//!
//! An operation is a row with its progress and a job that works on it batch by batch (`job`). The
//! runs that match are those that exist when it is requested: newer ones are left alone.

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

/// What is done to each run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Change {
    /// The run is cancelled.
    Cancel {
        /// Why.
        reason: Option<String>,
    },
    /// The run is retried.
    Retry {
        /// From where.
        from: RetryFrom,
    },
}

/// Which kind of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperationKind {
    /// Runs are asked to end.
    Cancel,
    /// Runs are repeated.
    Retry,
}

/// How far an operation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperationStatus {
    /// Its job is queued or running.
    Running,
    /// Every matching run was processed.
    Finished,
    /// It was stopped. Runs that were changed already stay changed.
    Stopped,
    /// Its job failed in every attempt.
    Failed,
}

impl OperationStatus {
    /// The word in the table.
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
    /// Which kind.
    pub fn kind(&self) -> OperationKind {
        match self {
            Self::Cancel { .. } => OperationKind::Cancel,
            Self::Retry { .. } => OperationKind::Retry,
        }
    }

    /// The right that changing one run takes, and so changing many.
    fn permission(&self) -> Permission {
        match self {
            Self::Cancel { .. } => Permission::RunCancel,
            Self::Retry { .. } => Permission::RunStart,
        }
    }
}

/// A change of many runs.
#[derive(Clone, Debug, PartialEq)]
pub struct RunOperation {
    /// Its id.
    pub id: RunOperationId,
    /// What is done.
    pub change: Change,
    /// To which runs.
    pub filter: Filter,
    /// Its state.
    pub status: OperationStatus,
    /// How many runs are meant; `None`: not counted yet, or not countable (a search for text).
    pub total: Option<i64>,
    /// Runs that were changed.
    pub done: i64,
    /// Runs that could not be changed.
    pub failed: i64,
    /// Code and text of the newest refusal.
    pub error: Option<(String, String)>,
    /// The name of the person or key that requested it.
    pub requested_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it ended.
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
            status: status.ok_or_else(|| AppError::internal(format!("status `{}`", row.status)))?,
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

/// Begins a change of the runs of a filter.
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

/// One operation.
pub async fn get(ctx: &Ctx, id: RunOperationId) -> Result<RunOperation> {
    ctx.authorize(Permission::RunRead).await?;
    let row = repo::find(ctx, id).await?;
    let rows = vec![row.ok_or(OperationError::NotFound)?];
    let mut operations = with_failures(ctx, rows).await?;
    operations
        .pop()
        .ok_or_else(|| OperationError::NotFound.into())
}

/// Those of these operations that there are, in no order.
pub async fn get_many(ctx: &Ctx, ids: &[RunOperationId]) -> Result<Vec<RunOperation>> {
    ctx.authorize(Permission::RunRead).await?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    with_failures(ctx, repo::find_many(ctx, ids).await?).await
}

/// Tells each change of any operation of the organization. Messages are hints: after
/// [`Message::Lagged`] the list says what was missed. That an operation's job failed for good is not
/// told.
pub async fn feed(ctx: &Ctx) -> Result<Subscription> {
    ctx.authorize(Permission::RunRead).await?;
    Ok(ctx.app.live().subscribe(Topic::Operations(ctx.org)))
}

fn publish(ctx: &Ctx, operation: RunOperationId) {
    let org = ctx.org;
    let message = Message::OperationChanged { org, operation };
    ctx.app.live().publish(message);
}

/// Operations as their rows and their jobs say: one whose job failed for good has failed, until the
/// job is retried.
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

/// Stops an operation: no more runs are changed, what was done stands. One that ended stays as it is.
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
