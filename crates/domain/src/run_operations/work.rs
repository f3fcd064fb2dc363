//! Carries out one batch of an operation.

use std::collections::HashMap;

use types::{ErrorCode, RunId, RunOperationId};

use super::{
    Change, OperationError, OperationKind, OperationStatus, RunOperation, publish,
    repo::{self, Batch},
};
use crate::{
    Ctx,
    access::PermissionSet,
    error::{AppError, Result},
    live::Message,
    paging::Window,
    queue,
    runs::{self, FoundRun, Retry},
};

/// The number of runs per batch.
pub const BATCH: u32 = 50;

/// The progress of an operation after a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Runs that were changed.
    pub done: i64,
    /// Runs that could not be changed.
    pub failed: i64,
    /// How many runs match; `None` if they were not counted.
    pub total: Option<i64>,
    /// Whether there are more runs to process.
    pub goes_on: bool,
}

/// Changes the next batch of runs.
pub async fn step(ctx: &Ctx, id: RunOperationId) -> Result<Step> {
    let row = repo::find(ctx, id).await?.ok_or(OperationError::NotFound)?;
    let below = row.below;
    let operation = RunOperation::try_from(row)?;
    if operation.status != OperationStatus::Running {
        return Ok(Step::of(&operation, false));
    }
    // Relative times in the filter count from when the operation was requested.
    let mut filter = operation.filter.at(operation.created_at);
    filter.status = operation.change.states(&filter);
    filter.not_status = Vec::new();
    // If no status is left, no run matches. An empty list in a filter would mean any status.
    let none = filter.status.is_empty();
    if operation.total.is_none() && (none || filter.text.is_none()) && below == id.0 {
        let total = match none {
            true => 0,
            false => runs::count_below(ctx, &filter, id.0).await?,
        };
        let tx = ctx.begin().await?;
        repo::set_total(&tx, ctx, id, total).await?;
        tx.commit().await?;
        publish(ctx, id);
    }
    if none {
        return finish(ctx, id).await;
    }
    let found = runs::find_below(ctx, &filter, &Window::below(below, BATCH - 1)).await?;
    let next = match (found.runs.last(), found.examined_to) {
        (_, Some(looked)) => looked,
        (Some(last), None) => last.id.0,
        (None, None) => return finish(ctx, id).await,
    };
    let mut batch = Batch {
        below: next,
        done: 0,
        failed: 0,
        error: None,
    };
    let chosen = allowed(ctx, &operation.change, &found.runs, &mut batch).await?;
    match &operation.change {
        Change::Cancel { reason } => {
            let reason = reason.as_deref();
            let tx = ctx.begin().await?;
            batch.done = i64::try_from(chosen.len()).unwrap_or(i64::MAX);
            // Before the signals are sent, so that only one of two workers sends them.
            if repo::advance(&tx, ctx, id, below, &batch).await? {
                for run in &chosen {
                    runs::cancel_in(&tx, ctx, *run, reason, Some(id)).await?;
                }
                queue::wake_jobs(&ctx.app).ensure(&tx).await?;
                tx.commit().await?;
                for run in &chosen {
                    ctx.app.live().publish(Message::Signalled(*run));
                }
            }
        }
        Change::Retry { from } => {
            for run in &chosen {
                match retry(ctx, id, *run, *from).await {
                    Ok(()) => batch.done += 1,
                    Err(error) if is_passing(&error) => return Err(error),
                    Err(error) => {
                        batch.failed += 1;
                        batch.error = Some(error);
                    }
                }
            }
            let tx = ctx.begin().await?;
            if repo::advance(&tx, ctx, id, below, &batch).await? {
                tx.commit().await?;
            }
        }
    }
    publish(ctx, id);
    let row = repo::find(ctx, id).await?.ok_or(OperationError::NotFound)?;
    let operation = RunOperation::try_from(row)?;
    Ok(Step::of(
        &operation,
        operation.status == OperationStatus::Running,
    ))
}

/// Those of the runs that the caller may change. The operation needs the permission in the whole
/// organization, but runs in production need another one too. The others count as failed.
async fn allowed(
    ctx: &Ctx,
    change: &Change,
    found: &[FoundRun],
    batch: &mut Batch,
) -> Result<Vec<RunId>> {
    ctx.authorize(change.permission()).await?;
    let mut allowed = Vec::with_capacity(found.len());
    // The check may read the pipeline's folder, so it is made once for all runs of a pipeline.
    let mut known: HashMap<_, PermissionSet> = HashMap::new();
    for run in found {
        let place = (run.pipeline, run.environment);
        let missing = match known.get(&place).copied() {
            Some(missing) => missing,
            None => {
                let missing = ctx.missing_in(change.permission(), place.0, place.1);
                let missing = missing.await?;
                known.insert(place, missing);
                missing
            }
        };
        if missing.is_empty() {
            allowed.push(run.id);
            continue;
        }
        batch.failed += 1;
        let message = format!(
            "Runs in {} need the permission `{missing}` as well, which you do not have",
            run.environment
        );
        batch.error = Some(AppError::new(ErrorCode::Forbidden, message));
    }
    Ok(allowed)
}

async fn retry(ctx: &Ctx, id: RunOperationId, run: RunId, from: runs::RetryFrom) -> Result<()> {
    let how = Retry {
        from,
        input: None,
        idempotency_key: Some(format!("{id}:{run}")),
    };
    runs::retry(ctx, run, how).await.map(drop)
}

/// Whether the error is transient and not the run's own. The whole batch is then retried later.
fn is_passing(error: &AppError) -> bool {
    use types::ErrorCode as Code;
    matches!(
        error.code,
        Code::Unavailable | Code::StorageFull | Code::Timeout | Code::Internal | Code::Forbidden
    )
}

async fn finish(ctx: &Ctx, id: RunOperationId) -> Result<Step> {
    let tx = ctx.begin().await?;
    let now = ctx.clock().now();
    repo::end(&tx, ctx, id, OperationStatus::Finished.as_str(), now).await?;
    tx.commit().await?;
    publish(ctx, id);
    let row = repo::find(ctx, id).await?.ok_or(OperationError::NotFound)?;
    Ok(Step::of(&RunOperation::try_from(row)?, false))
}

impl Step {
    fn of(operation: &RunOperation, goes_on: bool) -> Self {
        Self {
            done: operation.done,
            failed: operation.failed,
            total: operation.total,
            goes_on,
        }
    }
}

impl Change {
    /// The statuses in which this change is possible, as far as the filter includes them.
    fn states(&self, filter: &runs::Filter) -> Vec<runs::RunStatus> {
        use runs::RunStatus as Status;
        let usual: &[Status] = match self.kind() {
            OperationKind::Cancel => &[Status::Queued, Status::Running, Status::Waiting],
            // Succeeded runs are retried only if the filter names that status.
            OperationKind::Retry if filter.status.contains(&Status::Succeeded) => {
                &[Status::Succeeded, Status::Failed, Status::Cancelled]
            }
            OperationKind::Retry => &[Status::Failed, Status::Cancelled],
        };
        let meant = |status: &Status| {
            (filter.status.is_empty() || filter.status.contains(status))
                && !filter.not_status.contains(status)
        };
        usual.iter().copied().filter(meant).collect()
    }
}
