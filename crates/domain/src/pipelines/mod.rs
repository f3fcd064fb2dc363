//! Pipelines and their immutable versions: importing, pushing, reading, searching, moving to folders,
//! deleting and restoring; and which of them are tools.
//!
//! A version is the text of its file. The text is compiled once, and the result is cached by
//! version.

mod advice;
mod cache;
mod compile;
mod compiled;
mod difference;
pub mod entity;
mod error;
mod exposing;
mod lifecycle;
mod moving;
mod name;
mod problems;
mod published;
mod purge;
mod repo;
mod snapshot;
#[cfg(test)]
pub(crate) mod tests;
pub mod version;
mod write;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use types::{FolderId, OrgId, PipelineId, PipelineVersionId};
use uuid::Uuid;

pub use advice::{explanation, findings, fixes, readable};
pub use cache::PlanCache;
pub(crate) use compile::in_turn;
pub use compiled::Compiled;
pub use difference::{difference, difference_to};
pub use error::PipelineError;
pub(crate) use exposing::{ExposedTool, exposed};
pub use exposing::{MAX_TOOLS, expose_as_tool};
pub use lifecycle::{RETENTION, delete, rename, restore};
pub use moving::move_to;
pub use name::{NameFrom, short_id, slug};
pub use problems::problems;
pub use purge::purge;
pub(crate) use repo::{lock, target};
pub(crate) use snapshot::{snapshot, snapshot_at};
pub use write::{NewPipeline, create, create_from, push};
pub(crate) use write::{NextVersion, push_in};

use crate::{
    App, Ctx,
    access::{Environment, Permission},
    ctx::ActorKind,
    error::{AppError, Result},
    folders,
    paging::{Listed, Page},
    run_summary::Run,
    search::SearchText,
    tenancy::SystemCtx,
    text,
};

/// The largest size of a pipeline file, in bytes. The limits of a request allow such a file,
/// however its characters are escaped (see `api::limits`).
pub const MAX_SOURCE: usize = engine::model::MAX_STORED;

/// A pipeline.
#[derive(Clone, Debug, PartialEq)]
pub struct Pipeline {
    /// The pipeline's id.
    pub id: PipelineId,
    /// The display name; not unique in its organization.
    pub name: String,
    /// Where the name comes from.
    pub name_from: NameFrom,
    /// The latest version's description.
    pub description: String,
    /// The latest version, which runs execute by default.
    pub latest_version: PipelineVersionId,
    /// The latest version's number.
    pub latest_number: i32,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When the latest version was pushed.
    pub updated_at: DateTime<Utc>,
    /// When and by whom it was deleted; `None` if it is not deleted.
    pub deleted: Option<Deleted>,
    /// The folder that it is in.
    pub folder: Option<FolderId>,
    /// The environment in which it runs as a tool; `None` if it is none.
    pub tool_environment: Option<Environment>,
    /// The newest run; `None` if there is none yet.
    pub last_run: Option<Run>,
}

/// The deletion of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deleted {
    /// When it was deleted.
    pub at: DateTime<Utc>,
    /// The name of the actor who deleted it.
    pub by: String,
    /// Until when it can be restored; `None` if that is no longer possible.
    pub restorable_until: Option<DateTime<Utc>>,
}

impl From<repo::PipelineRow> for Pipeline {
    fn from(row: repo::PipelineRow) -> Self {
        Self {
            id: PipelineId(row.pipeline.id),
            name: row.pipeline.name,
            name_from: NameFrom::parse(&row.pipeline.name_from),
            description: row.pipeline.description,
            latest_version: PipelineVersionId(row.pipeline.latest_version_id),
            latest_number: row.latest_number,
            created_at: row.pipeline.created_at,
            updated_at: row.pipeline.updated_at,
            deleted: row.pipeline.deleted_at.map(|at| Deleted {
                at,
                by: row.pipeline.deleted_by.unwrap_or_default(),
                restorable_until: row.pipeline.purged_at.is_none().then(|| at + RETENTION),
            }),
            folder: row.pipeline.folder_id.map(FolderId),
            tool_environment: row
                .pipeline
                .tool_environment
                .as_deref()
                .and_then(Environment::parse),
            last_run: row.last_run.map(Run::from),
        }
    }
}

/// The author of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// A person, a program with a key, or FlowMason itself.
    pub kind: ActorKind,
    /// The actor's name at the time.
    pub name: String,
}

impl Author {
    /// Reads the two columns of a row, which are set together.
    fn stored(kind: Option<&str>, name: Option<String>) -> Option<Self> {
        let kind = ActorKind::parse(kind?)?;
        Some(Self { kind, name: name? })
    }
}

/// A version of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The version's id.
    pub id: PipelineVersionId,
    /// The pipeline that it belongs to.
    pub pipeline: PipelineId,
    /// The number in its pipeline, from 1.
    pub number: i32,
    /// The file, byte for byte.
    pub source: Arc<str>,
    /// SHA-256 of the file, in lower-case hex.
    pub sha256: String,
    /// The author; `None` for versions from before authors were recorded.
    pub author: Option<Author>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// What its author wrote about what is new in it.
    pub note: Option<String>,
}

impl From<version::Model> for Version {
    fn from(row: version::Model) -> Self {
        Self {
            id: PipelineVersionId(row.id),
            pipeline: PipelineId(row.pipeline_id),
            number: row.number,
            source: row.source.into(),
            sha256: row.sha256,
            author: Author::stored(row.author_kind.as_deref(), row.author_name),
            created_at: row.created_at,
            note: row.note,
        }
    }
}

/// A version of a pipeline without its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionHead {
    /// The version's id.
    pub id: PipelineVersionId,
    /// The pipeline that it belongs to.
    pub pipeline: PipelineId,
    /// The number in its pipeline, from 1.
    pub number: i32,
    /// SHA-256 of the file, in lower-case hex.
    pub sha256: String,
    /// The author; `None` for versions from before authors were recorded.
    pub author: Option<Author>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// What its author wrote about what is new in it.
    pub note: Option<String>,
}

impl From<repo::HeadRow> for VersionHead {
    fn from(row: repo::HeadRow) -> Self {
        Self {
            id: PipelineVersionId(row.id),
            pipeline: PipelineId(row.pipeline_id),
            number: row.number,
            sha256: row.sha256,
            author: Author::stored(row.author_kind.as_deref(), row.author_name),
            created_at: row.created_at,
            note: row.note,
        }
    }
}

/// A page of those of the organization's pipelines that the caller may read, newest first. `search` is a
/// part of the name, and may exclude words (see `search.rs`). `deleted` lists those that are deleted and can
/// be restored, instead of those that are not deleted.
pub async fn list(
    ctx: &Ctx,
    page: &Page,
    search: Option<&str>,
    deleted: bool,
) -> Result<Listed<Pipeline>> {
    ctx.authorize_anywhere(Permission::PipelineRead).await?;
    listed(ctx, page, search, deleted, None).await
}

/// Like [`list`], of the pipelines in one folder.
pub async fn list_in(
    ctx: &Ctx,
    folder: FolderId,
    page: &Page,
    search: Option<&str>,
    deleted: bool,
) -> Result<Listed<Pipeline>> {
    let folder = folders::get(ctx, folder).await?.id;
    listed(ctx, page, search, deleted, Some(folder)).await
}

async fn listed(
    ctx: &Ctx,
    page: &Page,
    search: Option<&str>,
    deleted: bool,
    folder: Option<FolderId>,
) -> Result<Listed<Pipeline>> {
    let search = text::search(search)?.unwrap_or_default();
    let words = SearchText::checked("search", search)?;
    let kind = if deleted { "deleted" } else { "pipelines" };
    let mut list = format!("{kind}/{search}");
    if let Some(folder) = folder {
        list = format!("{folder}/{list}");
    }
    let window = page.window(ctx.org, &list)?;
    let which = repo::Which::Listed {
        search: words,
        deleted,
        folder: folder.map(|folder| folder.0),
        window: window.clone(),
    };
    let pipelines = seen(ctx, repo::list(ctx, &which).await?);
    Ok(window.listed(pipelines, |pipeline: &Pipeline| pipeline.id.0))
}

/// One pipeline, deleted or not.
pub async fn get(ctx: &Ctx, id: PipelineId) -> Result<Pipeline> {
    get_many(ctx, &[id])
        .await?
        .pop()
        .ok_or_else(|| PipelineError::NotFound.into())
}

/// The pipelines with these ids that exist and that the caller may read, in no order.
pub async fn get_many(ctx: &Ctx, ids: &[PipelineId]) -> Result<Vec<Pipeline>> {
    ctx.authorize_anywhere(Permission::PipelineRead).await?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let which = repo::Which::These(ids.iter().map(|id| id.0).collect());
    Ok(seen(ctx, repo::list(ctx, &which).await?))
}

/// Those of the rows that the caller may read. Whoever may not read all pipelines sees the last run only
/// where they may read runs.
fn seen(ctx: &Ctx, rows: Vec<repo::PipelineRow>) -> Vec<Pipeline> {
    let all = rows.into_iter().map(Pipeline::from);
    if ctx.reads_all(Permission::PipelineRead) {
        return all.collect();
    }
    let reads =
        |permission, pipeline: &Pipeline| ctx.reads(permission, pipeline.id, pipeline.folder);
    all.filter(|pipeline| reads(Permission::PipelineRead, pipeline))
        .map(|pipeline| Pipeline {
            last_run: match reads(Permission::RunRead, &pipeline) {
                true => pipeline.last_run.clone(),
                false => None,
            },
            ..pipeline
        })
        .collect()
}

/// Whether the caller may read a pipeline. Whoever may read none is refused.
async fn reads(ctx: &Ctx, pipeline: PipelineId) -> Result<bool> {
    ctx.authorize_anywhere(Permission::PipelineRead).await?;
    Ok(ctx.can_read(Permission::PipelineRead, pipeline).await?)
}

/// Those of the versions of which the caller may read the pipelines. The others do not even count for
/// limits.
async fn seen_versions(ctx: &Ctx, ids: &[PipelineVersionId]) -> Result<Vec<Uuid>> {
    ctx.authorize_anywhere(Permission::PipelineRead).await?;
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    if ids.is_empty() || ctx.reads_all(Permission::PipelineRead) {
        return Ok(ids);
    }
    let rows = repo::owners::of_versions(ctx, &ids).await?;
    let owners = rows.iter().map(|row| PipelineId(row.pipeline_id));
    let owners: Vec<PipelineId> = owners.collect();
    let seen = ctx.readable(Permission::PipelineRead, &owners).await?;
    let rows = rows.into_iter();
    let rows = rows.filter(|row| seen.contains(&PipelineId(row.pipeline_id)));
    Ok(rows.map(|row| row.id).collect())
}

/// A page of a pipeline's versions, newest first, without their files.
pub async fn versions(ctx: &Ctx, pipeline: PipelineId, page: &Page) -> Result<Listed<VersionHead>> {
    let may_read = reads(ctx, pipeline).await?;
    let window = page.window(ctx.org, &format!("versions/{pipeline}"))?;
    let rows = match may_read {
        true => repo::versions(ctx, pipeline, &window).await?,
        false => Vec::new(),
    };
    if rows.is_empty() && page.after.is_none() {
        return Err(PipelineError::NotFound.into());
    }
    let versions = rows.into_iter().map(VersionHead::from).collect();
    Ok(window.listed(versions, |version: &VersionHead| version.id.0))
}

/// One version of a pipeline by its number, without its file.
pub async fn version(ctx: &Ctx, pipeline: PipelineId, number: i32) -> Result<VersionHead> {
    if !reads(ctx, pipeline).await? {
        return Err(PipelineError::VersionNotFound.into());
    }
    let row = repo::version_by_number(ctx, pipeline, number).await?;
    Ok(row.ok_or(PipelineError::VersionNotFound)?.into())
}

/// One version by its id, without its file.
pub async fn version_by_id(ctx: &Ctx, id: PipelineVersionId) -> Result<VersionHead> {
    ctx.authorize_anywhere(Permission::PipelineRead).await?;
    let row = repo::head_by_id(ctx, id).await?;
    let head = VersionHead::from(row.ok_or(PipelineError::VersionNotFound)?);
    match reads(ctx, head.pipeline).await? {
        true => Ok(head),
        false => Err(PipelineError::VersionNotFound.into()),
    }
}

/// The versions with these ids that the caller may read, in no order, with their files. `None` if the files
/// together exceed `room` bytes; they are not read then.
pub async fn versions_by_id(
    ctx: &Ctx,
    ids: &[PipelineVersionId],
    room: usize,
) -> Result<Option<Vec<Version>>> {
    let ids = seen_versions(ctx, ids).await?;
    if ids.is_empty() {
        return Ok(Some(Vec::new()));
    }
    let rows = repo::versions_by_id(ctx, &ids, room).await?;
    Ok(rows.map(|rows| rows.into_iter().map(Version::from).collect()))
}

/// The numbers of the versions with these ids that the caller may read, in no order.
pub async fn numbers(
    ctx: &Ctx,
    ids: &[PipelineVersionId],
) -> Result<Vec<(PipelineVersionId, i32)>> {
    let ids = seen_versions(ctx, ids).await?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = repo::numbers(ctx, &ids).await?;
    Ok(rows
        .into_iter()
        .map(|row| (PipelineVersionId(row.id), row.number))
        .collect())
}

/// The process's cache of compiled versions. It knows nothing of rights, so use cases check them first.
fn plans(app: &App) -> Arc<PlanCache> {
    app.state()
}

/// The compiled version with this id, if it is cached and the caller may read it. The caller must have read
/// the id from a row of the context's organization.
pub async fn cached(ctx: &Ctx, id: PipelineVersionId) -> Result<Option<Arc<Compiled>>> {
    match seen_versions(ctx, &[id]).await?.is_empty() {
        true => Ok(None),
        false => Ok(plans(&ctx.app).get(id)),
    }
}

/// The compiled version, from the cache or compiled now.
pub async fn compiled(ctx: &Ctx, version: &Version) -> Result<Arc<Compiled>> {
    if !reads(ctx, version.pipeline).await? {
        return Err(PipelineError::VersionNotFound.into());
    }
    match plans(&ctx.app).get(version.id) {
        Some(kept) => Ok(kept),
        None => compile::version(&ctx.app, ctx.org, version.id, version.source.clone()).await,
    }
}

/// What a run of a compiled version will do. The caller must have got the version by [`cached`] or
/// [`compiled`], which check that they may read it.
pub async fn run_plan(ctx: &Ctx, compiled: Arc<Compiled>) -> Result<engine::run_plan::RunPlan> {
    ctx.authorize_anywhere(Permission::PipelineRead).await?;
    compile::run_plan(ctx, compiled).await
}

/// Like [`compiled`], by id, for a use case that has already checked a permission. Queries the database
/// only for a version that is not cached, so the caller must have read the id from a row of the context's
/// organization.
pub(crate) async fn compiled_by_id(ctx: &Ctx, id: PipelineVersionId) -> Result<Arc<Compiled>> {
    if let Some(kept) = plans(&ctx.app).get(id) {
        return Ok(kept);
    }
    let row = repo::version_by_id(ctx, id)
        .await?
        .ok_or(PipelineError::VersionNotFound)?;
    compile::version(&ctx.app, ctx.org, id, row.source).await
}

/// Like [`compiled`], for the worker.
pub async fn compiled_for(
    system: &SystemCtx,
    org: OrgId,
    id: PipelineVersionId,
) -> Result<Arc<Compiled>> {
    let app = &system.app;
    if let Some(kept) = plans(app).get(id) {
        return Ok(kept);
    }
    let source = match repo::version_of(system, org, id).await? {
        Some(row) => row.source,
        None => {
            let source = repo::snapshots::source_of(system, org, id).await?;
            source.ok_or(PipelineError::VersionNotFound)?
        }
    };
    compile::version(app, org, id, source).await
}

/// Compiles a text without storing it. The inner `Err`: it is not JSON or not an object.
pub async fn validate(
    ctx: &Ctx,
    source: &str,
) -> Result<std::result::Result<Compiled, Vec<engine::check::Diagnostic>>> {
    ctx.authorize_anywhere(Permission::PipelineRead).await?;
    if source.len() > MAX_SOURCE {
        return Err(AppError::from(PipelineError::TooLarge(source.len())));
    }
    compile::text(ctx, source).await
}
