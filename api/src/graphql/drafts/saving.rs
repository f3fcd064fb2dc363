//! Mutations that end what is in a draft: it becomes a version, or is discarded.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use domain::drafts;

use super::{
    super::{caller, cost, ids, pipelines::PipelineVersion},
    Draft, DraftConflict, UnsavedChanges, unsaved,
};
use crate::error::ApiError;

/// The draft to save, and how.
#[derive(InputObject)]
pub struct SaveDraftInput {
    pipeline_id: ID,
    /// The draft's revision. If others have changed it since, nothing is saved
    /// (`PRECONDITION_FAILED`).
    revision: i32,
    /// What is new in the version, in one line of at most 500 characters.
    note: Option<String>,
    /// Whether to save the changes of others, too. Otherwise nothing is saved if there are any, and the
    /// payload says whose.
    #[graphql(default)]
    include_others: bool,
    /// The number of the latest version. If given, the draft replaces what was changed in versions that
    /// were pushed since it was opened, instead of taking it in.
    over_version: Option<i32>,
}

/// The version, or what is in the way.
#[derive(SimpleObject)]
pub struct SaveDraftPayload {
    draft: Draft,
    /// Null if nothing was saved.
    version: Option<PipelineVersion>,
    /// Whether the version is new. The latest version may already have exactly these bytes.
    created: bool,
    /// Whose changes would be saved besides the caller's. If there are any, nothing was saved.
    others: Vec<UnsavedChanges>,
    /// Where the draft meets what was pushed since it was opened. If there are any, nothing was saved.
    conflicts: Vec<DraftConflict>,
}

/// The draft whose changes to discard.
#[derive(InputObject)]
pub struct DiscardDraftInput {
    pipeline_id: ID,
    /// The draft's revision. If others have changed it since, nothing is discarded
    /// (`PRECONDITION_FAILED`).
    revision: i32,
    /// Whether to discard the changes of others, too. Otherwise nothing is discarded if there are any,
    /// and the payload says whose.
    #[graphql(default)]
    include_others: bool,
}

/// The draft afterwards, or what is in the way.
#[derive(SimpleObject)]
pub struct DiscardDraftPayload {
    draft: Draft,
    /// Whose changes would be discarded besides the caller's. If there are any, nothing was discarded.
    others: Vec<UnsavedChanges>,
}

/// Mutations that end what is in a draft.
#[derive(Default)]
pub struct DraftSavingMutation;

#[Object]
impl DraftSavingMutation {
    /// Makes the next version of the pipeline from its draft. Versions that were pushed since the draft
    /// was opened are taken in; where both changed the same, nothing is saved, and the payload has both
    /// sides. A draft with errors is refused. Requires `pipeline.read` and `pipeline.write`. If it
    /// renames the pipeline, it requires what `renamePipeline` does.
    #[graphql(complexity = "2 * cost::FILE + child_complexity")]
    async fn save_draft(
        &self,
        ctx: &Context<'_>,
        input: SaveDraftInput,
    ) -> Result<SaveDraftPayload, ApiError> {
        let ctx = caller(ctx)?;
        let how = drafts::Save {
            revision: input.revision,
            note: input.note.as_deref(),
            include_others: input.include_others,
            over_version: input.over_version,
        };
        let saved = drafts::save(ctx, ids::read(&input.pipeline_id), how).await?;
        let created = saved.version.as_ref().is_some_and(|(_, created)| *created);
        Ok(SaveDraftPayload {
            version: saved
                .version
                .map(|(version, _)| PipelineVersion::Loaded(version)),
            created,
            others: unsaved(ctx, &saved.others),
            conflicts: DraftConflict::list(&saved.conflicts)?,
            draft: Draft(saved.draft),
        })
    }

    /// Gives a draft the file of the latest version. `undoDraft` brings back what was discarded, unless a
    /// version was pushed since the draft was opened. Requires `pipeline.read` and `pipeline.write`.
    #[graphql(complexity = "cost::FILE + child_complexity")]
    async fn discard_draft(
        &self,
        ctx: &Context<'_>,
        input: DiscardDraftInput,
    ) -> Result<DiscardDraftPayload, ApiError> {
        let ctx = caller(ctx)?;
        let id = ids::read(&input.pipeline_id);
        let (draft, others) =
            drafts::discard(ctx, id, input.revision, input.include_others).await?;
        Ok(DiscardDraftPayload {
            others: unsaved(ctx, &others),
            draft: Draft(draft),
        })
    }
}
