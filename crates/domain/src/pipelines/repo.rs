//! Reads and writes of pipelines and versions. Each list is one statement.

pub mod owners;
pub mod purge;
pub mod snapshots;

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, DbErr, FromQueryResult, QueryFilter, QueryOrder, QueryResult, QuerySelect, Value,
};
use types::{FolderId, OrgId, PipelineId, PipelineVersionId};
use uuid::Uuid;

use super::{NameFrom, entity, version};
use crate::{
    Ctx, SystemCtx, Tx,
    access::{Environment, Permission},
    db::with_ids,
    paging::Window,
    reading,
    run_summary::{RunRow, run_columns},
    search::SearchText,
    tenancy::OrgEntity,
    text,
};

/// A pipeline with its latest version's number and its last run.
#[derive(Clone, Debug)]
pub(crate) struct PipelineRow {
    pub pipeline: entity::Model,
    pub latest_number: i32,
    pub last_run: Option<RunRow>,
}

impl FromQueryResult for PipelineRow {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        let last: Option<Uuid> = row.try_get("r_", "id")?;
        Ok(Self {
            pipeline: entity::Model::from_query_result(row, prefix)?,
            latest_number: row.try_get(prefix, "latest_number")?,
            last_run: last
                .map(|_| RunRow::from_query_result(row, "r_"))
                .transpose()?,
        })
    }
}

/// The columns of [`entity::Model`].
const COLUMNS: [&str; 15] = [
    "id",
    "org_id",
    "name",
    "name_folded",
    "description",
    "latest_version_id",
    "created_at",
    "updated_at",
    "deleted_at",
    "deleted_by",
    "purged_at",
    "name_from",
    "idempotency_key",
    "folder_id",
    "tool_environment",
];

/// Which pipelines to list.
pub enum Which {
    /// A page of those that are not deleted, or of those that are deleted and can be restored.
    Listed {
        /// A part of the name, ignoring case and accents.
        search: SearchText,
        /// Whether to list the deleted ones.
        deleted: bool,
        /// The folder that they are in; `None`: all.
        folder: Option<Uuid>,
        /// The page.
        window: Window,
    },
    /// The pipelines with these ids, deleted or not.
    These(Vec<Uuid>),
}

/// Pipelines, each with its latest version's number and its last run, in one statement. A page has only those
/// that the caller may read.
pub async fn list(ctx: &Ctx, which: &Which) -> Result<Vec<PipelineRow>, DbErr> {
    let (filter, limit, values): (_, _, Vec<Value>) = match which {
        Which::Listed {
            search,
            deleted,
            folder,
            window,
        } => {
            let mut filter = String::from(if *deleted {
                "p.org_id = $1 AND p.id < $2 AND p.deleted_at IS NOT NULL AND p.purged_at IS NULL"
            } else {
                "p.org_id = $1 AND p.id < $2 AND p.deleted_at IS NULL"
            });
            let mut values: Vec<Value> = vec![window.below.into()];
            if !search.phrase.is_empty() {
                values.push(text::pattern(&search.phrase).into());
                filter += " AND p.name_folded LIKE $3 ESCAPE '!'";
            }
            for word in &search.excluded {
                values.push(text::pattern(word).into());
                filter += &format!(
                    " AND p.name_folded NOT LIKE ${} ESCAPE '!'",
                    values.len() + 1
                );
            }
            if let Some(folder) = folder {
                values.push((*folder).into());
                filter += &format!(" AND p.folder_id = ${}", values.len() + 1);
            }
            if !ctx.reads_all(Permission::PipelineRead) {
                let read = Permission::PipelineRead;
                let visible = reading::condition(&ctx.rights, read, "p", &mut values);
                filter += &format!(" AND {visible}");
            }
            (filter, window.limit(), values)
        }
        Which::These(ids) => {
            let (condition, values) = with_ids("p.", ids);
            (
                condition,
                u32::try_from(values.len()).unwrap_or(u32::MAX),
                values,
            )
        }
    };
    let sql = format!(
        "SELECT {columns}, (SELECT v.number FROM pipeline_versions v \
             WHERE v.org_id = $1 AND v.id = p.latest_version_id) AS latest_number, {run} \
         FROM (SELECT {columns} FROM pipelines p WHERE {{scope}} AND {filter} \
               ORDER BY p.id DESC LIMIT {limit}) p \
         LEFT JOIN runs r ON r.org_id = $1 AND r.id = (SELECT l.id FROM runs l \
             WHERE l.org_id = $1 AND l.pipeline_id = p.id ORDER BY l.id DESC LIMIT 1) \
         ORDER BY p.id DESC LIMIT {limit}",
        columns = COLUMNS.map(|column| format!("p.{column}")).join(", "),
        run = run_columns("r", "p.name", "r_"),
    );
    ctx.rows(&sql, values).await
}

/// One version of the context's organization, or the text of a draft that runs executed.
pub async fn version_by_id(
    ctx: &Ctx,
    id: PipelineVersionId,
) -> Result<Option<version::Model>, DbErr> {
    let select = version::Entity::in_org(ctx).filter(version::Column::Id.eq(id.0));
    match ctx.one(select).await? {
        Some(row) => Ok(Some(row)),
        None => snapshots::by_id(ctx, id).await,
    }
}

/// One version of an organization, for the worker.
pub async fn version_of(
    system: &SystemCtx,
    org: OrgId,
    id: PipelineVersionId,
) -> Result<Option<version::Model>, DbErr> {
    let tx = system.begin_in(&[org]).await?;
    let row = version::Entity::in_org_of(system, org)
        .filter(version::Column::Id.eq(id.0))
        .one(tx.conn())
        .await?;
    tx.commit().await?;
    Ok(row)
}

/// A version without its file.
#[derive(Clone, Debug, FromQueryResult)]
pub struct HeadRow {
    pub id: Uuid,
    pub pipeline_id: Uuid,
    pub number: i32,
    pub sha256: String,
    pub author_kind: Option<String>,
    pub author_name: Option<String>,
    pub created_at: DateTime<Utc>,
    pub note: Option<String>,
}

/// Selects all columns of versions except the file. The caller appends more conditions.
const HEADS: &str = "SELECT id, pipeline_id, number, sha256, author_kind, author_name, created_at, note \
     FROM pipeline_versions WHERE org_id = $1 AND {scope}";

/// One version of the organization, without its file. See [`version_by_id`].
pub async fn head_by_id(ctx: &Ctx, id: PipelineVersionId) -> Result<Option<HeadRow>, DbErr> {
    let sql = format!("{HEADS} AND id = $2 LIMIT 1");
    match ctx.rows(&sql, [id.0.into()]).await?.pop() {
        Some(row) => Ok(Some(row)),
        None => snapshots::head(ctx, id).await,
    }
}

/// A version, and the total bytes of its file and of the files before it.
#[derive(Clone, Debug)]
struct MeasuredRow {
    version: version::Model,
    total: i64,
}

impl FromQueryResult for MeasuredRow {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        Ok(Self {
            version: version::Model::from_query_result(row, prefix)?,
            total: row.try_get(prefix, "total")?,
        })
    }
}

/// Several versions of the organization, in no order; see [`version_by_id`]. `None` if their files together exceed `room`
/// bytes; those beyond the limit are not read from the database.
pub async fn versions_by_id(
    ctx: &Ctx,
    ids: &[Uuid],
    room: usize,
) -> Result<Option<Vec<version::Model>>, DbErr> {
    let (condition, values) = with_ids("v.", ids);
    let sql = format!(
        "SELECT id, org_id, pipeline_id, number, \
             CASE WHEN total <= {room} THEN source ELSE '' END AS source, \
             sha256, created_by, author_kind, author_name, created_at, note, total \
         FROM (SELECT v.*, sum(octet_length(v.source)) OVER (ORDER BY v.id) AS total \
               FROM pipeline_versions v WHERE {{scope}} AND {condition}) m LIMIT {limit}",
        limit = values.len(),
    );
    let rows: Vec<MeasuredRow> = ctx.rows(&sql, values).await?;
    let total = rows.iter().map(|row| row.total).max().unwrap_or(0);
    let total = usize::try_from(total).unwrap_or(usize::MAX);
    let Some(rest) = room.checked_sub(total) else {
        return Ok(None);
    };
    let mut found: Vec<version::Model> = rows.into_iter().map(|row| row.version).collect();
    let missing = missing(ids, |id| found.iter().any(|row| row.id == id));
    if missing.is_empty() {
        return Ok(Some(found));
    }
    let Some(others) = snapshots::by_ids(ctx, &missing, rest).await? else {
        return Ok(None);
    };
    found.extend(others);
    Ok(Some(found))
}

/// The ids that were not found among the versions.
fn missing(ids: &[Uuid], is_found: impl Fn(Uuid) -> bool) -> Vec<Uuid> {
    let mut missing = ids.to_vec();
    missing.retain(|id| !is_found(*id));
    missing
}

/// A version's number.
#[derive(Clone, Debug, FromQueryResult)]
pub struct NumberRow {
    pub id: Uuid,
    pub number: i32,
}

/// The numbers of several versions of the organization, in no order. The text of a draft has that of the
/// version that the draft started from.
pub async fn numbers(ctx: &Ctx, ids: &[Uuid]) -> Result<Vec<NumberRow>, DbErr> {
    let (condition, values) = with_ids("v.", ids);
    let sql = format!(
        "SELECT v.id, v.number FROM pipeline_versions v WHERE {{scope}} AND {condition} LIMIT {}",
        values.len()
    );
    let mut found: Vec<NumberRow> = ctx.rows(&sql, values).await?;
    let missing = missing(ids, |id| found.iter().any(|row| row.id == id));
    if !missing.is_empty() {
        found.extend(snapshots::numbers(ctx, &missing).await?);
    }
    Ok(found)
}

/// One version of a pipeline, without its file.
pub async fn version_by_number(
    ctx: &Ctx,
    pipeline: PipelineId,
    number: i32,
) -> Result<Option<HeadRow>, DbErr> {
    let sql = format!("{HEADS} AND pipeline_id = $2 AND number = $3 LIMIT 1");
    let values = [pipeline.0.into(), number.into()];
    Ok(ctx.rows(&sql, values).await?.pop())
}

/// A page of a pipeline's versions, newest first, without their files.
pub async fn versions(
    ctx: &Ctx,
    pipeline: PipelineId,
    window: &Window,
) -> Result<Vec<HeadRow>, DbErr> {
    let limit = window.limit();
    let sql = format!("{HEADS} AND pipeline_id = $2 AND id < $3 ORDER BY id DESC LIMIT {limit}");
    ctx.rows(&sql, [pipeline.0.into(), window.below.into()])
        .await
}

/// The version that a run is to execute.
#[derive(Clone, Debug, FromQueryResult)]
pub struct TargetRow {
    pub pipeline_name: String,
    pub deleted_at: Option<DateTime<Utc>>,
    pub version_id: Uuid,
}

/// A pipeline's name and one of its versions (the latest if `number` is absent), in one statement.
pub async fn target(
    ctx: &Ctx,
    pipeline: PipelineId,
    number: Option<i32>,
) -> Result<Option<TargetRow>, DbErr> {
    let (condition, values): (_, Vec<Value>) = match number {
        None => ("v.id = p.latest_version_id", vec![pipeline.0.into()]),
        Some(number) => (
            "v.pipeline_id = p.id AND v.number = $3",
            vec![pipeline.0.into(), number.into()],
        ),
    };
    let sql = format!(
        "SELECT p.name AS pipeline_name, p.deleted_at, v.id AS version_id \
         FROM pipelines p JOIN pipeline_versions v ON v.org_id = $1 AND {condition} \
         WHERE p.org_id = $1 AND p.id = $2 AND {{scope}} LIMIT 1"
    );
    Ok(ctx.rows(&sql, values).await?.pop())
}

/// A pipeline's row, locked against other changes until the transaction ends.
pub async fn lock(
    tx: &Tx,
    ctx: &Ctx,
    pipeline: PipelineId,
) -> Result<Option<entity::Model>, DbErr> {
    entity::Entity::in_org(ctx)
        .filter(entity::Column::Id.eq(pipeline.0))
        .lock_exclusive()
        .one(tx.conn())
        .await
}

/// Whether a version of a pipeline that is [locked](lock) is published to production.
pub async fn is_in_production(tx: &Tx, ctx: &Ctx, pipeline: PipelineId) -> Result<bool, DbErr> {
    let sql = "SELECT id FROM publications WHERE org_id = $1 AND pipeline_id = $2 \
        AND environment = $3 AND ordinal IS NOT NULL LIMIT 1";
    let production = Environment::Production.as_str();
    let values = [ctx.org.0.into(), pipeline.0.into(), production.into()];
    Ok(tx.query_one(sql, values).await?.is_some())
}

/// The pipeline that was created with an idempotency key.
pub async fn by_key(ctx: &Ctx, key: &str) -> Result<Option<entity::Model>, DbErr> {
    ctx.one(entity::Entity::in_org(ctx).filter(entity::Column::IdempotencyKey.eq(key)))
        .await
}

/// A pipeline's first version.
pub async fn first_version(
    ctx: &Ctx,
    pipeline: PipelineId,
) -> Result<Option<version::Model>, DbErr> {
    let select = version::Entity::in_org(ctx)
        .filter(version::Column::PipelineId.eq(pipeline.0))
        .filter(version::Column::Number.eq(1));
    ctx.one(select).await
}

/// The latest version of a pipeline that is [locked](lock).
pub async fn latest(
    tx: &Tx,
    ctx: &Ctx,
    pipeline: PipelineId,
) -> Result<Option<version::Model>, DbErr> {
    let select = version::Entity::in_org(ctx)
        .filter(version::Column::PipelineId.eq(pipeline.0))
        .order_by_desc(version::Column::Number);
    select.one(tx.conn()).await
}

/// Sets a pipeline's name and where it comes from.
pub async fn set_name(
    tx: &Tx,
    ctx: &Ctx,
    pipeline: PipelineId,
    name: &str,
    from: NameFrom,
) -> Result<(), DbErr> {
    tx.execute(
        "UPDATE pipelines SET name = $1, name_folded = $2, name_from = $3 \
         WHERE org_id = $4 AND id = $5",
        [
            name.into(),
            types::fold(name).into(),
            from.as_str().into(),
            ctx.org.0.into(),
            pipeline.0.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Puts a pipeline into a folder, or into none.
pub async fn set_folder(
    tx: &Tx,
    ctx: &Ctx,
    pipeline: PipelineId,
    folder: Option<FolderId>,
) -> Result<(), DbErr> {
    let sql = "UPDATE pipelines SET folder_id = $1 WHERE org_id = $2 AND id = $3";
    let folder = folder.map(|folder| folder.0);
    let values = [folder.into(), ctx.org.0.into(), pipeline.0.into()];
    tx.execute(sql, values).await.map(drop)
}

/// Makes a pipeline a tool that runs in an environment, or none.
pub async fn set_tool(
    tx: &Tx,
    ctx: &Ctx,
    pipeline: PipelineId,
    environment: Option<Environment>,
) -> Result<(), DbErr> {
    let sql = "UPDATE pipelines SET tool_environment = $1 WHERE org_id = $2 AND id = $3";
    let environment = environment.map(|environment| environment.as_str().to_owned());
    let values = [environment.into(), ctx.org.0.into(), pipeline.0.into()];
    tx.execute(sql, values).await.map(drop)
}

/// A pipeline that is a tool.
#[derive(Clone, Debug, FromQueryResult)]
pub struct ToolRow {
    pub id: Uuid,
    pub name: String,
    pub folder_id: Option<Uuid>,
    pub tool_environment: String,
}

/// The pipelines that are tools, newest first, at most `limit`.
pub async fn tools(ctx: &Ctx, limit: usize) -> Result<Vec<ToolRow>, DbErr> {
    let sql = format!(
        "SELECT p.id, p.name, p.folder_id, p.tool_environment FROM pipelines p \
         WHERE p.org_id = $1 AND {{scope}} AND p.tool_environment IS NOT NULL \
             AND p.deleted_at IS NULL ORDER BY p.id DESC LIMIT {limit}"
    );
    ctx.rows(&sql, []).await
}

/// Marks a pipeline as deleted at a time by an actor, or as not deleted.
pub async fn set_deleted(
    tx: &Tx,
    ctx: &Ctx,
    pipeline: PipelineId,
    deleted: Option<(DateTime<Utc>, &str)>,
) -> Result<(), DbErr> {
    tx.execute(
        "UPDATE pipelines SET deleted_at = $1, deleted_by = $2 WHERE org_id = $3 AND id = $4",
        [
            deleted.map(|(at, _)| at).into(),
            deleted.map(|(_, by)| by.to_owned()).into(),
            ctx.org.0.into(),
            pipeline.0.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Writes a version.
pub async fn insert_version(tx: &Tx, row: &version::Model) -> Result<(), DbErr> {
    tx.execute(
        "INSERT INTO pipeline_versions \
         (id, org_id, pipeline_id, number, source, sha256, created_by, author_kind, author_name, \
          created_at, note) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        [
            row.id.into(),
            row.org_id.into(),
            row.pipeline_id.into(),
            row.number.into(),
            row.source.as_str().into(),
            row.sha256.as_str().into(),
            row.created_by.into(),
            row.author_kind.clone().into(),
            row.author_name.clone().into(),
            row.created_at.into(),
            row.note.clone().into(),
        ],
    )
    .await?;
    Ok(())
}

/// Writes a pipeline. `false`: its idempotency key is already used.
pub async fn insert(tx: &Tx, row: &entity::Model) -> Result<bool, DbErr> {
    let rows = tx
        .execute(
            "INSERT INTO pipelines \
             (id, org_id, name, name_folded, name_from, description, latest_version_id, \
              created_at, updated_at, idempotency_key, folder_id) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9, $10) \
             ON CONFLICT (org_id, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING",
            [
                row.id.into(),
                row.org_id.into(),
                row.name.as_str().into(),
                row.name_folded.as_str().into(),
                row.name_from.as_str().into(),
                row.description.as_str().into(),
                row.latest_version_id.into(),
                row.created_at.into(),
                row.idempotency_key.clone().into(),
                row.folder_id.into(),
            ],
        )
        .await?;
    Ok(rows == 1)
}

/// Makes a version the latest one.
pub async fn set_latest(
    tx: &Tx,
    ctx: &Ctx,
    row: &version::Model,
    description: &str,
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    tx.execute(
        "UPDATE pipelines SET latest_version_id = $1, description = $2, updated_at = $3 \
         WHERE org_id = $4 AND id = $5",
        [
            row.id.into(),
            description.into(),
            at.into(),
            ctx.org.0.into(),
            row.pipeline_id.into(),
        ],
    )
    .await?;
    Ok(())
}
