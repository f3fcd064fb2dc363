//! The co-pilot: exchanges with a model that proposes changes to drafts, and how an organization uses it.

mod mutation;
mod subscription;
mod trial;

use async_graphql::{Context, Description, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::copilot;
use engine::copilot::{Cost, Look};
use types::Money;

pub use mutation::CopilotMutation;
pub use subscription::CopilotSubscription;
pub use trial::{CopilotCheck, CopilotDryRun, CopilotTrial};

use super::{
    budget, caller, cost,
    enums::{CopilotState, CopilotTask},
    ids,
    pipelines::PipelineDifference,
    scalars::{Json, Text},
};
use crate::error::ApiError;

/// A request to the co-pilot, with its answer. Whoever asked may see it, and whoever may read the audit log.
#[derive(Description)]
pub struct CopilotExchange(pub copilot::Exchange);

#[Object(use_type_description)]
impl CopilotExchange {
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn task(&self) -> CopilotTask {
        self.0.task.into()
    }

    /// What the person wants, in their words.
    async fn request(&self) -> Text {
        Text(self.0.request.as_str().into())
    }

    async fn state(&self) -> CopilotState {
        self.0.state.into()
    }

    /// The revision of the draft that the model was given.
    async fn revision(&self) -> i32 {
        self.0.revision
    }

    /// What the model has written so far. Show it as text: nothing of it is checked.
    async fn text(&self) -> Text {
        Text(self.0.text.clone())
    }

    /// What the model says about its proposal. Nothing of it is proved.
    async fn summary(&self) -> Option<String> {
        self.0.summary.clone()
    }

    /// The pieces of the proposal, each proved with those before it, against the revision that the model was
    /// given.
    #[graphql(complexity = "4 * cost::FILE + cost::times(5, child_complexity)")]
    async fn pieces(&self, ctx: &Context<'_>) -> Result<Vec<CopilotPiece>, ApiError> {
        let proofs = copilot::pieces(caller(ctx)?, &self.0).await?;
        proofs
            .into_iter()
            .map(|proof| CopilotPiece::of(ctx, proof))
            .collect()
    }

    /// What the checks and a dry run say about all pieces that can be accepted, together. Null if they were not tried
    /// out.
    async fn together(&self, ctx: &Context<'_>) -> Result<Option<CopilotTrial>, ApiError> {
        let trial = self.0.together().cloned();
        trial.map(|trial| CopilotTrial::of(ctx, trial)).transpose()
    }

    /// Why there is no proposal, in one sentence.
    async fn problem(&self) -> Option<&str> {
        self.0.problem.as_deref()
    }

    /// Null for the server's default provider.
    async fn provider(&self) -> Option<&str> {
        self.0.provider.as_deref()
    }

    /// Null for the provider's default, until it has answered.
    async fn model(&self) -> Option<&str> {
        self.0.model.as_deref()
    }

    /// The number of tokens that were sent, if it is known.
    async fn input_tokens(&self) -> Option<i32> {
        self.0.input_tokens.map(count)
    }

    /// The number of tokens that were received, if it is known.
    async fn output_tokens(&self) -> Option<i32> {
        self.0.output_tokens.map(count)
    }

    /// The cost of all calls in dollars. Null if a price or a token count is unknown.
    async fn cost_usd(&self) -> Option<f64> {
        self.0.cost.map(|cost| cost.0 as f64 / 1e6)
    }

    async fn asked_at(&self) -> DateTime<Utc> {
        self.0.asked_at
    }
}

/// Converts a count to GraphQL's 32-bit integer; larger counts become `i32::MAX`.
fn count(n: i64) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

/// A part of a proposal, which can be accepted by itself.
#[derive(SimpleObject)]
pub struct CopilotPiece {
    /// Its number, from 0.
    index: i32,
    /// What the model calls it.
    title: String,
    /// The change, as for `editDraft`.
    edits: Vec<Json>,
    /// What differs after it. Empty if it cannot be accepted.
    changes: Vec<PipelineDifference>,
    /// What the model says is true after it.
    claims: Vec<CopilotClaim>,
    /// Why it needs a look of its own, in sentences. If there are any, the person has to confirm this piece by
    /// itself.
    looks: Vec<String>,
    /// Why it cannot be accepted after those before it.
    refused: Option<String>,
    /// What a run does differently, what it costs, and what can go wrong, in sentences.
    plan_changes: Vec<String>,
    /// What calls to models cost in a run at most, before it and after it. Null if it cannot be accepted.
    cost: Option<CopilotCost>,
    /// What was checked before anybody saw it, after the pieces before it. Empty if it was not tried out. A check
    /// that got worse is one of the `looks`, too.
    checks: Vec<CopilotCheck>,
    /// The dry run after the pieces before it. Null if it was not tried out.
    dry_run: Option<CopilotDryRun>,
    /// The revision of the draft as which it was accepted. It may be undone since.
    accepted_at_revision: Option<i32>,
}

/// What calls to models cost in a run, at most.
#[derive(SimpleObject)]
pub struct CopilotCost {
    /// Before the change, in dollars. Null if a price or a number of tokens is unknown.
    before_usd: Option<f64>,
    /// After the change, in dollars. Null if a price or a number of tokens is unknown.
    after_usd: Option<f64>,
}

impl From<Cost> for CopilotCost {
    fn from(cost: Cost) -> Self {
        let dollars = |cost: Money| cost.0 as f64 / 1e6;
        Self {
            before_usd: cost.before.map(dollars),
            after_usd: cost.after.map(dollars),
        }
    }
}

impl CopilotPiece {
    fn of(ctx: &Context<'_>, proof: copilot::Proof) -> Result<Self, ApiError> {
        let looks: Vec<String> = proof.looks.iter().map(Look::sentence).collect();
        let texts = looks.iter().chain(&proof.plan).chain(&proof.refused);
        let bytes: usize = texts.map(|text| text.len() + 8).sum();
        let claimed: usize = proof.claims.iter().map(|(text, _)| text.len() + 32).sum();
        budget::take(ctx, bytes + claimed + proof.title.len())?;
        let changes = proof
            .difference
            .map(|found| PipelineDifference::of(ctx, found));
        let trial = proof.trial.map(|trial| CopilotTrial::of(ctx, trial));
        let (checks, dry_run) = match trial.transpose()? {
            Some(trial) => (trial.checks, Some(trial.dry_run)),
            None => (Vec::new(), None),
        };
        Ok(Self {
            index: i32::try_from(proof.index).unwrap_or(i32::MAX),
            title: proof.title,
            edits: proof.edits.iter().map(Json::of).collect::<Result<_, _>>()?,
            changes: changes.transpose()?.into_iter().collect(),
            claims: CopilotClaim::list(proof.claims),
            looks,
            refused: proof.refused,
            plan_changes: proof.plan,
            cost: proof.cost.map(Into::into),
            checks,
            dry_run,
            accepted_at_revision: proof.accepted_at,
        })
    }
}

/// Something that the model says is true of the pipeline after its change.
#[derive(SimpleObject)]
pub struct CopilotClaim {
    /// The claim as a sentence.
    text: String,
    /// Whether it is true of the pipeline. Null if that was not judged, because the piece cannot be accepted.
    is_true: Option<bool>,
}

impl CopilotClaim {
    fn list(claims: Vec<(String, Option<bool>)>) -> Vec<Self> {
        let claims = claims.into_iter();
        claims
            .map(|(text, is_true)| Self { text, is_true })
            .collect()
    }
}

/// How the organization uses the co-pilot. Without settings of its own, it is on if the server has a default
/// provider.
#[derive(SimpleObject)]
pub struct CopilotSettings {
    /// Whether the co-pilot can be asked.
    enabled: bool,
    /// The provider that is asked; null for the server's default.
    provider: Option<String>,
    /// The model that is asked; null for the provider's default.
    model: Option<String>,
    /// What the exchanges of 24 hours may cost, in dollars; null for no limit. Those under way when it is
    /// reached go on, and exchanges of unknown cost do not count.
    daily_budget_usd: Option<f64>,
    /// The names of the providers that this server has. Empty if none is set up.
    providers: Vec<String>,
}

impl From<copilot::CopilotSettings> for CopilotSettings {
    fn from(settings: copilot::CopilotSettings) -> Self {
        Self {
            enabled: settings.enabled,
            provider: settings.provider,
            model: settings.model,
            daily_budget_usd: settings.daily_budget.map(|budget| budget.0 as f64 / 1e6),
            providers: settings.providers,
        }
    }
}

/// Queries for the co-pilot.
#[derive(Default)]
pub struct CopilotQuery;

#[Object]
impl CopilotQuery {
    /// How the organization uses the co-pilot, and which providers this server has.
    #[graphql(complexity = "cost::STATEMENT + child_complexity")]
    async fn copilot_settings(&self, ctx: &Context<'_>) -> Result<CopilotSettings, ApiError> {
        Ok(copilot::settings(caller(ctx)?).await?.into())
    }

    /// An exchange with the co-pilot, up to 30 days after it was asked. Whoever asked may see it, and whoever
    /// may read the audit log. Requires `pipeline.read`.
    #[graphql(complexity = "cost::STATEMENT + child_complexity")]
    async fn copilot_exchange(
        &self,
        ctx: &Context<'_>,
        id: ID,
    ) -> Result<Option<CopilotExchange>, ApiError> {
        let exchange = copilot::get(caller(ctx)?, ids::read(&id)).await?;
        Ok(Some(CopilotExchange(exchange)))
    }
}
