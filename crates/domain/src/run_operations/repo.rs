//! Statements on run operations.

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, DbErr, QueryFilter, QueryOrder, QuerySelect, Value};
use types::{JobId, RunOperationId};
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use crate::{
    Ctx, Tx,
    error::AppError,
    paging::Window,
    queue::{JobStatus, entity as job},
    tenancy::OrgEntity,
};

/// Inserts an operation. Returns `false` if its idempotency key is in use.
pub async fn insert(tx: &Tx, row: &Model) -> Result<bool, DbErr> {
    let values: [Value; 10] = [
        row.id.into(),
        row.org_id.into(),
        row.kind.as_str().into(),
        row.status.as_str().into(),
        row.filter.as_str().into(),
        row.detail.as_str().into(),
        row.below.into(),
        row.requested_by.as_str().into(),
        row.idempotency_key.clone().into(),
        row.created_at.into(),
    ];
    let rows = tx
        .execute(
            "INSERT INTO run_operations (id, org_id, kind, status, filter, detail, below, \
               requested_by, idempotency_key, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
             ON CONFLICT (org_id, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING",
            values,
        )
        .await?;
    Ok(rows == 1)
}

/// Stores the job that carries out the operation.
pub async fn set_job(tx: &Tx, ctx: &Ctx, id: RunOperationId, job: JobId) -> Result<(), DbErr> {
    let values = [job.0.into(), ctx.org.0.into(), id.0.into()];
    tx.execute(
        "UPDATE run_operations SET job_id = $1 WHERE org_id = $2 AND id = $3",
        values,
    )
    .await
    .map(drop)
}

/// One operation.
pub async fn find(ctx: &Ctx, id: RunOperationId) -> Result<Option<Model>, DbErr> {
    ctx.one(Entity::in_org(ctx).filter(Column::Id.eq(id.0)))
        .await
}

/// Those of these operations that exist, unordered.
pub async fn find_many(ctx: &Ctx, ids: &[RunOperationId]) -> Result<Vec<Model>, DbErr> {
    let ids = ids.iter().map(|id| id.0);
    ctx.all(Entity::in_org(ctx).filter(Column::Id.is_in(ids)))
        .await
}

/// The operation that was started with an idempotency key.
pub async fn by_key(ctx: &Ctx, key: &str) -> Result<Option<Model>, DbErr> {
    ctx.one(Entity::in_org(ctx).filter(Column::IdempotencyKey.eq(key)))
        .await
}

/// A page of operations, the newest first.
pub async fn list(ctx: &Ctx, window: &Window) -> Result<Vec<Model>, DbErr> {
    let select = Entity::in_org(ctx)
        .filter(Column::Id.lt(window.below))
        .order_by_desc(Column::Id)
        .limit(u64::from(window.limit()));
    ctx.all(select).await
}

/// Those of these jobs that finally failed.
pub async fn failed_jobs(ctx: &Ctx, ids: Vec<Uuid>) -> Result<Vec<job::Model>, DbErr> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let failed = JobStatus::Failed.as_str();
    let select = job::Entity::in_org(ctx)
        .filter(job::Column::Id.is_in(ids))
        .filter(job::Column::Status.eq(failed));
    ctx.all(select).await
}

/// Stores how many runs match.
pub async fn set_total(tx: &Tx, ctx: &Ctx, id: RunOperationId, total: i64) -> Result<(), DbErr> {
    let values = [total.into(), ctx.org.0.into(), id.0.into()];
    tx.execute(
        "UPDATE run_operations SET total = $1 WHERE org_id = $2 AND id = $3",
        values,
    )
    .await
    .map(drop)
}

/// The result of a batch.
#[derive(Debug)]
pub struct Batch {
    /// Where the next batch begins: runs with smaller IDs are still to be processed.
    pub below: Uuid,
    /// Runs that were changed.
    pub done: i64,
    /// Runs that could not be changed.
    pub failed: i64,
    /// The latest error.
    pub error: Option<AppError>,
}

/// Stores the result of a batch that began at `from`. Returns `false` if another worker already
/// did, or the operation was stopped.
pub async fn advance(
    tx: &Tx,
    ctx: &Ctx,
    id: RunOperationId,
    from: Uuid,
    batch: &Batch,
) -> Result<bool, DbErr> {
    let code = batch
        .error
        .as_ref()
        .map(|error| error.code.as_str().to_owned());
    let message = batch.error.as_ref().map(|error| error.message.to_string());
    let values: [Value; 8] = [
        batch.below.into(),
        batch.done.into(),
        batch.failed.into(),
        code.into(),
        message.into(),
        ctx.org.0.into(),
        id.0.into(),
        from.into(),
    ];
    let rows = tx
        .execute(
            "UPDATE run_operations SET below = $1, done = done + $2, failed = failed + $3, \
               error_code = coalesce($4, error_code), error_message = coalesce($5, error_message) \
             WHERE org_id = $6 AND id = $7 AND below = $8 AND status = 'running'",
            values,
        )
        .await?;
    Ok(rows == 1)
}

/// Ends a running operation. Returns `false` if it is not running.
pub async fn end(
    tx: &Tx,
    ctx: &Ctx,
    id: RunOperationId,
    status: &str,
    at: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let values = [status.into(), at.into(), ctx.org.0.into(), id.0.into()];
    let rows = tx
        .execute(
            "UPDATE run_operations SET status = $1, finished_at = $2 \
             WHERE org_id = $3 AND id = $4 AND status = 'running'",
            values,
        )
        .await?;
    Ok(rows == 1)
}
