//! Drafts: what a pipeline will be in its next version, while people and programs work on it together.
//!
//! A pipeline has one draft at most. A change is a list of edits against a revision (`edit`). Those of
//! others since then are in the log, and the change is moved over them, or it conflicts with them and is
//! not made. A change that was answered is committed, and one that is sent again, with the same id, is not
//! made twice. `docs/drafts.md` describes all of it for those who write a client.

pub mod change;
mod edit;
pub mod entity;
mod error;
mod events;
mod history;
mod pins;
mod presence;
mod repo;
mod rights;
mod run;
mod save;
mod store;
#[cfg(test)]
mod tests;
mod texts;
mod turns;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use engine::{
    check::Diagnostic,
    diff::Difference,
    edit::{Conflict, Edit},
    fixes::Fix,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use types::{PipelineId, PipelineVersionId};
use uuid::Uuid;

pub(crate) use edit::{Check, edit_checked};
pub use edit::{Restore, edit, redo, restore, set_text, undo};
pub use error::DraftError;
pub use events::{DraftEvent, events};
pub use pins::{MAX_PIN, MAX_PINS, Pin, PinOutput, pin, pins, unpin};
pub use presence::{PRESENT, Present, present};
pub(crate) use rights::may_change;
pub use run::{RunDraft, run};
pub use save::{Save, Saved, discard, save};

use crate::{
    Ctx,
    access::Permission,
    audit::{self, Entry},
    ctx::ActorKind,
    error::{AppError, Result},
    pipelines::{self, PipelineError},
};

/// The largest number of edits in a change.
pub const MAX_EDITS: usize = 1_000;

/// The largest number of changes that a log keeps. Of a longer one, the older half is dropped.
pub const LOG_CHANGES: i32 = 1_000;

/// The largest size of a log, in bytes of edits. Of a larger one, the older half is dropped.
pub const LOG_BYTES: i64 = 8 * 1024 * 1024;

/// The largest size of a change with what undoes it, in bytes of edits. Twice that fits into the log.
pub const MAX_CHANGE: i64 = LOG_BYTES / 2;

/// The largest size of the changes that are read at once, in bytes of edits. One change is always read.
const PAGE_BYTES: i64 = 1024 * 1024;

/// Why a draft was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Its author sent edits.
    Edit,
    /// Its author sent a whole text.
    Text,
    /// Its author undid an own change.
    Undo,
    /// Its author took back an undoing.
    Redo,
    /// Its author restored an earlier revision or a version.
    Restore,
    /// Its author discarded the changes that are in no version.
    Discard,
    /// A version that was pushed meanwhile was taken in.
    Update,
}

impl Reason {
    const ALL: [Self; 7] = [
        Self::Edit,
        Self::Text,
        Self::Undo,
        Self::Redo,
        Self::Restore,
        Self::Discard,
        Self::Update,
    ];

    /// The name that is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Edit => "edit",
            Self::Text => "text",
            Self::Undo => "undo",
            Self::Redo => "redo",
            Self::Restore => "restore",
            Self::Discard => "discard",
            Self::Update => "update",
        }
    }

    fn stored(name: &str) -> Result<Self> {
        let known = Self::ALL.into_iter().find(|one| one.as_str() == name);
        known.ok_or_else(|| AppError::internal(format!("`{name}` is no reason for a change")))
    }
}

/// The author of a change: a person, an API key or an application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// The kind of actor; see [`ActorKind`].
    pub kind: String,
    /// The actor's id.
    pub id: Uuid,
    /// The actor's name at the time.
    pub name: String,
}

impl Author {
    fn of(ctx: &Ctx) -> Result<Self> {
        Ok(Self {
            kind: ctx.actor.kind.as_str().to_owned(),
            id: ctx.actor.id.ok_or(DraftError::NoAuthor)?,
            name: ctx.actor.name.to_string(),
        })
    }
}

/// An author with changes that are in no version yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unsaved {
    /// The author.
    pub author: Author,
    /// The number of changes.
    pub changes: u32,
}

/// A change of a draft, as its log has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The draft's revision after the change.
    pub revision: i32,
    /// Why it was changed.
    pub reason: Reason,
    /// The edits, as they were applied to the revision before.
    pub edits: Vec<Edit>,
    /// Who made it.
    pub author: Author,
    /// The author's own id of the change.
    pub change_id: String,
    /// When it was made.
    pub at: DateTime<Utc>,
}

impl TryFrom<change::Model> for Change {
    type Error = AppError;

    fn try_from(row: change::Model) -> Result<Self> {
        Self::try_from(repo::ChangeRow {
            revision: row.revision,
            reason: row.reason,
            edits: row.edits,
            author_kind: row.author_kind,
            author_id: row.author_id,
            author_name: row.author_name,
            change_id: row.change_id,
            created_at: row.created_at,
        })
    }
}

impl TryFrom<repo::ChangeRow> for Change {
    type Error = AppError;

    fn try_from(row: repo::ChangeRow) -> Result<Self> {
        Ok(Self {
            revision: row.revision,
            reason: Reason::stored(&row.reason)?,
            edits: serde_json::from_str(&row.edits).map_err(AppError::internal)?,
            author: Author {
                kind: row.author_kind,
                id: row.author_id,
                name: row.author_name,
            },
            change_id: row.change_id,
            at: row.created_at,
        })
    }
}

/// A draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The pipeline.
    pub pipeline: PipelineId,
    /// The version that the draft started from.
    pub base_version: PipelineVersionId,
    /// That version's number.
    pub base_number: i32,
    /// The number of the pipeline's latest version. It is higher if one was pushed meanwhile.
    pub latest_number: i32,
    /// The number of changes so far.
    pub revision: i32,
    /// The oldest revision against which a change can be made.
    pub oldest_revision: i32,
    /// The text.
    pub source: Arc<str>,
    /// Whose changes are in no version yet.
    pub unsaved: Vec<Unsaved>,
    /// When it was last changed, saved or discarded.
    pub updated_at: DateTime<Utc>,
    /// Who did that.
    pub updated_by: pipelines::Author,
}

impl Draft {
    fn read(row: entity::Model, latest_number: i32) -> Result<Self> {
        Ok(Self {
            pipeline: PipelineId(row.pipeline_id),
            base_version: PipelineVersionId(row.base_version_id),
            base_number: row.base_number,
            latest_number,
            revision: row.revision,
            oldest_revision: row.log_start,
            source: row.source.into(),
            unsaved: unsaved(&row.unsaved)?,
            updated_at: row.updated_at,
            updated_by: pipelines::Author {
                kind: ActorKind::parse(&row.updated_by_kind).unwrap_or(ActorKind::System),
                name: row.updated_by_name,
            },
        })
    }
}

fn unsaved(stored: &str) -> Result<Vec<Unsaved>> {
    serde_json::from_str(stored).map_err(AppError::internal)
}

/// What became of a change.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The draft now.
    pub draft: Draft,
    /// The change, as it was applied. `None` if there are conflicts, if the draft already had what the
    /// change would do, or if it was made before and has left the log.
    pub change: Option<Change>,
    /// Where the change conflicts with those of others. Nothing was changed then.
    pub conflicts: Vec<Conflict>,
}

/// The draft of a pipeline, if it has one.
pub async fn get(ctx: &Ctx, pipeline: PipelineId) -> Result<Option<Draft>> {
    ctx.authorize_on(Permission::PipelineRead, pipeline).await?;
    let found = repo::find(ctx, pipeline).await?;
    let found = found.ok_or(PipelineError::NotFound)?;
    let read = |row| Draft::read(row, found.latest_number);
    found.draft.map(read).transpose()
}

/// The draft of a pipeline, which starts from the latest version if there is none yet. A draft without
/// changes follows the latest version.
pub async fn open(ctx: &Ctx, pipeline: PipelineId) -> Result<Draft> {
    rights::may_change(ctx, pipeline).await?;
    let found = repo::find(ctx, pipeline).await?;
    let found = found.ok_or(PipelineError::NotFound)?;
    if found.is_deleted {
        return Err(PipelineError::Deleted.into());
    }
    if let Some(row) = found.draft {
        let follows = row.base_version_id != found.latest && unsaved(&row.unsaved)?.is_empty();
        return match follows {
            true => save::follow(ctx, pipeline).await,
            false => Draft::read(row, found.latest_number),
        };
    }
    let source = save::source_of(ctx, PipelineVersionId(found.latest)).await?;
    let row = entity::Model {
        id: ctx.clock().new_uuid(),
        org_id: ctx.org.0,
        pipeline_id: pipeline.0,
        base_version_id: found.latest,
        base_number: found.latest_number,
        revision: 0,
        log_start: 0,
        log_bytes: 0,
        source: source.to_string(),
        unsaved: "[]".to_owned(),
        updated_at: ctx.clock().now(),
        updated_by_kind: ctx.actor.kind.as_str().to_owned(),
        updated_by_name: ctx.actor.name.to_string(),
    };
    let tx = rights::begin(ctx, pipeline).await?;
    if repo::insert(&tx, &row).await? {
        let detail = json!({ "number": row.base_number });
        let entry = Entry::new("draft.open", "pipeline", pipeline).detail(detail);
        audit::write(&tx, ctx, entry).await?;
        tx.commit().await?;
        return Draft::read(row, found.latest_number);
    }
    // Somebody else was faster.
    drop(tx);
    get(ctx, pipeline)
        .await?
        .ok_or_else(|| DraftError::NotOpen.into())
}

/// The changes of a draft after a revision, oldest first: `first` at most, and fewer if they are large.
pub async fn changes(ctx: &Ctx, draft: &Draft, after: i32, first: u32) -> Result<Vec<Change>> {
    ctx.authorize_on(Permission::PipelineRead, draft.pipeline)
        .await?;
    store::reachable(after, draft.oldest_revision, draft.revision)?;
    let rows = repo::page(ctx, draft.pipeline, after, first).await?;
    rows.into_iter().map(Change::try_from).collect()
}

/// Whether the caller has a change to undo, and one to redo.
pub async fn history(ctx: &Ctx, pipeline: PipelineId) -> Result<(bool, bool)> {
    ctx.authorize_on(Permission::PipelineRead, pipeline).await?;
    let Some(author) = ctx.actor.id else {
        return Ok((false, false));
    };
    let stacks = edit::stacks(ctx, pipeline, author).await?;
    Ok((!stacks.undo.is_empty(), !stacks.redo.is_empty()))
}

/// What differs between a version of the pipeline, by its number, and the draft; without a number, the
/// version that the draft started from.
pub async fn difference(ctx: &Ctx, draft: &Draft, from: Option<i32>) -> Result<Difference> {
    let from = from.unwrap_or(draft.base_number);
    pipelines::difference_to(ctx, draft.pipeline, from, draft.source.clone()).await
}

/// What the checks find in the text of a draft.
pub async fn problems(ctx: &Ctx, draft: &Draft) -> Result<Vec<Diagnostic>> {
    Ok(pipelines::problems(ctx, &draft.source).await?.to_vec())
}

/// For each problem of a draft the change that fixes it, if there is an obvious one. The list may be
/// shorter than that of the problems.
pub async fn fixes(ctx: &Ctx, draft: &Draft, problems: &[Diagnostic]) -> Result<Vec<Option<Fix>>> {
    if problems.iter().all(|problem| problem.suggestion.is_none()) {
        return Ok(Vec::new());
    }
    match compiled(ctx, draft).await? {
        Some(compiled) => pipelines::fixes(ctx, &compiled, problems.to_vec()).await,
        None => Ok(Vec::new()),
    }
}

/// The text of a draft compiled, problems or not. `None`: it is not JSON or not an object.
pub async fn compiled(ctx: &Ctx, draft: &Draft) -> Result<Option<Arc<pipelines::Compiled>>> {
    let compiled = pipelines::validate(ctx, &draft.source).await?;
    Ok(compiled.ok().map(Arc::new))
}
