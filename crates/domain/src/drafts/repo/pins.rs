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

/// Lets the pins of a draft be set one after the other, until the transaction ends.
pub async fn lock(tx: &Tx, pipeline: PipelineId) -> Result<(), DbErr> {
    if tx.is_postgres() {
        // Two concurrent transactions would not see each other's rows. SQLite has one writer.
        let sql = "SELECT pg_advisory_xact_lock(hashtextextended('pins ' || $1, 0))";
        tx.execute(sql, [pipeline.0.to_string().into()]).await?;
    }
    Ok(())
}

/// How many other stages than this one have a pin.
pub async fn others(tx: &Tx, ctx: &Ctx, pipeline: PipelineId, stage: &str) -> Result<i64, DbErr> {
    let sql = "SELECT count(*) AS n FROM draft_pins \
        WHERE org_id = $1 AND pipeline_id = $2 AND stage <> $3";
    let values = [ctx.org.0.into(), pipeline.0.into(), stage.into()];
    let found = tx.query_one(sql, values).await?;
    found.map_or(Ok(0), |found| found.try_get("", "n"))
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
