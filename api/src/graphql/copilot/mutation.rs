//! Mutations of the co-pilot: asking, cancelling, accepting what it proposes, and its settings.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use domain::copilot;
use types::{ErrorCode, Money};

use super::{
    super::{
        caller, cost,
        drafts::{Draft, DraftChange, DraftConflict},
        enums::CopilotTask,
        ids,
    },
    CopilotClaim, CopilotExchange, CopilotSettings,
};
use crate::error::ApiError;

/// What the co-pilot is to do, and with which draft.
#[derive(InputObject)]
pub struct AskCopilotInput {
    pipeline_id: ID,
    /// The revision of the draft that the person sees. `PRECONDITION_FAILED` if the draft is at another one by
    /// now.
    revision: i32,
    task: CopilotTask,
    /// What the person wants, in their words; at most 8,000 characters.
    request: String,
    /// A run of the pipeline, for which the caller needs `run.read`, too. If it has failed, the model is shown
    /// why.
    run_id: Option<ID>,
}

/// The exchange. `copilotEvents` has what the model writes.
#[derive(SimpleObject)]
pub struct AskCopilotPayload {
    exchange: CopilotExchange,
}

/// The exchange to cancel.
#[derive(InputObject)]
pub struct CancelCopilotInput {
    exchange_id: ID,
}

/// The exchange. One that had ended before is as it was.
#[derive(SimpleObject)]
pub struct CancelCopilotPayload {
    exchange: CopilotExchange,
}

/// The pieces that a person accepts.
#[derive(InputObject)]
pub struct AcceptCopilotPiecesInput {
    exchange_id: ID,
    /// The indexes of the pieces. Together they become one change of the draft.
    pieces: Vec<i32>,
    /// The indexes of pieces whose `looks` the person has confirmed one by one. `PRECONDITION_FAILED` if one is
    /// missing.
    looked: Vec<i32>,
    /// The revision of the draft that the person sees. What others have changed since the model was given the
    /// draft stays, as with `editDraft`.
    revision: i32,
    /// Identifies the change among the caller's own: sent again, it is not made twice. Another change
    /// with the same id is refused with `CONFLICT`.
    change_id: String,
}

/// What became of the pieces.
#[derive(SimpleObject)]
pub struct AcceptCopilotPiecesPayload {
    /// The draft afterwards.
    draft: Option<Draft>,
    /// The change as it was applied. Null if there are conflicts, if the draft already was as the change would
    /// make it, or if the change was made before and has left the log.
    change: Option<DraftChange>,
    /// Where the pieces meet changes of others. If there are any, nothing was changed.
    conflicts: Vec<DraftConflict>,
    /// What the model said about the pieces, judged against the draft as it was read back.
    claims: Vec<CopilotClaim>,
}

/// How the organization is to use the co-pilot.
#[derive(InputObject)]
pub struct SetCopilotSettingsInput {
    /// Whether the co-pilot can be asked.
    enabled: bool,
    /// One of the server's providers; null for its default.
    provider: Option<String>,
    /// A model of the provider; null for its default.
    model: Option<String>,
    /// What the exchanges of 24 hours may cost, in dollars; null for no limit. Left out, it stays as it is.
    daily_budget_usd: MaybeUndefined<f64>,
}

/// The settings after the change.
#[derive(SimpleObject)]
pub struct SetCopilotSettingsPayload {
    settings: CopilotSettings,
}

/// Mutations of the co-pilot.
#[derive(Default)]
pub struct CopilotMutation;

#[Object]
impl CopilotMutation {
    /// Asks the co-pilot about a draft. The model proposes, and changes nothing itself. `RATE_LIMITED` if the
    /// caller has four requests under way, `QUOTA_EXCEEDED` if the organization's budget is spent, `CONFLICT`
    /// if the organization has turned the co-pilot off, `PROVIDER_NOT_CONFIGURED` without a model. Requires
    /// `pipeline.read` and `pipeline.write`.
    #[graphql(complexity = "cost::FILE + child_complexity")]
    async fn ask_copilot(
        &self,
        ctx: &Context<'_>,
        input: AskCopilotInput,
    ) -> Result<AskCopilotPayload, ApiError> {
        let ask = copilot::Ask {
            revision: input.revision,
            task: input.task.into(),
            request: &input.request,
            run: input.run_id.as_ref().map(ids::read),
        };
        let exchange = copilot::ask(caller(ctx)?, ids::read(&input.pipeline_id), ask).await?;
        Ok(AskCopilotPayload {
            exchange: CopilotExchange(exchange),
        })
    }

    /// Cancels an exchange of the caller's own. Requires `pipeline.read` and `pipeline.write`.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn cancel_copilot(
        &self,
        ctx: &Context<'_>,
        input: CancelCopilotInput,
    ) -> Result<CancelCopilotPayload, ApiError> {
        let exchange = copilot::cancel(caller(ctx)?, ids::read(&input.exchange_id)).await?;
        Ok(CancelCopilotPayload {
            exchange: CopilotExchange(exchange),
        })
    }

    /// Accepts pieces of a proposal that the caller has asked for: they become a change of the draft, by the
    /// caller, which can be undone. They are proved once more against the draft as it is then; if they ask for
    /// a look that was not shown, the answer is `PRECONDITION_FAILED`. No API key and no application can do
    /// this. Requires `pipeline.read` and `pipeline.write`.
    #[graphql(complexity = "6 * cost::FILE + child_complexity")]
    async fn accept_copilot_pieces(
        &self,
        ctx: &Context<'_>,
        input: AcceptCopilotPiecesInput,
    ) -> Result<AcceptCopilotPiecesPayload, ApiError> {
        let ctx = caller(ctx)?;
        let accept = copilot::Accept {
            pieces: &input.pieces,
            looked: &input.looked,
            revision: input.revision,
            change_id: &input.change_id,
        };
        let accepted = copilot::accept(ctx, ids::read(&input.exchange_id), accept).await?;
        let outcome = accepted.outcome;
        let change = outcome.change.map(|change| DraftChange::of(ctx, change));
        Ok(AcceptCopilotPiecesPayload {
            change: change.transpose()?,
            conflicts: DraftConflict::list(&outcome.conflicts)?,
            draft: Some(Draft(outcome.draft)),
            claims: CopilotClaim::list(accepted.claims),
        })
    }

    /// Changes how the organization uses the co-pilot. Exchanges under way go on. No API key and no application
    /// can do this. Requires `organization.update`.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn set_copilot_settings(
        &self,
        ctx: &Context<'_>,
        input: SetCopilotSettingsInput,
    ) -> Result<SetCopilotSettingsPayload, ApiError> {
        let new = copilot::SetSettings {
            enabled: input.enabled,
            provider: input.provider.as_deref(),
            model: input.model.as_deref(),
            daily_budget: match input.daily_budget_usd {
                MaybeUndefined::Undefined => None,
                MaybeUndefined::Null => Some(None),
                MaybeUndefined::Value(dollars) => Some(Some(money(dollars)?)),
            },
        };
        let settings = copilot::set_settings(caller(ctx)?, new).await?;
        Ok(SetCopilotSettingsPayload {
            settings: settings.into(),
        })
    }
}

fn money(dollars: f64) -> Result<Money, ApiError> {
    if (0.0..=1e6).contains(&dollars) {
        return Ok(Money((dollars * 1e6).round() as i64));
    }
    let message = "dailyBudgetUsd: must be from 0 to 1,000,000";
    Err(ApiError::new(ErrorCode::InvalidInput, message).with("field", "dailyBudgetUsd".into()))
}
