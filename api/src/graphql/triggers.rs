//! Triggers of pipelines, and their firings.

use async_graphql::{Context, Description, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::triggers;
use engine::trigger::Timing;
use types::ErrorCode;

use super::{
    Loaders,
    backfills::TriggerBackfill,
    caller, cost,
    enums::{Environment, TriggerFiringState, TriggerOrigin},
    ids,
    pipelines::Pipeline,
    runs::{Actor, Run},
    scalars::Json,
    webhooks::Webhook,
};
use crate::error::ApiError;

/// The largest number of firings that `Trigger.next` tells.
const MAX_NEXT: usize = 200;

/// What a trigger waits for.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum TriggerKind {
    /// Times, by a cron expression, an interval or a recurrence rule.
    Schedule,
    /// Deliveries to its address.
    Webhook,
    /// The ends of runs of other pipelines, or that one takes long.
    RunFinished,
    /// Events that are sent to the organization.
    Event,
}

/// What starts runs of a pipeline by itself, in one environment.
#[derive(Description)]
pub struct Trigger(pub triggers::Trigger);

#[Object(use_type_description)]
impl Trigger {
    pub(super) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The pipeline whose runs it starts.
    #[graphql(complexity = "cost::STATEMENT + child_complexity")]
    async fn pipeline(&self, ctx: &Context<'_>) -> Result<Pipeline, ApiError> {
        let pipeline = Loaders::of(ctx)?.pipeline(self.0.pipeline).await?;
        Ok(Pipeline::from(pipeline))
    }

    /// Where its runs take place.
    async fn environment(&self) -> Environment {
        self.0.environment.into()
    }

    /// The name, unique for the pipeline in the environment.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What it is for, as its author wrote it.
    async fn description(&self) -> Option<&str> {
        let definition = self.0.definition.as_ref()?;
        Some(&definition.description)
    }

    async fn kind(&self) -> TriggerKind {
        let definition = self.0.definition.as_ref();
        match definition.map(|definition| &definition.schedule.timing) {
            Some(Timing::Webhook(_)) => TriggerKind::Webhook,
            Some(Timing::Run(_)) => TriggerKind::RunFinished,
            Some(Timing::Event(_)) => TriggerKind::Event,
            Some(Timing::Cron(_) | Timing::Interval { .. } | Timing::Rule(_)) | None => {
                TriggerKind::Schedule
            }
        }
    }

    /// Its address and what was delivered there. Null unless it is a webhook.
    #[graphql(complexity = "cost::STATEMENT + child_complexity")]
    async fn webhook(&self, ctx: &Context<'_>) -> Result<Option<Webhook>, ApiError> {
        let Some(webhook) = self.0.webhook() else {
            return Ok(None);
        };
        Ok(Some(Webhook {
            trigger: self.0.id,
            signature: webhook.proof.as_str(),
            keys: triggers::webhooks::keys(caller(ctx)?, self.0.id).await?,
        }))
    }

    /// Whether the pipeline's file declares it, or somebody created it.
    async fn origin(&self) -> TriggerOrigin {
        self.0.origin.into()
    }

    /// Whether it fires.
    async fn enabled(&self) -> bool {
        self.0.enabled
    }

    /// Who enabled it. Its runs are started as this person or API key, with the rights that they have then.
    async fn enabled_by(&self) -> Option<Actor> {
        let (kind, name) = self.0.enabled_by.clone()?;
        Some(Actor { kind, name })
    }

    /// When it was enabled.
    async fn enabled_at(&self) -> Option<DateTime<Utc>> {
        self.0.enabled_at
    }

    /// The whole definition, as in `triggers` of a pipeline file.
    async fn definition(&self) -> Result<Json, ApiError> {
        let value: serde_json::Value =
            serde_json::from_str(&self.0.text).map_err(ApiError::internal)?;
        Json::of(&value)
    }

    /// When it fires, in words that are made from the definition. Null if this version of the server cannot
    /// read the definition.
    async fn words(&self) -> Option<String> {
        let definition = self.0.definition.as_ref()?;
        Some(definition.schedule.words())
    }

    /// The IANA name of the time zone in which the schedule is read. Null unless it has a schedule.
    async fn timezone(&self) -> Option<&str> {
        let definition = self.0.definition.as_ref()?;
        let schedule = &definition.schedule;
        schedule.timing.is_planned().then(|| schedule.zone.name())
    }

    /// The firings that come next by the schedule, at most 200; without `count`, five. While the trigger is
    /// disabled, those that it would have.
    #[graphql(complexity = "cost::list(count, 5, child_complexity.max(1))")]
    async fn next(
        &self,
        ctx: &Context<'_>,
        count: Option<i32>,
    ) -> Result<Vec<DateTime<Utc>>, ApiError> {
        let count = count.map_or(5, |count| usize::try_from(count).unwrap_or_default());
        let now = caller(ctx)?.clock().now();
        Ok(self.0.next(now, count.min(MAX_NEXT)))
    }

    /// The newest firings, at most 100; without `first`, twenty.
    #[graphql(complexity = "cost::STATEMENT + cost::list(first, 20, child_complexity)")]
    async fn firings(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
    ) -> Result<Vec<TriggerFiring>, ApiError> {
        let found = triggers::firings(caller(ctx)?, self.0.id, first).await?;
        Ok(found.into_iter().map(TriggerFiring).collect())
    }

    /// The last trial: once a day, a marked firing goes the whole way and starts nothing. Null before the
    /// first one.
    async fn probe(&self) -> Option<TriggerProbe> {
        let probe = self.0.probe.clone()?;
        Some(TriggerProbe {
            at: probe.at,
            ok: probe.ok,
            detail: probe.detail,
        })
    }

    /// The newest back-fills of past ranges, at most 20; without `first`, five.
    #[graphql(complexity = "cost::STATEMENT + cost::list(first, 5, child_complexity)")]
    async fn backfills(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
    ) -> Result<Vec<TriggerBackfill>, ApiError> {
        let found = triggers::backfills::of_trigger(caller(ctx)?, self.0.id, first).await?;
        Ok(found.into_iter().map(TriggerBackfill::of).collect())
    }

    /// What prevents it from firing, or prevented its last firing. Null if all is well.
    async fn problem(&self) -> Option<TriggerProblem> {
        let (code, message) = self.0.problem.clone()?;
        Some(TriggerProblem { code, message })
    }
}

/// Why a trigger does not fire, or did not start a run.
#[derive(SimpleObject)]
pub struct TriggerProblem {
    /// A stable code.
    code: String,
    /// What is wrong and what to do about it.
    message: String,
}

/// What became of a trial of a trigger.
#[derive(SimpleObject)]
pub struct TriggerProbe {
    /// When it came through.
    at: DateTime<Utc>,
    /// Whether a run could have been started then.
    ok: bool,
    /// Why not. Null if it could.
    detail: Option<String>,
}

/// One firing of a trigger.
#[derive(Description)]
pub struct TriggerFiring(pub triggers::Firing);

#[Object(use_type_description)]
impl TriggerFiring {
    /// The instant for which it was planned.
    async fn due_at(&self) -> DateTime<Utc> {
        self.0.due_at
    }

    /// What became of it.
    async fn state(&self) -> TriggerFiringState {
        self.0.state.into()
    }

    /// How many firings in a row, up to this one, were missed. Zero unless its state is `MISSED`.
    async fn missed(&self) -> i32 {
        i32::try_from(self.0.missed).unwrap_or(i32::MAX)
    }

    /// Why it started nothing.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// The run for which it fired, the last one if it waited for several. Null if it fired for no run, or if
    /// the run is gone.
    #[graphql(complexity = "2 * cost::STATEMENT + child_complexity")]
    async fn for_run(&self, ctx: &Context<'_>) -> Result<Option<Run>, ApiError> {
        let cause = triggers::cause(caller(ctx)?, self.0.id).await?;
        let Some(triggers::Cause::Run(id)) = cause else {
            return Ok(None);
        };
        match Loaders::of(ctx)?.run(id).await {
            Ok(run) => Ok(Some(Run(run))),
            Err(error) if error.code == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The run that it started.
    #[graphql(complexity = "cost::STATEMENT + child_complexity")]
    async fn run(&self, ctx: &Context<'_>) -> Result<Option<Run>, ApiError> {
        match self.0.run {
            Some(id) => Ok(Some(Run(Loaders::of(ctx)?.run(id).await?))),
            None => Ok(None),
        }
    }
}

/// Queries for triggers. Those of a pipeline are its fields.
#[derive(Default)]
pub struct TriggerQuery;

#[Object]
impl TriggerQuery {
    /// One trigger, by its id.
    #[graphql(complexity = "cost::STATEMENT + child_complexity")]
    async fn trigger(&self, ctx: &Context<'_>, id: ID) -> Result<Trigger, ApiError> {
        let trigger = triggers::get(caller(ctx)?, ids::read(&id)).await?;
        Ok(Trigger(trigger))
    }
}

/// A new trigger.
#[derive(InputObject)]
pub struct CreateTriggerInput {
    pipeline_id: ID,
    /// Where its runs take place. Default: development.
    environment: Option<Environment>,
    /// The schedule with its name, as in `triggers.schedules` of a pipeline file, or a trigger with another
    /// `type`: `webhook`, `run_finished` or `event`.
    definition: Json,
}

/// The new trigger, which is disabled.
#[derive(SimpleObject)]
pub struct CreateTriggerPayload {
    trigger: Trigger,
}

/// A trigger and its new definition.
#[derive(InputObject)]
pub struct UpdateTriggerInput {
    id: ID,
    /// The trigger with its name, as in `triggers` of a pipeline file. It replaces the old one.
    definition: Json,
}

/// The changed trigger.
#[derive(SimpleObject)]
pub struct UpdateTriggerPayload {
    trigger: Trigger,
}

/// The trigger to enable or disable.
#[derive(InputObject)]
pub struct SetTriggerEnabledInput {
    id: ID,
    enabled: bool,
}

/// The trigger after the change.
#[derive(SimpleObject)]
pub struct SetTriggerEnabledPayload {
    trigger: Trigger,
}

/// The trigger to delete.
#[derive(InputObject)]
pub struct DeleteTriggerInput {
    id: ID,
}

/// The id of the deleted trigger.
#[derive(SimpleObject)]
pub struct DeleteTriggerPayload {
    deleted_id: ID,
}

/// Mutations of triggers.
#[derive(Default)]
pub struct TriggerMutation;

#[Object]
impl TriggerMutation {
    /// Creates a trigger of a pipeline, which is disabled. Requires `pipeline.write`, `run.start` and, for
    /// production, `production.use`.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn create_trigger(
        &self,
        ctx: &Context<'_>,
        input: CreateTriggerInput,
    ) -> Result<CreateTriggerPayload, ApiError> {
        let environment = input.environment.unwrap_or(Environment::Development);
        let id = ids::read(&input.pipeline_id);
        let definition = input.definition.into_serde()?;
        let made = triggers::create(caller(ctx)?, id, environment.into(), &definition).await?;
        Ok(CreateTriggerPayload {
            trigger: Trigger(made),
        })
    }

    /// Replaces the definition of a trigger that was created here. If it is enabled, its runs are started as
    /// the caller from now on. One that the pipeline's file declares is changed there. Requires
    /// `pipeline.write`, `run.start` and, for production, `production.use`.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn update_trigger(
        &self,
        ctx: &Context<'_>,
        input: UpdateTriggerInput,
    ) -> Result<UpdateTriggerPayload, ApiError> {
        let id = ids::read(&input.id);
        let definition = input.definition.into_serde()?;
        let trigger = triggers::update(caller(ctx)?, id, &definition).await?;
        Ok(UpdateTriggerPayload {
            trigger: Trigger(trigger),
        })
    }

    /// Enables or disables a trigger. Its runs are started as whoever enabled it last, with the rights that
    /// they have when it fires. An application cannot enable one. Requires `run.start` and, for production,
    /// `production.use`.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn set_trigger_enabled(
        &self,
        ctx: &Context<'_>,
        input: SetTriggerEnabledInput,
    ) -> Result<SetTriggerEnabledPayload, ApiError> {
        let id = ids::read(&input.id);
        let trigger = triggers::set_enabled(caller(ctx)?, id, input.enabled).await?;
        Ok(SetTriggerEnabledPayload {
            trigger: Trigger(trigger),
        })
    }

    /// Deletes a trigger that was created here, with the list of its firings. Its runs are kept. Requires
    /// `pipeline.write`, `run.start` and, for production, `production.use`.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn delete_trigger(
        &self,
        ctx: &Context<'_>,
        input: DeleteTriggerInput,
    ) -> Result<DeleteTriggerPayload, ApiError> {
        triggers::delete(caller(ctx)?, ids::read(&input.id)).await?;
        Ok(DeleteTriggerPayload {
            deleted_id: input.id,
        })
    }
}
