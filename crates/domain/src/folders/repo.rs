//! Reads and writes of folders.

use sea_orm::{ColumnTrait, DbErr, FromQueryResult, QueryFilter, QueryOrder, Value};
use types::{FolderId, PipelineId};
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use crate::{
    Ctx, Tx,
    access::Object,
    tenancy::{OrgEntity, SCOPE},
};

/// The organization's folders, by name.
pub async fn all(ctx: &Ctx) -> Result<Vec<Model>, DbErr> {
    ctx.all(Entity::in_org(ctx).order_by_asc(Column::Name))
        .await
}

/// Like [`all`], in a transaction and in no order.
pub async fn all_in(tx: &Tx, ctx: &Ctx) -> Result<Vec<Model>, DbErr> {
    Entity::in_org(ctx).all(tx.conn()).await
}

/// Those of these folders that exist, in no order.
pub async fn find_many(ctx: &Ctx, ids: &[FolderId]) -> Result<Vec<Model>, DbErr> {
    let ids = ids.iter().map(|id| id.0);
    ctx.all(Entity::in_org(ctx).filter(Column::Id.is_in(ids)))
        .await
}

/// One folder, in a transaction.
pub async fn find_in(tx: &Tx, ctx: &Ctx, id: FolderId) -> Result<Option<Model>, DbErr> {
    let select = Entity::in_org(ctx).filter(Column::Id.eq(id.0));
    select.one(tx.conn()).await
}

/// The folder that a pipeline is in.
pub async fn of_pipeline(ctx: &Ctx, pipeline: PipelineId) -> Result<Option<Uuid>, DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        folder_id: Option<Uuid>,
    }
    let sql = format!(
        "SELECT p.folder_id FROM pipelines p WHERE {SCOPE} AND p.org_id = $1 AND p.id = $2 LIMIT 1"
    );
    let row: Option<Row> = ctx.rows(&sql, [pipeline.0.into()]).await?.pop();
    Ok(row.and_then(|row| row.folder_id))
}

/// Writes a folder, or renames the one with its id.
pub async fn upsert(tx: &Tx, row: &Model) -> Result<(), DbErr> {
    let sql = "INSERT INTO folders (id, org_id, name, created_at) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (id) DO UPDATE SET name = excluded.name";
    let values: [Value; 4] = [
        row.id.into(),
        row.org_id.into(),
        row.name.as_str().into(),
        row.created_at.into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Deletes a folder with the grants on it. Its pipelines are in no folder afterwards; returns their
/// number.
pub async fn delete(tx: &Tx, ctx: &Ctx, id: FolderId) -> Result<u64, DbErr> {
    let sql = "UPDATE pipelines SET folder_id = NULL WHERE org_id = $1 AND folder_id = $2";
    let pipelines = tx.execute(sql, [ctx.org.0.into(), id.0.into()]).await?;
    let sql = "DELETE FROM grants WHERE org_id = $1 AND object = $2";
    let object = Object::Folder(id).to_string();
    tx.execute(sql, [ctx.org.0.into(), object.into()]).await?;
    let sql = "DELETE FROM folders WHERE org_id = $1 AND id = $2";
    tx.execute(sql, [ctx.org.0.into(), id.0.into()]).await?;
    Ok(pipelines)
}
