//! Reads and writes of triggers' definitions.

use sea_orm::{ColumnTrait, DbErr, QueryFilter, QueryOrder, QuerySelect, Value};
use types::{FolderId, PipelineId};
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use crate::{Ctx, Tx, access::Environment, tenancy::OrgEntity};

/// The triggers of a pipeline in an environment, by name.
pub async fn of_pipeline_in(
    tx: &Tx,
    ctx: &Ctx,
    pipeline: PipelineId,
    environment: Environment,
) -> Result<Vec<Model>, DbErr> {
    Entity::in_org(ctx)
        .filter(Column::PipelineId.eq(pipeline.0))
        .filter(Column::Environment.eq(environment.as_str()))
        .order_by_asc(Column::Name)
        // Nobody enables or disables one between reading and writing it.
        .lock_exclusive()
        .all(tx.conn())
        .await
}

/// Writes a trigger. `false`: the pipeline has one of this name in the environment.
pub async fn insert(tx: &Tx, row: &Model) -> Result<bool, DbErr> {
    let sql = "INSERT INTO triggers (id, org_id, pipeline_id, environment, name, origin, definition, \
            enabled, frequent, created_at, updated_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING";
    let values: [Value; 11] = [
        row.id.into(),
        row.org_id.into(),
        row.pipeline_id.into(),
        row.environment.as_str().into(),
        row.name.as_str().into(),
        row.origin.as_str().into(),
        row.definition.as_str().into(),
        row.enabled.into(),
        row.frequent.into(),
        row.created_at.into(),
        row.updated_at.into(),
    ];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Writes what can change in a trigger.
pub async fn update(tx: &Tx, row: &Model) -> Result<(), DbErr> {
    let sql = "UPDATE triggers SET name = $3, origin = $4, definition = $5, enabled = $6, \
            frequent = $7, enabled_by_kind = $8, enabled_by_id = $9, enabled_by_name = $10, \
            enabled_at = $11, next_at = $12, next_due = $13, problem_code = $14, problem = $15, \
            updated_at = $16, waits_for = $17 \
        WHERE org_id = $1 AND id = $2";
    let values: [Value; 17] = [
        row.org_id.into(),
        row.id.into(),
        row.name.as_str().into(),
        row.origin.as_str().into(),
        row.definition.as_str().into(),
        row.enabled.into(),
        row.frequent.into(),
        row.enabled_by_kind.clone().into(),
        row.enabled_by_id.into(),
        row.enabled_by_name.clone().into(),
        row.enabled_at.into(),
        row.next_at.into(),
        row.next_due.into(),
        row.problem_code.clone().into(),
        row.problem.clone().into(),
        row.updated_at.into(),
        row.waits_for.clone().into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Removes a trigger with its pending firings. The others may be very many: they are removed when they are
/// old, as all are.
pub async fn delete(tx: &Tx, org: Uuid, id: Uuid) -> Result<(), DbErr> {
    for sql in [
        "DELETE FROM triggers WHERE org_id = $1 AND id = $2",
        "DELETE FROM trigger_firings WHERE org_id = $1 AND trigger_id = $2 AND state = 'pending'",
    ] {
        tx.execute(sql, [org.into(), id.into()]).await?;
    }
    Ok(())
}

/// The folder in which a pipeline is.
pub async fn folder_in(
    tx: &Tx,
    ctx: &Ctx,
    pipeline: PipelineId,
) -> Result<Option<FolderId>, DbErr> {
    let sql = "SELECT folder_id FROM pipelines WHERE org_id = $1 AND id = $2";
    let values = [ctx.org.0.into(), pipeline.0.into()];
    let row = tx.query_one(sql, values).await?;
    let folder: Option<Uuid> = row.map_or(Ok(None), |row| row.try_get("", "folder_id"))?;
    Ok(folder.map(FolderId))
}
