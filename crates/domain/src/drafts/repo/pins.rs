//! Reads and writes of pinned outputs.

use chrono::{DateTime, Utc};
use sea_orm::{DbErr, FromQueryResult, Value};
use types::PipelineId;

use crate::{Ctx, Tx, drafts::MAX_PINS};

/// A pin.
#[derive(Clone, Debug, FromQueryResult)]
pub struct PinRow {
    pub stage: String,
    /// The output as JSON, whatever its length.
    pub output: String,
    pub pinned_by_kind: String,
    pub pinned_by_name: String,
    pub pinned_at: DateTime<Utc>,
}

/// The pins of a draft.
pub async fn list(ctx: &Ctx, pipeline: PipelineId) -> Result<Vec<PinRow>, DbErr> {
    let sql = format!(
        "SELECT n.stage, n.output, n.pinned_by_kind, n.pinned_by_name, n.pinned_at \
         FROM draft_pins n WHERE n.org_id = $1 AND {{scope}} AND n.pipeline_id = $2 \
         ORDER BY n.stage LIMIT {MAX_PINS}"
    );
    ctx.rows(&sql, [pipeline.0.into()]).await
}

#[derive(Debug, FromQueryResult)]
struct NameRow {
    stage: String,
}

/// The names of the stages that have a pin.
pub async fn names(ctx: &Ctx, pipeline: PipelineId) -> Result<Vec<String>, DbErr> {
    let sql = format!(
        "SELECT n.stage FROM draft_pins n \
         WHERE n.org_id = $1 AND {{scope}} AND n.pipeline_id = $2 ORDER BY n.stage LIMIT {MAX_PINS}"
    );
    let rows: Vec<NameRow> = ctx.rows(&sql, [pipeline.0.into()]).await?;
    Ok(rows.into_iter().map(|row| row.stage).collect())
}

/// Writes a pin, in place of an earlier one of the stage.
pub async fn write(tx: &Tx, ctx: &Ctx, pipeline: PipelineId, row: &PinRow) -> Result<(), DbErr> {
    let sql = "INSERT INTO draft_pins (id, org_id, pipeline_id, stage, output, pinned_by_kind, \
            pinned_by_name, pinned_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
        ON CONFLICT (org_id, pipeline_id, stage) DO UPDATE SET output = excluded.output, \
            pinned_by_kind = excluded.pinned_by_kind, pinned_by_name = excluded.pinned_by_name, \
            pinned_at = excluded.pinned_at";
    let values: [Value; 8] = [
        ctx.clock().new_uuid().into(),
        ctx.org.0.into(),
        pipeline.0.into(),
        row.stage.as_str().into(),
        row.output.as_str().into(),
        row.pinned_by_kind.as_str().into(),
        row.pinned_by_name.as_str().into(),
        row.pinned_at.into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Removes a pin. `false`: there is none.
pub async fn remove(tx: &Tx, ctx: &Ctx, pipeline: PipelineId, stage: &str) -> Result<bool, DbErr> {
    let sql = "DELETE FROM draft_pins WHERE org_id = $1 AND pipeline_id = $2 AND stage = $3";
    let values = [ctx.org.0.into(), pipeline.0.into(), stage.into()];
    Ok(tx.execute(sql, values).await? > 0)
}

/// Gives the pin of a stage to the stage's new name. A pin that a removed stage of that name has left is
/// replaced.
pub async fn rename(
    tx: &Tx,
    ctx: &Ctx,
    pipeline: PipelineId,
    (stage, to): (&str, &str),
) -> Result<(), DbErr> {
    let left = "DELETE FROM draft_pins WHERE org_id = $1 AND pipeline_id = $2 AND stage = $3";
    let values = [ctx.org.0.into(), pipeline.0.into(), to.into()];
    tx.execute(left, values).await?;
    let sql = "UPDATE draft_pins SET stage = $4 \
        WHERE org_id = $1 AND pipeline_id = $2 AND stage = $3";
    let values: [Value; 4] = [ctx.org.0.into(), pipeline.0.into(), stage.into(), to.into()];
    tx.execute(sql, values).await.map(drop)
}
