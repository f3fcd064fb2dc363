//! Importing a file as a pipeline, and pushing the next version.

use serde_json::json;
use types::{FolderId, PipelineId, PipelineVersionId};

use super::{
    Compiled, MAX_SOURCE, NameFrom, Pipeline, PipelineError, Version, compile, entity, published,
    repo, version,
};
use crate::{
    Ctx, Tx,
    access::{Environment, Permission},
    audit::{self, Entry},
    ctx::ActorKind,
    error::{AppError, Result},
    folders, text, trigger_definitions,
};

/// A pipeline to create.
#[derive(Clone, Copy, Debug, Default)]
pub struct NewPipeline<'a> {
    /// The file; absent: the pipeline is empty and needs a name.
    pub source: Option<&'a str>,
    /// The name; absent: it is taken from the file, and follows it in later versions.
    pub name: Option<&'a str>,
    /// Idempotency key: requests with the same key create one pipeline.
    pub idempotency_key: Option<&'a str>,
    /// The folder to create it in.
    pub folder: Option<FolderId>,
}

/// Creates a pipeline from a file. Its name is taken from the file unless one is given. A file with
/// errors is refused with all of its diagnostics.
pub async fn create(ctx: &Ctx, source: &str, name: Option<&str>) -> Result<(Pipeline, Version)> {
    let new = NewPipeline {
        source: Some(source),
        name,
        ..NewPipeline::default()
    };
    create_from(ctx, new).await
}

/// Creates a pipeline from a file, or an empty one. An empty pipeline has a version without stages.
/// It can be opened and pushed to, but it cannot run until it has a stage.
///
/// In a folder, a grant of `pipeline.write` on the folder suffices: whoever gave it wants its holder to
/// write what the others with grants there run. Without one, the caller needs what
/// [`move_to`](super::move_to) needs, or a new pipeline would be a way around it.
pub async fn create_from(ctx: &Ctx, new: NewPipeline<'_>) -> Result<(Pipeline, Version)> {
    match new.folder {
        Some(folder) => ctx.authorize_at(Permission::PipelineWrite, folder).await?,
        None => ctx.authorize(Permission::PipelineWrite).await?,
    }
    let key = text::idempotency_key(new.idempotency_key)?;
    let given = new
        .name
        .map(|name| text::line("name", name, 200))
        .transpose()?;
    let (source, compiled, from) = match (new.source, &given) {
        (Some(source), _) => {
            let from = if given.is_some() {
                NameFrom::Given
            } else {
                NameFrom::Document
            };
            (source.to_owned(), read(ctx, source).await?, from)
        }
        (None, Some(name)) => {
            let source = empty(name);
            let compiled =
                Compiled::new(&source, ctx.app.registry()).map_err(PipelineError::Faulty)?;
            (source, compiled, NameFrom::Given)
        }
        (None, None) => {
            return Err(AppError::invalid(
                "name",
                "is missing; give a name, or a source that contains one",
            ));
        }
    };
    let name = match given {
        Some(name) => name,
        None => text::line("name", &compiled.pipeline.name, 200)?,
    };
    let description = description(&compiled)?;
    let now = ctx.clock().now();
    let id = PipelineId::new(ctx.clock());
    let first = new_version(ctx, id, 1, &source);
    let row = entity::Model {
        id: id.0,
        org_id: ctx.org.0,
        name_folded: types::fold(&name),
        name,
        description,
        latest_version_id: first.id,
        created_at: now,
        updated_at: now,
        deleted_at: None,
        deleted_by: None,
        purged_at: None,
        name_from: from.as_str().to_owned(),
        idempotency_key: key,
        folder_id: new.folder.map(|folder| folder.0),
        tool_environment: None,
    };
    let mut tx = ctx.begin().await?;
    if let Some(id) = new.folder {
        let folder = folders::locked(&tx, ctx, id).await?;
        if !ctx.rights.folders.of(id).has(Permission::PipelineWrite) {
            tx = folders::gives(tx, ctx, &folder, "folderId").await?;
        }
    }
    if !repo::insert(&tx, &row).await? {
        drop(tx);
        return same_key(ctx, &row, &first.sha256).await;
    }
    repo::insert_version(&tx, &first).await?;
    let place = (id, Environment::Development);
    trigger_definitions::bring(&tx, ctx, place, &compiled.pipeline.triggers).await?;
    let detail = json!({ "name": row.name, "sha256": first.sha256, "folder": new.folder });
    audit::write(
        &tx,
        ctx,
        Entry::new("pipeline.create", "pipeline", id).detail(detail),
    )
    .await?;
    tx.commit().await?;
    let pipeline = repo::PipelineRow {
        pipeline: row,
        latest_number: 1,
        last_run: None,
    };
    Ok((pipeline.into(), first.into()))
}

/// The text of an empty pipeline's file.
fn empty(name: &str) -> String {
    let name = serde_json::Value::from(name);
    format!("{{\n  \"name\": {name},\n  \"version\": \"1.0.0\",\n  \"stages\": []\n}}\n")
}

/// Handles a used idempotency key: returns the pipeline that it created, if the request is the
/// same.
async fn same_key(ctx: &Ctx, row: &entity::Model, sha256: &str) -> Result<(Pipeline, Version)> {
    let key = row.idempotency_key.as_deref().unwrap_or_default();
    let found = repo::by_key(ctx, key)
        .await?
        .ok_or(PipelineError::KeyUsed)?;
    let id = PipelineId(found.id);
    let first = repo::first_version(ctx, id).await?;
    let first = first
        .filter(|first| first.sha256 == sha256)
        .ok_or(PipelineError::KeyUsed)?;
    // To whoever may not read it, nothing says which pipeline has the key.
    let pipeline = super::get_many(ctx, &[id]).await?.pop();
    Ok((pipeline.ok_or(PipelineError::KeyUsed)?, first.into()))
}

/// Creates the next version of a pipeline, unless the bytes equal those of the latest version.
/// Returns the version and whether it is new. If the pipeline's name comes from its file, it is
/// updated; that renames it, see `published`.
pub async fn push(ctx: &Ctx, pipeline: PipelineId, source: &str) -> Result<(Version, bool)> {
    ctx.authorize_on(Permission::PipelineWrite, pipeline)
        .await?;
    // Checks that the pipeline exists before compiling, so that an invalid text does not reveal
    // more than a valid one.
    if super::get(ctx, pipeline).await?.deleted.is_some() {
        return Err(PipelineError::Deleted.into());
    }
    let next = NextVersion::checked(ctx, source, None).await?;
    let tx = ctx.begin().await?;
    let (tx, version, created) = push_in(tx, ctx, pipeline, &next).await?;
    tx.commit().await?;
    Ok((version, created))
}

/// A file that was checked and can become the next version of a pipeline.
pub(crate) struct NextVersion<'a> {
    source: &'a str,
    compiled: Compiled,
    description: String,
    note: Option<String>,
}

impl<'a> NextVersion<'a> {
    /// Checks a file, and a note about what is new in it. A file with errors is refused with all of its
    /// diagnostics.
    pub(crate) async fn checked(ctx: &Ctx, source: &'a str, note: Option<&str>) -> Result<Self> {
        let note = note
            .map(|note| text::line_or_empty("note", note, 500))
            .transpose()?;
        let compiled = read(ctx, source).await?;
        Ok(Self {
            source,
            description: description(&compiled)?,
            compiled,
            note: note.filter(|note| !note.is_empty()),
        })
    }
}

/// Like [`push`], in a transaction of a caller who may change the pipeline.
pub(crate) async fn push_in(
    tx: Tx,
    ctx: &Ctx,
    pipeline: PipelineId,
    next: &NextVersion<'_>,
) -> Result<(Tx, Version, bool)> {
    let row = repo::lock(&tx, ctx, pipeline)
        .await?
        .ok_or(PipelineError::NotFound)?;
    if row.deleted_at.is_some() {
        return Err(PipelineError::Deleted.into());
    }
    let latest = repo::latest(&tx, ctx, pipeline)
        .await?
        .ok_or(PipelineError::NotFound)?;
    if latest.source == next.source {
        return Ok((tx, latest.into(), false));
    }
    let renamed = match NameFrom::parse(&row.name_from) == NameFrom::Document {
        true => Some(text::line("name", &next.compiled.pipeline.name, 200)?),
        false => None,
    };
    let renamed = renamed.filter(|name| *name != row.name);
    let tx = match renamed {
        Some(_) => published::may_change(tx, ctx, &row).await?,
        None => tx,
    };
    let version = version::Model {
        note: next.note.clone(),
        ..new_version(ctx, pipeline, latest.number + 1, next.source)
    };
    repo::insert_version(&tx, &version).await?;
    repo::set_latest(&tx, ctx, &version, &next.description, version.created_at).await?;
    let place = (pipeline, Environment::Development);
    trigger_definitions::bring(&tx, ctx, place, &next.compiled.pipeline.triggers).await?;
    let mut detail = json!({ "number": version.number, "sha256": version.sha256 });
    if let Some(name) = renamed {
        repo::set_name(&tx, ctx, pipeline, &name, NameFrom::Document).await?;
        detail["name"] = name.into();
    }
    if let Some(note) = &next.note {
        detail["note"] = note.as_str().into();
    }
    audit::write(
        &tx,
        ctx,
        Entry::new("pipeline.push", "pipeline", pipeline).detail(detail),
    )
    .await?;
    Ok((tx, version.into(), true))
}

async fn read(ctx: &Ctx, source: &str) -> Result<Compiled> {
    if source.len() > MAX_SOURCE {
        return Err(PipelineError::TooLarge(source.len()).into());
    }
    let compiled = compile::text(ctx, source)
        .await?
        .map_err(PipelineError::Faulty)?;
    compiled.plan()?;
    // JSON cannot contain a raw NUL. If the parser ever accepted one, the insert would fail.
    text::no_nul("source", source)?;
    Ok(compiled)
}

fn description(compiled: &Compiled) -> Result<String> {
    text::no_nul("description", &compiled.pipeline.description)?;
    Ok(compiled.pipeline.description.clone())
}

fn new_version(ctx: &Ctx, pipeline: PipelineId, number: i32, source: &str) -> version::Model {
    version::Model {
        id: PipelineVersionId::new(ctx.clock()).0,
        org_id: ctx.org.0,
        pipeline_id: pipeline.0,
        number,
        source: source.to_owned(),
        sha256: engine::run::sha256_hex(source.as_bytes()),
        created_by: ctx.actor.id.filter(|_| ctx.actor.kind == ActorKind::User),
        author_kind: Some(ctx.actor.kind.as_str().to_owned()),
        author_name: Some(ctx.actor.name.to_string()),
        created_at: ctx.clock().now(),
        note: None,
    }
}

impl From<Vec<engine::check::Diagnostic>> for AppError {
    fn from(problems: Vec<engine::check::Diagnostic>) -> Self {
        PipelineError::Faulty(problems).into()
    }
}
