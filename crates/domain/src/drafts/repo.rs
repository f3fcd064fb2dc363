//! Reads and writes of drafts and of their logs.

pub mod pins;

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, DbErr, FromQueryResult, QueryFilter, QueryOrder, QueryResult, Value};
use types::{FolderId, PipelineId};
use uuid::Uuid;

use super::{change, entity};
use crate::{Ctx, Tx, tenancy::OrgEntity};

/// A pipeline, as far as its draft is concerned.
#[derive(Clone, Debug)]
pub struct Found {
    pub is_deleted: bool,
    pub latest: Uuid,
    pub latest_number: i32,
    pub draft: Option<entity::Model>,
}

impl FromQueryResult for Found {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        let draft: Option<Uuid> = row.try_get("d_", "id")?;
        let deleted_at: Option<DateTime<Utc>> = row.try_get(prefix, "deleted_at")?;
        Ok(Self {
            is_deleted: deleted_at.is_some(),
            latest: row.try_get(prefix, "latest_version_id")?,
            latest_number: row.try_get(prefix, "latest_number")?,
            draft: draft
                .map(|_| entity::Model::from_query_result(row, "d_"))
                .transpose()?,
        })
    }
}

/// The columns of [`entity::Model`].
const COLUMNS: [&str; 13] = [
    "id",
    "org_id",
    "pipeline_id",
    "base_version_id",
    "base_number",
    "revision",
    "log_start",
    "log_bytes",
    "source",
    "unsaved",
    "updated_at",
    "updated_by_kind",
    "updated_by_name",
];

/// A pipeline with its draft, in one statement.
pub async fn find(ctx: &Ctx, pipeline: PipelineId) -> Result<Option<Found>, DbErr> {
    let sql = format!(
        "SELECT p.deleted_at, p.latest_version_id, v.number AS latest_number, {draft} \
         FROM pipelines p \
         JOIN pipeline_versions v ON v.org_id = $1 AND v.id = p.latest_version_id \
         LEFT JOIN drafts d ON d.org_id = $1 AND d.pipeline_id = p.id \
         WHERE p.org_id = $1 AND p.id = $2 AND {{scope}} LIMIT 1",
        draft = COLUMNS
            .map(|column| format!("d.{column} AS d_{column}"))
            .join(", "),
    );
    Ok(ctx.rows(&sql, [pipeline.0.into()]).await?.pop())
}

/// Where a draft is, without its text.
#[derive(Clone, Debug, FromQueryResult)]
pub struct HeadRow {
    pub revision: Option<i32>,
    pub log_start: Option<i32>,
    pub base_number: Option<i32>,
}

/// Where the draft of a pipeline is; its columns are `None` without one. `None`: there is no such
/// pipeline.
pub async fn head(ctx: &Ctx, pipeline: PipelineId) -> Result<Option<HeadRow>, DbErr> {
    let sql = "SELECT d.revision, d.log_start, d.base_number FROM pipelines p \
        LEFT JOIN drafts d ON d.org_id = $1 AND d.pipeline_id = p.id \
        WHERE p.org_id = $1 AND p.id = $2 AND {scope} LIMIT 1";
    Ok(ctx.rows(sql, [pipeline.0.into()]).await?.pop())
}

/// The change that an author made with an id.
pub async fn by_change_id(
    ctx: &Ctx,
    pipeline: PipelineId,
    author: Uuid,
    change_id: &str,
) -> Result<Option<change::Model>, DbErr> {
    let select = change::Entity::in_org(ctx)
        .filter(change::Column::PipelineId.eq(pipeline.0))
        .filter(change::Column::AuthorId.eq(author))
        .filter(change::Column::ChangeId.eq(change_id));
    ctx.one(select).await
}

/// The changes after a revision and up to another one, oldest first.
pub async fn between(
    ctx: &Ctx,
    pipeline: PipelineId,
    (after, up_to): (i32, i32),
) -> Result<Vec<change::Model>, DbErr> {
    let select = change::Entity::in_org(ctx)
        .filter(change::Column::PipelineId.eq(pipeline.0))
        .filter(change::Column::Revision.gt(after))
        .filter(change::Column::Revision.lte(up_to))
        .filter(change::Column::Bytes.gt(0))
        .order_by_asc(change::Column::Revision);
    ctx.all(select).await
}

/// A change without what undoes it.
#[derive(Clone, Debug, FromQueryResult)]
pub struct ChangeRow {
    pub revision: i32,
    pub reason: String,
    pub edits: String,
    pub author_kind: String,
    pub author_id: Uuid,
    pub author_name: String,
    pub change_id: String,
    pub created_at: DateTime<Utc>,
}

/// The first changes after a revision, oldest first: as many as have `PAGE_BYTES` together, but at least
/// one.
pub async fn page(
    ctx: &Ctx,
    pipeline: PipelineId,
    after: i32,
    first: u32,
) -> Result<Vec<ChangeRow>, DbErr> {
    let sql = format!(
        "SELECT revision, reason, bytes FROM draft_changes \
         WHERE org_id = $1 AND pipeline_id = $2 AND {{scope}} AND bytes > 0 AND revision > $3 \
         ORDER BY revision LIMIT {first}"
    );
    let entries: Vec<EntryRow> = ctx.rows(&sql, [pipeline.0.into(), after.into()]).await?;
    let mut bytes = 0_i64;
    let fits = |entry: &&EntryRow| {
        let is_first = bytes == 0;
        bytes = bytes.saturating_add(entry.bytes.max(1));
        is_first || bytes <= super::PAGE_BYTES
    };
    let Some(last) = entries.iter().take_while(fits).last() else {
        return Ok(Vec::new());
    };
    let sql = "SELECT revision, reason, edits, author_kind, author_id, author_name, change_id, created_at \
         FROM draft_changes \
         WHERE org_id = $1 AND pipeline_id = $2 AND {scope} AND bytes > 0 \
           AND revision > $3 AND revision <= $4 \
         ORDER BY revision";
    let values: [Value; 3] = [pipeline.0.into(), after.into(), last.revision.into()];
    ctx.rows(sql, values).await
}

/// A change without its edits.
#[derive(Clone, Debug, FromQueryResult)]
pub struct EntryRow {
    pub revision: i32,
    pub reason: String,
    pub bytes: i64,
}

/// All changes in the log, oldest first, without their edits: those of one author, or of all.
pub async fn entries(
    ctx: &Ctx,
    pipeline: PipelineId,
    author: Option<Uuid>,
) -> Result<Vec<EntryRow>, DbErr> {
    let mut values: Vec<Value> = vec![pipeline.0.into()];
    let mut sql = String::from(
        "SELECT revision, reason, bytes FROM draft_changes \
         WHERE org_id = $1 AND pipeline_id = $2 AND {scope} AND bytes > 0",
    );
    if let Some(author) = author {
        values.push(author.into());
        sql += " AND author_id = $3";
    }
    sql += &format!(" ORDER BY revision LIMIT {}", super::LOG_CHANGES + 1);
    ctx.rows(&sql, values).await
}

/// The folder of a pipeline, in a transaction.
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

/// The values of a draft, in the order of [`COLUMNS`].
fn values_of(row: &entity::Model) -> [Value; 13] {
    [
        row.id.into(),
        row.org_id.into(),
        row.pipeline_id.into(),
        row.base_version_id.into(),
        row.base_number.into(),
        row.revision.into(),
        row.log_start.into(),
        row.log_bytes.into(),
        row.source.as_str().into(),
        row.unsaved.as_str().into(),
        row.updated_at.into(),
        row.updated_by_kind.as_str().into(),
        row.updated_by_name.as_str().into(),
    ]
}

/// Writes a new draft. `false`: the pipeline already has one.
pub async fn insert(tx: &Tx, row: &entity::Model) -> Result<bool, DbErr> {
    let places: Vec<String> = (1..=COLUMNS.len()).map(|at| format!("${at}")).collect();
    let sql = format!(
        "INSERT INTO drafts ({columns}) VALUES ({places}) \
         ON CONFLICT (org_id, pipeline_id) DO NOTHING",
        columns = COLUMNS.join(", "),
        places = places.join(", "),
    );
    Ok(tx.execute(&sql, values_of(row)).await? == 1)
}

/// Writes the new state of a draft that is still at revision `from`. `false`: it is not.
pub async fn advance(tx: &Tx, row: &entity::Model, from: i32) -> Result<bool, DbErr> {
    // The first three say which draft it is.
    let set: Vec<String> = (COLUMNS.iter().zip(1..))
        .skip(3)
        .map(|(column, at)| format!("{column} = ${at}"))
        .collect();
    let sql = format!(
        "UPDATE drafts SET {set} \
         WHERE id = $1 AND org_id = $2 AND pipeline_id = $3 AND revision = $14",
        set = set.join(", "),
    );
    let values = values_of(row).into_iter().chain([from.into()]);
    Ok(tx.execute(&sql, values).await? == 1)
}

/// Writes a change into the log.
pub async fn insert_change(tx: &Tx, row: &change::Model) -> Result<(), DbErr> {
    let sql = "INSERT INTO draft_changes (id, org_id, pipeline_id, revision, reason, edits, inverse, \
            bytes, author_kind, author_id, author_name, change_id, created_at, content_hash) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    let values: [Value; 14] = [
        row.id.into(),
        row.org_id.into(),
        row.pipeline_id.into(),
        row.revision.into(),
        row.reason.as_str().into(),
        row.edits.as_str().into(),
        row.inverse.as_str().into(),
        row.bytes.into(),
        row.author_kind.as_str().into(),
        row.author_id.into(),
        row.author_name.as_str().into(),
        row.change_id.as_str().into(),
        row.created_at.into(),
        row.content_hash.clone().into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Removes the changes up to a revision from the log. The ids of undoing, redoing and restoring are kept for
/// as many revisions again as a log has: such a request names no revision that would be too old, so it would
/// be done again if it was sent again.
pub async fn drop_changes(
    tx: &Tx,
    ctx: &Ctx,
    pipeline: PipelineId,
    up_to: i32,
) -> Result<(), DbErr> {
    let sql = "DELETE FROM draft_changes WHERE org_id = $1 AND pipeline_id = $2 AND revision <= $3 \
        AND (reason NOT IN ('undo', 'redo', 'restore') OR revision <= $4)";
    let (org, pipeline) = (ctx.org.0, pipeline.0);
    let forgotten = up_to.saturating_sub(super::LOG_CHANGES);
    let values: [Value; 4] = [org.into(), pipeline.into(), up_to.into(), forgotten.into()];
    tx.execute(sql, values).await?;
    let sql = "UPDATE draft_changes SET edits = '[]', inverse = '[]', bytes = 0 \
        WHERE org_id = $1 AND pipeline_id = $2 AND revision <= $3 AND bytes > 0";
    let values: [Value; 3] = [org.into(), pipeline.into(), up_to.into()];
    tx.execute(sql, values).await.map(drop)
}
