//! Drafts of pipelines: their text, their changes, and who works on them.

mod advice;
mod event;
mod filled;
mod mutation;
mod running;
mod saving;

use async_graphql::{Context, Description, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{AppError, Ctx, drafts, filled as filled_in, pipelines, runs};
use engine::check::Readable;
use types::ErrorCode;

pub use advice::Advice;
pub use event::{DraftStreams, DraftSubscription};
use filled::{FilledTexts, StageTextInput};
pub use mutation::DraftMutation;
pub use running::{DraftPin, DraftRunMutation};
pub use saving::DraftSavingMutation;

use super::{
    Charged, Loaders, budget, caller, cost,
    enums::DraftChangeReason,
    ids,
    pipelines::{Pipeline, PipelineVersion, Problem, Stage},
    runs::{Actor, Run},
    scalars::{Json, Text},
};
use crate::{error::ApiError, graphql::pipelines::PipelineDifference, limits};

/// What a pipeline will be in its next version, while people and programs work on it together. A
/// pipeline has one draft at most.
#[derive(Description)]
pub struct Draft(pub drafts::Draft);

#[Object(use_type_description)]
impl Draft {
    #[graphql(complexity = "cost::STATEMENT + child_complexity")]
    async fn pipeline(&self, ctx: &Context<'_>) -> Result<Pipeline, ApiError> {
        let pipeline = Loaders::of(ctx)?.pipeline(self.0.pipeline).await?;
        Ok(Pipeline::from(pipeline))
    }

    /// The number of changes so far. It goes on counting when the draft is saved or discarded.
    async fn revision(&self) -> i32 {
        self.0.revision
    }

    /// The oldest revision against which a change can be made. Earlier changes are no longer in the log.
    async fn oldest_revision(&self) -> i32 {
        self.0.oldest_revision
    }

    /// The version that the draft started from: the one as which it was last saved, unless another one
    /// was taken in since.
    async fn base_version(&self) -> PipelineVersion {
        PipelineVersion::Known {
            id: self.0.base_version,
            number: Some(self.0.base_number),
        }
    }

    /// Whether a version was pushed that the draft does not have. `saveDraft` takes it in.
    async fn behind(&self) -> bool {
        self.0.latest_number > self.0.base_number
    }

    /// The text of the file at this revision.
    async fn source(&self) -> Text {
        Text(self.0.source.clone())
    }

    /// Whose changes are in no version yet.
    #[graphql(complexity = "cost::times(10, child_complexity)")]
    async fn unsaved(&self, ctx: &Context<'_>) -> Result<Vec<UnsavedChanges>, ApiError> {
        Ok(unsaved(caller(ctx)?, &self.0.unsaved))
    }

    /// When it was last changed, saved or discarded.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }

    /// Who did that.
    async fn updated_by(&self) -> Actor {
        Actor {
            kind: self.0.updated_by.kind.as_str().to_owned(),
            name: self.0.updated_by.name.clone(),
        }
    }

    /// The changes after a revision, oldest first: up to `first`, 20 by default, and fewer if they are
    /// large. `PRECONDITION_FAILED` if the log no longer has them.
    #[graphql(complexity = "cost::FILE + cost::page(first, child_complexity)")]
    async fn changes(
        &self,
        ctx: &Context<'_>,
        after: i32,
        first: Option<i32>,
    ) -> Result<Vec<DraftChange>, ApiError> {
        let caller = caller(ctx)?;
        let found = drafts::changes(caller, &self.0, after, length(first)?).await?;
        found
            .into_iter()
            .map(|change| {
                let text = serde_json::to_string(&change.edits).map_err(AppError::internal)?;
                budget::take(ctx, text.len())?;
                DraftChange::of(caller, change)
            })
            .collect()
    }

    /// What the caller can undo and redo.
    #[graphql(complexity = "cost::STATEMENT + child_complexity")]
    async fn history(&self, ctx: &Context<'_>) -> Result<DraftHistory, ApiError> {
        let (can_undo, can_redo) = drafts::history(caller(ctx)?, self.0.pipeline).await?;
        Ok(DraftHistory { can_undo, can_redo })
    }

    /// What differs between the version with this number and the draft; without a number, the version that
    /// the draft started from.
    #[graphql(complexity = "2 * cost::FILE + child_complexity")]
    async fn changes_from(
        &self,
        ctx: &Context<'_>,
        version: Option<i32>,
    ) -> Result<PipelineDifference, ApiError> {
        let found = drafts::difference(caller(ctx)?, &self.0, version).await?;
        PipelineDifference::of(ctx, found)
    }

    /// The problems that the checks find. A draft may have any; `saveDraft` refuses one with errors.
    #[graphql(complexity = "2 * cost::FILE + cost::times(10, child_complexity)")]
    async fn problems(&self, ctx: &Context<'_>) -> Result<Charged<Problem>, ApiError> {
        let caller = caller(ctx)?;
        let found = drafts::problems(caller, &self.0).await?;
        budget::take(ctx, Problem::BYTES * found.len())?;
        let mut fixes = match ctx.look_ahead().field("fix").exists() {
            true => drafts::fixes(caller, &self.0, &found).await?.into_iter(),
            false => Vec::new().into_iter(),
        };
        let mut problems = Vec::with_capacity(found.len());
        for one in &found {
            let mut problem = Problem::from(one);
            if let Some(fix) = fixes.next().flatten() {
                problem = problem.with_fix(ctx, fix)?;
            }
            problems.push(problem);
        }
        Ok(Charged(problems))
    }

    /// The stages in the order of the file, as far as the text can be parsed; `problems` says what is
    /// wrong with the rest.
    #[graphql(complexity = "cost::FILE + cost::times(10, child_complexity)")]
    async fn stages(&self, ctx: &Context<'_>) -> Result<Charged<Stage>, ApiError> {
        let Some(compiled) = drafts::compiled(caller(ctx)?, &self.0).await? else {
            return Ok(Charged(Vec::new()));
        };
        budget::take(ctx, Stage::BYTES * compiled.pipeline.stages.len())?;
        Ok(Charged(Stage::list(&compiled)))
    }

    /// What the templates of a stage can read, at most 1,000 names: those that the control stages around
    /// it bind, the input of the run, and the outputs and variables of the stages that have ended when it
    /// starts. Empty if the text has no such stage.
    #[graphql(complexity = "cost::FILE + cost::times(20, child_complexity)")]
    async fn readable(
        &self,
        ctx: &Context<'_>,
        stage: String,
    ) -> Result<Charged<ReadableName>, ApiError> {
        let caller = caller(ctx)?;
        let Some(compiled) = drafts::compiled(caller, &self.0).await? else {
            return Ok(Charged(Vec::new()));
        };
        let found = pipelines::readable(caller, &compiled, stage).await?;
        budget::take(ctx, ReadableName::BYTES * found.len())?;
        Ok(found.into_iter().map(ReadableName::from).collect())
    }

    /// The pinned outputs, by the ids of their stages: at most 50. In runs of the draft these stages are
    /// not executed.
    #[graphql(complexity = "4 * cost::FILE + cost::times(10, child_complexity)")]
    async fn pins(&self, ctx: &Context<'_>) -> Result<Vec<DraftPin>, ApiError> {
        let found = drafts::pins(caller(ctx)?, self.0.pipeline).await?;
        budget::take(ctx, found.iter().map(|pin| pin.bytes).sum())?;
        Ok(found.into_iter().map(DraftPin::from).collect())
    }

    /// The runs of the draft, at whatever revision and by whomever, newest first: up to `first`, 20 by
    /// default.
    #[graphql(complexity = "cost::STATEMENT + cost::page(first, child_complexity)")]
    async fn runs(&self, ctx: &Context<'_>, first: Option<i32>) -> Result<Vec<Run>, ApiError> {
        let found = runs::of_draft(caller(ctx)?, self.0.pipeline, length(first)?).await?;
        Ok(found.into_iter().map(Run).collect())
    }

    /// What could be better, in text order. Found by rules, not by a model. Empty if the text is not JSON or
    /// not an object; `problems` says so.
    #[graphql(complexity = "cost::FILE + cost::times(10, child_complexity)")]
    async fn advice(&self, ctx: &Context<'_>) -> Result<Charged<Advice>, ApiError> {
        let caller = caller(ctx)?;
        let Some(compiled) = drafts::compiled(caller, &self.0).await? else {
            return Ok(Charged(Vec::new()));
        };
        let found = pipelines::findings(caller, &compiled).await?;
        budget::take(ctx, Advice::BYTES * found.len())?;
        found.iter().map(Advice::try_from).collect()
    }

    /// What the pipeline does, in plain sentences: a summary, and a line for each step. Made by rules, not by
    /// a model. Empty if the text is not JSON or not an object; `problems` says so.
    #[graphql(complexity = "cost::FILE")]
    async fn explanation(&self, ctx: &Context<'_>) -> Result<Text, ApiError> {
        let caller = caller(ctx)?;
        let Some(compiled) = drafts::compiled(caller, &self.0).await? else {
            return Ok(Text("".into()));
        };
        let explanation = pipelines::explanation(caller, &compiled).await?;
        Ok(Text(explanation.text().into()))
    }

    /// What templates and expressions of a stage come to with the values of a run of the pipeline (`runId`),
    /// by default the last one that succeeded. The texts, at most 50 with 200,000 bytes together, need not
    /// be in the draft yet. What the stage could read in that run counts; inside a loop, for the first item.
    /// With `runId`, requires `run.read`, too.
    #[graphql(complexity = "2 * cost::FILE + cost::JOURNAL + child_complexity")]
    async fn filled(
        &self,
        ctx: &Context<'_>,
        stage: String,
        texts: Vec<StageTextInput>,
        run_id: Option<ID>,
    ) -> Result<FilledTexts, ApiError> {
        let texts = texts.into_iter().map(Into::into).collect();
        let run = run_id.map(|id| ids::read(&id));
        let found = filled_in::of_draft(caller(ctx)?, &self.0, stage, texts, run).await?;
        budget::take(ctx, FilledTexts::bytes(&found))?;
        Ok(found.into())
    }
}

/// How many entries of a list are wanted.
fn length(first: Option<i32>) -> Result<u32, ApiError> {
    let first = first.map_or(Ok(limits::DEFAULT_PAGE), usize::try_from);
    let first = first.unwrap_or(0);
    if !(1..=limits::PAGE).contains(&first) {
        return Err(ApiError::new(
            ErrorCode::InvalidInput,
            format!("first: must be from 1 to {}", limits::PAGE),
        ));
    }
    Ok(u32::try_from(first).unwrap_or(u32::MAX))
}

/// Something that a template can read.
#[derive(SimpleObject)]
pub struct ReadableName {
    /// How it is written in a template, such as `upstream.fetch.body`.
    text: String,
    /// The stage that it comes from; null for the input of the run.
    stage: Option<String>,
    /// What it is, in one sentence; empty if nothing describes it.
    about: String,
}

impl ReadableName {
    /// The approximate size of one name in a response, in bytes.
    const BYTES: usize = 256;
}

impl From<Readable> for ReadableName {
    fn from(found: Readable) -> Self {
        Self {
            text: found.text,
            stage: found.stage,
            about: found.about,
        }
    }
}

/// What the caller can undo and redo in a draft.
#[derive(SimpleObject)]
pub struct DraftHistory {
    /// Whether `undoDraft` has a change to undo.
    can_undo: bool,
    /// Whether `redoDraft` has an undoing to take back.
    can_redo: bool,
}

/// Changes of one author that are in no version yet.
#[derive(SimpleObject)]
pub struct UnsavedChanges {
    author: Actor,
    /// Whether they are the caller's own.
    own: bool,
    /// The number of changes.
    changes: i32,
}

fn unsaved(ctx: &Ctx, all: &[drafts::Unsaved]) -> Vec<UnsavedChanges> {
    all.iter()
        .map(|one| UnsavedChanges {
            author: actor(&one.author),
            own: ctx.actor.id == Some(one.author.id),
            changes: i32::try_from(one.changes).unwrap_or(i32::MAX),
        })
        .collect()
}

fn actor(author: &drafts::Author) -> Actor {
    Actor {
        kind: author.kind.clone(),
        name: author.name.clone(),
    }
}

/// A change of a draft.
#[derive(SimpleObject)]
pub struct DraftChange {
    /// The draft's revision after the change.
    revision: i32,
    /// Why the draft was changed.
    reason: DraftChangeReason,
    /// The edits as they were applied to the revision before: the author's, moved over the changes that
    /// came first.
    edits: Vec<Json>,
    author: Actor,
    /// Whether it is the caller's own.
    own: bool,
    /// The id that its author chose.
    change_id: String,
    at: DateTime<Utc>,
}

impl DraftChange {
    pub(in crate::graphql) fn of(ctx: &Ctx, change: drafts::Change) -> Result<Self, ApiError> {
        Ok(Self {
            revision: change.revision,
            reason: change.reason.into(),
            edits: change
                .edits
                .iter()
                .map(Json::of)
                .collect::<Result<_, _>>()?,
            author: actor(&change.author),
            own: ctx.actor.id == Some(change.author.id),
            change_id: change.change_id,
            at: change.at,
        })
    }
}

/// A place where two changed the same differently. Nothing was changed; repeat the own edit against the
/// current revision to replace the other one.
#[derive(SimpleObject)]
pub struct DraftConflict {
    /// Where they meet.
    place: Json,
    /// The value that both started from; null if there was none, or if the place is not a value.
    base: Option<Json>,
    /// The caller's edit.
    mine: Json,
    /// The edit of the others.
    theirs: Json,
    /// Both sides in one sentence.
    message: String,
}

/// The largest number of conflicts in an answer.
const MAX_CONFLICTS: usize = 50;

impl DraftConflict {
    pub(in crate::graphql) fn list(
        found: &[engine::edit::Conflict],
    ) -> Result<Vec<Self>, ApiError> {
        // Each may have a whole value on both sides.
        found
            .iter()
            .take(MAX_CONFLICTS)
            .map(|conflict| {
                Ok(Self {
                    place: Json::of(&conflict.place)?,
                    base: conflict.base.as_ref().map(Json::from),
                    mine: Json::of(&conflict.mine)?,
                    theirs: Json::of(&conflict.theirs)?,
                    message: types::sentence(&conflict.message).into_owned(),
                })
            })
            .collect()
    }
}
