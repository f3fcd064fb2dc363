//! Reads the folders of pipelines.

use sea_orm::{DbErr, FromQueryResult};
use uuid::Uuid;

use crate::{Ctx, db::with_ids, tenancy::SCOPE};

/// A pipeline and the folder that it is in.
#[derive(Debug, FromQueryResult)]
pub struct FolderRow {
    pub id: Uuid,
    pub folder_id: Option<Uuid>,
}

/// The folders of those of these pipelines that exist, in no order.
pub async fn folders_of(ctx: &Ctx, ids: &[Uuid]) -> Result<Vec<FolderRow>, DbErr> {
    let (condition, values) = with_ids("p.", ids);
    let sql = format!(
        "SELECT p.id, p.folder_id FROM pipelines p WHERE {SCOPE} AND {condition} LIMIT {}",
        values.len()
    );
    ctx.rows(&sql, values).await
}
