//! The texts of drafts that runs execute. A run has the id of a snapshot where others have that of a
//! version, so whoever reads a version by its id looks here, too. What goes by numbers never does.

use chrono::{DateTime, Utc};
use sea_orm::{DbErr, FromQueryResult, Value};
use types::{OrgId, PipelineId, PipelineVersionId};
use uuid::Uuid;

use super::{HeadRow, NumberRow, version};
use crate::{Ctx, SystemCtx, Tx, db::with_ids};

/// A snapshot to write.
#[derive(Clone, Debug)]
pub struct NewSnapshot<'a> {
    pub id: PipelineVersionId,
    pub pipeline: PipelineId,
    pub revision: i32,
    /// The version that the draft started from, and its number.
    pub base: (PipelineVersionId, i32),
    pub source: &'a str,
    pub sha256: String,
    pub created_at: DateTime<Utc>,
}

#[derive(Debug, FromQueryResult)]
struct IdRow {
    id: Uuid,
}

/// The snapshot of a draft at a revision.
pub async fn at(
    ctx: &Ctx,
    pipeline: PipelineId,
    revision: i32,
) -> Result<Option<PipelineVersionId>, DbErr> {
    let sql = "SELECT s.id FROM draft_snapshots s \
        WHERE s.org_id = $1 AND {scope} AND s.pipeline_id = $2 AND s.revision = $3 LIMIT 1";
    let values: [Value; 2] = [pipeline.0.into(), revision.into()];
    let row: Option<IdRow> = ctx.rows(sql, values).await?.pop();
    Ok(row.map(|row| PipelineVersionId(row.id)))
}

/// Writes a snapshot, unless there is one of that revision.
pub async fn insert(tx: &Tx, ctx: &Ctx, new: &NewSnapshot<'_>) -> Result<(), DbErr> {
    let sql = "INSERT INTO draft_snapshots (id, org_id, pipeline_id, revision, base_version_id, \
            base_number, source, sha256, author_kind, author_name, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
        ON CONFLICT (org_id, pipeline_id, revision) DO NOTHING";
    let values: [Value; 11] = [
        new.id.0.into(),
        ctx.org.0.into(),
        new.pipeline.0.into(),
        new.revision.into(),
        new.base.0.0.into(),
        new.base.1.into(),
        new.source.into(),
        new.sha256.as_str().into(),
        ctx.actor.kind.as_str().into(),
        ctx.actor.name.to_string().into(),
        new.created_at.into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

#[derive(Debug, FromQueryResult)]
struct SnapshotRow {
    id: Uuid,
    pipeline_id: Uuid,
    base_number: i32,
    source: String,
    sha256: String,
    author_kind: String,
    author_name: String,
    created_at: DateTime<Utc>,
    total: i64,
}

/// Several snapshots of the organization as versions, in no order. `None` if their texts together exceed
/// `room` bytes; those beyond the limit are not read from the database.
pub async fn by_ids(
    ctx: &Ctx,
    ids: &[Uuid],
    room: usize,
) -> Result<Option<Vec<version::Model>>, DbErr> {
    let room = i64::try_from(room).unwrap_or(i64::MAX);
    let (condition, values) = with_ids("s.", ids);
    let sql = format!(
        "SELECT id, pipeline_id, base_number, \
             CASE WHEN total <= {room} THEN source ELSE '' END AS source, \
             sha256, author_kind, author_name, created_at, total \
         FROM (SELECT s.*, sum(octet_length(s.source)) OVER (ORDER BY s.id) AS total \
               FROM draft_snapshots s WHERE {{scope}} AND {condition}) m LIMIT {limit}",
        limit = values.len(),
    );
    let rows: Vec<SnapshotRow> = ctx.rows(&sql, values).await?;
    if rows.iter().any(|row| row.total > room) {
        return Ok(None);
    }
    let version = |row: SnapshotRow| version::Model {
        id: row.id,
        org_id: ctx.org.0,
        pipeline_id: row.pipeline_id,
        number: row.base_number,
        source: row.source,
        sha256: row.sha256,
        created_by: None,
        author_kind: Some(row.author_kind),
        author_name: Some(row.author_name),
        created_at: row.created_at,
        note: None,
    };
    Ok(Some(rows.into_iter().map(version).collect()))
}

/// One snapshot of the organization as a version.
pub async fn by_id(ctx: &Ctx, id: PipelineVersionId) -> Result<Option<version::Model>, DbErr> {
    let found = by_ids(ctx, &[id.0], usize::MAX).await?;
    Ok(found.and_then(|mut found| found.pop()))
}

/// Like [`by_id`], without its text.
pub async fn head(ctx: &Ctx, id: PipelineVersionId) -> Result<Option<HeadRow>, DbErr> {
    let sql = "SELECT s.id, s.pipeline_id, s.base_number AS number, s.sha256, s.author_kind, \
            s.author_name, s.created_at, NULL AS note \
        FROM draft_snapshots s WHERE s.org_id = $1 AND {scope} AND s.id = $2 LIMIT 1";
    Ok(ctx.rows(sql, [id.0.into()]).await?.pop())
}

/// The numbers of the versions that the drafts had started from.
pub async fn numbers(ctx: &Ctx, ids: &[Uuid]) -> Result<Vec<NumberRow>, DbErr> {
    let (condition, values) = with_ids("s.", ids);
    let sql = format!(
        "SELECT s.id, s.base_number AS number FROM draft_snapshots s \
         WHERE {{scope}} AND {condition} LIMIT {}",
        values.len()
    );
    ctx.rows(&sql, values).await
}

/// The text of a snapshot of an organization, for the worker.
pub async fn source_of(
    system: &SystemCtx,
    org: OrgId,
    id: PipelineVersionId,
) -> Result<Option<String>, DbErr> {
    let tx = system.begin_in(&[org]).await?;
    let sql = "SELECT source FROM draft_snapshots WHERE org_id = $1 AND id = $2";
    let row = tx.query_one(sql, [org.0.into(), id.0.into()]).await?;
    tx.commit().await?;
    row.map(|row| row.try_get("", "source")).transpose()
}
