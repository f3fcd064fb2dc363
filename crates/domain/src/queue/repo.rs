//! Statements on jobs. `carrier` has the statements on the tables of apalis.

pub mod carrier;

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, DbErr, QueryFilter, QueryOrder, QuerySelect, Value,
    sea_query::{Expr, ExprTrait},
};
use types::{JobId, OrgId};

use super::{
    JobStatus,
    entity::{Column, Entity, Model},
};
use crate::{Ctx, SystemCtx, Tx, paging::Window, tenancy::OrgEntity};

/// Inserts a new job.
pub async fn insert(tx: &Tx, row: &Model) -> Result<(), DbErr> {
    const SQL: &str = "INSERT INTO org_jobs (id, org_id, kind, payload, status, max_attempts, tries, \
        delivery, actor_kind, actor_id, actor_name, token_family, token_scopes, request_id, \
        created_at, run_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
    let values: [Value; 16] = [
        row.id.into(),
        row.org_id.into(),
        row.kind.as_str().into(),
        row.payload.as_str().into(),
        row.status.as_str().into(),
        row.max_attempts.into(),
        row.tries.into(),
        row.delivery.as_str().into(),
        row.actor_kind.as_str().into(),
        row.actor_id.into(),
        row.actor_name.as_str().into(),
        row.token_family.into(),
        row.token_scopes.clone().into(),
        row.request_id.as_str().into(),
        row.created_at.into(),
        row.run_at.into(),
    ];
    tx.execute(SQL, values).await.map(drop)
}

/// A page of the organization's jobs, the newest first, with one status or all.
pub async fn list(
    ctx: &Ctx,
    window: &Window,
    status: Option<JobStatus>,
) -> Result<Vec<Model>, DbErr> {
    let mut select = Entity::in_org(ctx).filter(Column::Id.lt(window.below));
    if let Some(status) = status {
        // A literal, so that the partial index on failed jobs can be used.
        select = select
            .filter(Expr::col(Column::Status).eq(Expr::cust(format!("'{}'", status.as_str()))));
    }
    let select = select
        .order_by_desc(Column::Id)
        .limit(u64::from(window.limit()));
    ctx.all(select).await
}

/// One job.
pub async fn find(ctx: &Ctx, id: JobId) -> Result<Option<Model>, DbErr> {
    ctx.one(Entity::in_org(ctx).filter(Column::Id.eq(id.0)))
        .await
}

/// One job, for the worker.
pub async fn find_of(
    system: &SystemCtx,
    tx: &Tx,
    (org, id): (OrgId, JobId),
) -> Result<Option<Model>, DbErr> {
    Entity::in_org_of(system, org)
        .filter(Column::Id.eq(id.0))
        .one(tx.conn())
        .await
}

/// Starts an attempt. Returns `false` if this delivery may not, or no longer, start one.
pub async fn begin(
    tx: &Tx,
    (org, id): (OrgId, JobId),
    delivery: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    const SQL: &str = "UPDATE org_jobs SET status = 'running', attempts = attempts + 1, \
        started_at = $1 WHERE org_id = $2 AND id = $3 AND delivery = $4 \
        AND status IN ('queued', 'running')";
    let values = [now.into(), org.0.into(), id.0.into(), delivery.into()];
    Ok(tx.execute(SQL, values).await? == 1)
}

/// Stores the progress of an attempt. Returns `false` if it is no longer the newest one.
pub async fn progress(
    tx: &Tx,
    (org, id): (OrgId, JobId),
    attempt: i32,
    (done, total): (i64, Option<i64>),
) -> Result<bool, DbErr> {
    const SQL: &str = "UPDATE org_jobs SET progress_done = $1, progress_total = $2 \
        WHERE org_id = $3 AND id = $4 AND attempts = $5 AND status = 'running'";
    let values = [
        done.into(),
        total.into(),
        org.0.into(),
        id.0.into(),
        attempt.into(),
    ];
    Ok(tx.execute(SQL, values).await? == 1)
}

/// The state in which an attempt leaves its job.
pub struct AttemptResult<'a> {
    /// The new status.
    pub status: JobStatus,
    /// Code and message of the error, if there was one.
    pub error: Option<(&'a str, &'a str)>,
    /// The delivery of the next attempt.
    pub delivery: &'a str,
    /// When the next attempt is due.
    pub run_at: DateTime<Utc>,
    /// Attempts to add to `max_attempts`, because they do not count.
    pub more: i32,
    /// When the job ended, and until when its row is kept; `None` if it has not ended.
    pub ended: Option<(DateTime<Utc>, DateTime<Utc>)>,
}

/// Stores how an attempt left its job. Returns `false` if it is no longer the newest one.
pub async fn leave(
    tx: &Tx,
    (org, id): (OrgId, JobId),
    attempt: i32,
    left: AttemptResult<'_>,
) -> Result<bool, DbErr> {
    const SQL: &str = "UPDATE org_jobs SET status = $1, error_code = $2, error_message = $3, \
        delivery = $4, run_at = $5, max_attempts = max_attempts + $6, finished_at = $7, \
        keep_until = $8 \
        WHERE org_id = $9 AND id = $10 AND attempts = $11 AND status = 'running'";
    let values: [Value; 11] = [
        left.status.as_str().into(),
        left.error.map(|(code, _)| code.to_owned()).into(),
        left.error.map(|(_, message)| message.to_owned()).into(),
        left.delivery.into(),
        left.run_at.into(),
        left.more.into(),
        left.ended.map(|(at, _)| at).into(),
        left.ended.map(|(_, until)| until).into(),
        org.0.into(),
        id.0.into(),
        attempt.into(),
    ];
    Ok(tx.execute(SQL, values).await? == 1)
}

/// Queues a failed job again. Returns `false` if the job has not failed.
pub async fn requeue(
    tx: &Tx,
    (org, id): (OrgId, JobId),
    delivery: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    const SQL: &str = "UPDATE org_jobs SET status = 'queued', delivery = $1, run_at = $2, \
        max_attempts = attempts + tries, finished_at = NULL, keep_until = NULL \
        WHERE org_id = $3 AND id = $4 AND status = 'failed'";
    let values = [delivery.into(), now.into(), org.0.into(), id.0.into()];
    Ok(tx.execute(SQL, values).await? == 1)
}

/// Replaces the lost delivery of an unfinished job. Returns `false` if the job has changed.
pub async fn redeliver(
    tx: &Tx,
    (org, id): (OrgId, JobId),
    (old, new): (&str, &str),
) -> Result<bool, DbErr> {
    const SQL: &str = "UPDATE org_jobs SET delivery = $1 WHERE org_id = $2 AND id = $3 \
        AND delivery = $4 AND status IN ('queued', 'running')";
    let values = [new.into(), org.0.into(), id.0.into(), old.into()];
    Ok(tx.execute(SQL, values).await? == 1)
}

/// Deletes the expired rows of all organizations. Returns how many.
pub async fn forget(system: &SystemCtx) -> Result<u64, DbErr> {
    const SQL: &str = "/* across organizations: jobs */ DELETE FROM org_jobs WHERE keep_until < $1";
    let tx = system.begin_across().await?;
    let now = system.app.clock().now();
    let gone = tx.execute(SQL, [now.into()]).await?;
    tx.commit().await?;
    Ok(gone)
}
