//! Changing a draft: edits, a text typed by hand, undo and redo, and going back.

use std::sync::Arc;

use engine::{edit::Edit, run::sha256_hex};
use types::{PipelineId, PipelineVersionId};
use uuid::Uuid;

use super::{
    Change, Draft, DraftError, MAX_EDITS, Outcome, Reason, change, entity,
    history::Stacks,
    repo, rights,
    save::{self, Latest},
    store,
    texts::{LogEntry, Plan, Step, Task, plan},
    turns::Turns,
};
use crate::{
    Ctx,
    error::{AppError, Result},
    pipelines::{self, PipelineError},
    text,
};

/// How often a change is tried that others overtake. Those of this process wait for each other (`Turns`),
/// so only other processes can.
pub(super) const ATTEMPTS: usize = 20;

/// What to restore.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restore {
    /// The text of an earlier revision of the draft.
    Revision(i32),
    /// The file of a version of the pipeline.
    Version(i32),
}

/// Judges a change before it is made: the text before it, and the edits as they would be applied to that
/// text. An error refuses the change.
pub(crate) type Check = Arc<dyn Fn(&str, &[Edit]) -> Result<()> + Send + Sync>;

/// A change that is asked for.
#[derive(Clone, Debug)]
enum Wanted {
    Edits(i32, Vec<Edit>),
    Text(i32, String),
    Undo,
    Redo,
    Restore(Restore),
}

impl Wanted {
    /// A hash of what is asked for: a request that is sent again has the same one.
    fn hash(&self) -> Result<String> {
        let written = match self {
            Self::Edits(revision, edits) => serde_json::to_string(&("edits", revision, edits)),
            Self::Text(revision, source) => serde_json::to_string(&("text", revision, source)),
            Self::Undo => Ok("undo".to_owned()),
            Self::Redo => Ok("redo".to_owned()),
            Self::Restore(Restore::Revision(revision)) => Ok(format!("revision {revision}")),
            Self::Restore(Restore::Version(number)) => Ok(format!("version {number}")),
        };
        Ok(sha256_hex(written.map_err(AppError::internal)?.as_bytes()))
    }
}

/// Applies edits that were made against a revision. `change_id` is chosen by the author: a request that is
/// sent again with it is not made twice.
pub async fn edit(
    ctx: &Ctx,
    pipeline: PipelineId,
    (revision, edits): (i32, Vec<Edit>),
    change_id: &str,
) -> Result<Outcome> {
    change(ctx, pipeline, change_id, &Wanted::Edits(revision, edits)).await
}

/// Like [`edit`], if a check has nothing against the change as it would be applied to the text of the moment.
pub(crate) async fn edit_checked(
    ctx: &Ctx,
    pipeline: PipelineId,
    (revision, edits): (i32, Vec<Edit>),
    change_id: &str,
    check: Check,
) -> Result<Outcome> {
    let wanted = Wanted::Edits(revision, edits);
    change_if(ctx, pipeline, change_id, &wanted, Some(&check)).await
}

/// Applies what was changed by hand in the text of a revision.
pub async fn set_text(
    ctx: &Ctx,
    pipeline: PipelineId,
    (revision, source): (i32, &str),
    change_id: &str,
) -> Result<Outcome> {
    let wanted = Wanted::Text(revision, source.to_owned());
    change(ctx, pipeline, change_id, &wanted).await
}

/// Undoes the caller's last change that is not undone yet.
pub async fn undo(ctx: &Ctx, pipeline: PipelineId, change_id: &str) -> Result<Outcome> {
    change(ctx, pipeline, change_id, &Wanted::Undo).await
}

/// Takes back the caller's last undoing, if the caller has changed nothing since.
pub async fn redo(ctx: &Ctx, pipeline: PipelineId, change_id: &str) -> Result<Outcome> {
    change(ctx, pipeline, change_id, &Wanted::Redo).await
}

/// Gives the draft the text of an earlier revision or of a version. That is a change like any other.
pub async fn restore(
    ctx: &Ctx,
    pipeline: PipelineId,
    what: Restore,
    change_id: &str,
) -> Result<Outcome> {
    change(ctx, pipeline, change_id, &Wanted::Restore(what)).await
}

/// What an author can undo and redo in a draft.
pub(super) async fn stacks(ctx: &Ctx, pipeline: PipelineId, author: Uuid) -> Result<Stacks> {
    let entries = repo::entries(ctx, pipeline, Some(author)).await?;
    let changes: Result<Vec<(i32, Reason)>> = entries
        .into_iter()
        .map(|entry| Ok((entry.revision, Reason::stored(&entry.reason)?)))
        .collect();
    Ok(Stacks::of(changes?))
}

async fn change(
    ctx: &Ctx,
    pipeline: PipelineId,
    change_id: &str,
    wanted: &Wanted,
) -> Result<Outcome> {
    change_if(ctx, pipeline, change_id, wanted, None).await
}

async fn change_if(
    ctx: &Ctx,
    pipeline: PipelineId,
    change_id: &str,
    wanted: &Wanted,
    check: Option<&Check>,
) -> Result<Outcome> {
    rights::may_change(ctx, pipeline).await?;
    let author = ctx.actor.id.ok_or(DraftError::NoAuthor)?;
    let change_id = text::line("changeId", change_id, 200)?;
    if let Wanted::Edits(_, edits) = wanted
        && edits.len() > MAX_EDITS
    {
        return Err(DraftError::TooMany(edits.len()).into());
    }
    let hash = wanted.hash()?;
    let _turn = ctx.app.state::<Turns>().take(ctx.org, pipeline).await?;
    for _ in 0..ATTEMPTS {
        let (row, latest) = opened(ctx, pipeline).await?;
        let done = repo::by_change_id(ctx, pipeline, author, &change_id).await?;
        if let Some(done) = done {
            if done
                .content_hash
                .as_ref()
                .is_some_and(|known| *known != hash)
            {
                return Err(DraftError::IdUsed.into());
            }
            let in_log = done.bytes > 0;
            return Ok(Outcome {
                draft: Draft::read(row, latest.number)?,
                change: in_log.then(|| Change::try_from(done)).transpose()?,
                conflicts: Vec::new(),
            });
        }
        let (reason, after, task) = task(ctx, &row, author, wanted).await?;
        store::reachable(after, row.log_start, row.revision)?;
        let step = match planned(ctx, &row, after, task).await? {
            Plan::Step(step) => step,
            Plan::Nothing => {
                return Ok(Outcome {
                    draft: Draft::read(row, latest.number)?,
                    change: None,
                    conflicts: Vec::new(),
                });
            }
            Plan::Conflicts(conflicts) => {
                return Ok(Outcome {
                    draft: Draft::read(row, latest.number)?,
                    change: None,
                    conflicts,
                });
            }
        };
        if let Some(check) = check {
            passes(ctx, &row.source, &step, check).await?;
        }
        let prepared = store::prepare(ctx, &row, &step, (reason, &change_id, Some(&hash))).await?;
        let after = prepared.row.clone();
        if let Some(made) = store::write(ctx, prepared).await? {
            return Ok(Outcome {
                draft: Draft::read(after, latest.number)?,
                change: Some(made),
                conflicts: Vec::new(),
            });
        }
    }
    Err(DraftError::Busy.into())
}

async fn passes(ctx: &Ctx, before: &str, step: &Step, check: &Check) -> Result<()> {
    let (before, edits, check) = (before.to_owned(), step.edits.clone(), check.clone());
    pipelines::in_turn(&ctx.app, ctx.org, move || check(&before, &edits)).await
}

/// The draft of a pipeline that is not deleted, and the latest version.
pub(super) async fn opened(ctx: &Ctx, pipeline: PipelineId) -> Result<(entity::Model, Latest)> {
    let found = repo::find(ctx, pipeline).await?;
    let found = found.ok_or(PipelineError::NotFound)?;
    if found.is_deleted {
        return Err(PipelineError::Deleted.into());
    }
    let latest = Latest {
        id: PipelineVersionId(found.latest),
        number: found.latest_number,
    };
    Ok((found.draft.ok_or(DraftError::NotOpen)?, latest))
}

/// What is to be done with the text, for the changes after which revision, and why.
async fn task(
    ctx: &Ctx,
    row: &entity::Model,
    author: Uuid,
    wanted: &Wanted,
) -> Result<(Reason, i32, Task)> {
    let pipeline = PipelineId(row.pipeline_id);
    Ok(match wanted {
        Wanted::Edits(revision, edits) => (Reason::Edit, *revision, Task::Edits(edits.clone())),
        Wanted::Text(revision, source) => (Reason::Text, *revision, Task::Text(source.clone())),
        Wanted::Undo => {
            let last = stacks(ctx, pipeline, author).await?.undo.pop();
            let last = last.ok_or(DraftError::NothingToUndo)?;
            (Reason::Undo, last - 1, Task::UndoFirst)
        }
        Wanted::Redo => {
            let last = stacks(ctx, pipeline, author).await?.redo.pop();
            let last = last.ok_or(DraftError::NothingToRedo)?;
            (Reason::Redo, last - 1, Task::UndoFirst)
        }
        Wanted::Restore(Restore::Revision(revision)) => (Reason::Restore, *revision, Task::Back),
        Wanted::Restore(Restore::Version(number)) => {
            let version = pipelines::version(ctx, pipeline, *number).await?;
            let source = save::source_of(ctx, version.id).await?;
            let task = Task::Replace(source.to_string());
            (Reason::Restore, row.revision, task)
        }
    })
}

/// Does a task with the text of a draft and the changes after a revision.
pub(super) async fn planned(
    ctx: &Ctx,
    row: &entity::Model,
    after: i32,
    task: Task,
) -> Result<Plan> {
    let log: Vec<change::Model> = match after < row.revision {
        true => repo::between(ctx, PipelineId(row.pipeline_id), (after, row.revision)).await?,
        false => Vec::new(),
    };
    let (app, source) = (ctx.app.clone(), row.source.clone());
    pipelines::in_turn(&ctx.app, ctx.org, move || {
        let log: Result<Vec<LogEntry>> = log.iter().map(LogEntry::try_from).collect();
        plan(app.registry(), &source, &log?, task)
    })
    .await
}
