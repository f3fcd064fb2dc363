//! To which pipelines versions belong.

use sea_orm::{DbErr, FromQueryResult};
use uuid::Uuid;

use crate::{Ctx, db::with_ids};

/// A version, or the text of a draft that runs executed, and its pipeline.
#[derive(Clone, Debug, FromQueryResult)]
pub struct OwnerRow {
    pub id: Uuid,
    pub pipeline_id: Uuid,
}

/// The pipelines of those of these versions that exist, in no order.
pub async fn of_versions(ctx: &Ctx, ids: &[Uuid]) -> Result<Vec<OwnerRow>, DbErr> {
    let (versions, values) = with_ids("v.", ids);
    let (snapshots, _) = with_ids("s.", ids);
    let sql = format!(
        "SELECT o.id, o.pipeline_id FROM (\
             SELECT v.id, v.pipeline_id FROM pipeline_versions v WHERE {{scope}} AND {versions} \
             UNION ALL \
             SELECT s.id, s.pipeline_id FROM draft_snapshots s WHERE {{scope}} AND {snapshots}) o \
         LIMIT {}",
        values.len()
    );
    ctx.rows(&sql, values).await
}
