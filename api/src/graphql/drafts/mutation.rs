//! Mutations that change drafts: open, edit, undo and redo, and saying where one is.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use domain::{Ctx, drafts};
use engine::edit::Edit;
use types::ErrorCode;

use super::{
    super::{caller, cost, ids, scalars::Json},
    Draft, DraftChange, DraftConflict,
};
use crate::error::ApiError;

/// The pipeline whose draft to open.
#[derive(InputObject)]
pub struct OpenDraftInput {
    pipeline_id: ID,
}

/// The draft.
#[derive(SimpleObject)]
pub struct OpenDraftPayload {
    draft: Draft,
}

/// Edits, and what they were made against.
#[derive(InputObject)]
pub struct EditDraftInput {
    pipeline_id: ID,
    /// The revision that the edits were made against.
    revision: i32,
    /// The edits, in order; at most 1,000. For each kind of edit, see docs/editing.md.
    edits: Vec<Json>,
    /// Identifies the change among the caller's own: sent again, it is not made twice. Another change
    /// with the same id is refused with `CONFLICT`.
    change_id: String,
}

/// A text, and what it was made of.
#[derive(InputObject)]
pub struct SetDraftTextInput {
    pipeline_id: ID,
    /// The revision whose text was changed by hand.
    revision: i32,
    /// The whole text, as it is now.
    source: String,
    /// Identifies the change among the caller's own: sent again, it is not made twice. Another change
    /// with the same id is refused with `CONFLICT`.
    change_id: String,
}

/// The draft in which to undo.
#[derive(InputObject)]
pub struct UndoDraftInput {
    pipeline_id: ID,
    /// Identifies the change among the caller's own: sent again, it is not made twice. Another change
    /// with the same id is refused with `CONFLICT`.
    change_id: String,
}

/// The draft in which to redo.
#[derive(InputObject)]
pub struct RedoDraftInput {
    pipeline_id: ID,
    /// Identifies the change among the caller's own: sent again, it is not made twice. Another change
    /// with the same id is refused with `CONFLICT`.
    change_id: String,
}

/// What to restore: an earlier revision of the draft, or a version of the pipeline.
#[derive(InputObject)]
pub struct RestoreDraftInput {
    pipeline_id: ID,
    /// An earlier revision of the draft, not before `oldestRevision`. Without it, `versionNumber` is
    /// required.
    revision: Option<i32>,
    /// A version of the pipeline.
    version_number: Option<i32>,
    /// Identifies the change among the caller's own: sent again, it is not made twice. Another change
    /// with the same id is refused with `CONFLICT`.
    change_id: String,
}

/// A payload of what became of a change.
macro_rules! payload {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(SimpleObject)]
        pub struct $name {
            draft: Draft,
            /// The change as it was applied. Null if there are conflicts, if the draft already was as
            /// the change would make it, or if the change was made before and has left the log.
            change: Option<DraftChange>,
            /// Where the change meets those of others. If there are any, nothing was changed.
            conflicts: Vec<DraftConflict>,
        }

        impl $name {
            fn of(ctx: &Ctx, outcome: drafts::Outcome) -> Result<Self, ApiError> {
                let change = outcome.change.map(|change| DraftChange::of(ctx, change));
                Ok(Self {
                    change: change.transpose()?,
                    conflicts: DraftConflict::list(&outcome.conflicts)?,
                    draft: Draft(outcome.draft),
                })
            }
        }
    };
}

payload! {
    /// What became of the edits.
    EditDraftPayload
}
payload! {
    /// What became of the text.
    SetDraftTextPayload
}
payload! {
    /// What became of undoing.
    UndoDraftPayload
}
payload! {
    /// What became of redoing.
    RedoDraftPayload
}
payload! {
    /// What became of restoring.
    RestoreDraftPayload
}

/// Where the caller is in a draft.
#[derive(InputObject)]
pub struct DraftPresenceInput {
    pipeline_id: ID,
    /// The selected stage.
    stage: Option<String>,
    /// The selected field of the stage, or of the pipeline.
    field: Option<String>,
}

/// Says that it was noted.
#[derive(SimpleObject)]
pub struct DraftPresencePayload {
    /// Always true.
    ok: bool,
}

/// Mutations that change drafts.
#[derive(Default)]
pub struct DraftMutation;

#[Object]
impl DraftMutation {
    /// Opens the draft of a pipeline, which starts from the latest version if there is none yet. A
    /// draft without changes follows the latest version. Requires `pipeline.read` and `pipeline.write`.
    #[graphql(complexity = "cost::FILE + child_complexity")]
    async fn open_draft(
        &self,
        ctx: &Context<'_>,
        input: OpenDraftInput,
    ) -> Result<OpenDraftPayload, ApiError> {
        let draft = drafts::open(caller(ctx)?, ids::read(&input.pipeline_id)).await?;
        Ok(OpenDraftPayload {
            draft: Draft(draft),
        })
    }

    /// Applies edits to a draft. Edits against an earlier revision are moved over what was changed
    /// since; where others changed the same differently, nothing is changed, and the payload has both
    /// sides. Requires `pipeline.read` and `pipeline.write`.
    #[graphql(complexity = "cost::FILE + cost::of_bytes(input.size()) + child_complexity")]
    async fn edit_draft(
        &self,
        ctx: &Context<'_>,
        input: EditDraftInput,
    ) -> Result<EditDraftPayload, ApiError> {
        let ctx = caller(ctx)?;
        let edits: Result<Vec<Edit>, ApiError> = (0..)
            .zip(input.edits)
            .map(|(at, edit)| read(at, edit))
            .collect();
        let id = ids::read(&input.pipeline_id);
        let change = (input.revision, edits?);
        let outcome = drafts::edit(ctx, id, change, &input.change_id).await?;
        EditDraftPayload::of(ctx, outcome)
    }

    /// Changes a draft as somebody changed the text of a revision by hand. Only what differs from that
    /// revision is changed, like the edits of `editDraft`. Requires `pipeline.read` and
    /// `pipeline.write`.
    #[graphql(complexity = "cost::FILE + cost::of_bytes(input.source.len()) + child_complexity")]
    async fn set_draft_text(
        &self,
        ctx: &Context<'_>,
        input: SetDraftTextInput,
    ) -> Result<SetDraftTextPayload, ApiError> {
        let ctx = caller(ctx)?;
        let id = ids::read(&input.pipeline_id);
        let change = (input.revision, input.source.as_str());
        let outcome = drafts::set_text(ctx, id, change, &input.change_id).await?;
        SetDraftTextPayload::of(ctx, outcome)
    }

    /// Undoes the caller's last change of a draft that is not undone yet. What others changed since
    /// stays; if it is in the way, nothing is changed, and the payload says where. Requires
    /// `pipeline.read` and `pipeline.write`.
    #[graphql(complexity = "cost::FILE + child_complexity")]
    async fn undo_draft(
        &self,
        ctx: &Context<'_>,
        input: UndoDraftInput,
    ) -> Result<UndoDraftPayload, ApiError> {
        let ctx = caller(ctx)?;
        let id = ids::read(&input.pipeline_id);
        let outcome = drafts::undo(ctx, id, &input.change_id).await?;
        UndoDraftPayload::of(ctx, outcome)
    }

    /// Takes back the caller's last undoing, if the caller has changed nothing since. Requires
    /// `pipeline.read` and `pipeline.write`.
    #[graphql(complexity = "cost::FILE + child_complexity")]
    async fn redo_draft(
        &self,
        ctx: &Context<'_>,
        input: RedoDraftInput,
    ) -> Result<RedoDraftPayload, ApiError> {
        let ctx = caller(ctx)?;
        let id = ids::read(&input.pipeline_id);
        let outcome = drafts::redo(ctx, id, &input.change_id).await?;
        RedoDraftPayload::of(ctx, outcome)
    }

    /// Gives a draft the text of one of its earlier revisions, or of a version. That is a change like
    /// any other, and can be undone. Requires `pipeline.read` and `pipeline.write`.
    #[graphql(complexity = "cost::FILE + child_complexity")]
    async fn restore_draft(
        &self,
        ctx: &Context<'_>,
        input: RestoreDraftInput,
    ) -> Result<RestoreDraftPayload, ApiError> {
        let ctx = caller(ctx)?;
        let what = match (input.revision, input.version_number) {
            (Some(revision), None) => drafts::Restore::Revision(revision),
            (None, Some(number)) => drafts::Restore::Version(number),
            _ => {
                return Err(ApiError::new(
                    ErrorCode::InvalidInput,
                    "input: give either a revision or a versionNumber",
                ));
            }
        };
        let id = ids::read(&input.pipeline_id);
        let outcome = drafts::restore(ctx, id, what, &input.change_id).await?;
        RestoreDraftPayload::of(ctx, outcome)
    }

    /// Says that the caller has the draft open, and what is selected in it, to those who listen to
    /// `draftEvents`. Send it at each change of the selection and every five seconds; after fifteen
    /// seconds without, the caller counts as gone. It is not stored. Requires `pipeline.read`.
    #[graphql(complexity = "cost::STATEMENT + child_complexity")]
    async fn draft_presence(
        &self,
        ctx: &Context<'_>,
        input: DraftPresenceInput,
    ) -> Result<DraftPresencePayload, ApiError> {
        let id = ids::read(&input.pipeline_id);
        let selection = (input.stage.as_deref(), input.field.as_deref());
        drafts::present(caller(ctx)?, id, selection).await?;
        Ok(DraftPresencePayload { ok: true })
    }
}

impl EditDraftInput {
    fn size(&self) -> usize {
        self.edits.iter().map(Json::size).sum()
    }
}

/// Reads the edit with a number, from 0.
fn read(at: usize, edit: Json) -> Result<Edit, ApiError> {
    serde_json::from_value(edit.into_serde()?).map_err(|problem| {
        ApiError::new(
            ErrorCode::InvalidInput,
            format!("edits: the edit number {at} (from 0) cannot be read: {problem}"),
        )
        .with("field", "edits".into())
        .with("edit", at.into())
    })
}
