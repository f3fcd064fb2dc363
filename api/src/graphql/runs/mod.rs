//! Runs: what was started, how far it is, what came out.

mod event;
mod mutation;
mod query;
mod stage_run;
mod subscription;

use std::sync::Arc;

use async_graphql::{Context, Description, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{Ctx, runs};
use types::PipelineId;

pub use mutation::RunMutation;
pub use query::RunQuery;
pub use subscription::RunSubscription;

use super::{
    Loaders, budget, caller,
    connection::{self, Connection},
    cost,
    enums::RunStatus,
    pipelines::{Pipeline, PipelineVersion},
    scalars::Json,
};
use crate::{error::ApiError, limits};
use event::RunEvent;
use stage_run::StageRun;

/// A run of one version of a pipeline.
#[derive(Description)]
pub struct Run(pub runs::Run);

/// Who started a run: `user`, `api_key` or `system`.
#[derive(SimpleObject)]
pub struct Actor {
    kind: String,
    name: String,
}

/// Why a run or a stage failed.
#[derive(SimpleObject)]
pub struct RunError {
    /// A stable code.
    code: String,
    message: String,
    /// The address of the stage where it began.
    stage: Option<String>,
}

/// What model calls used.
#[derive(SimpleObject)]
pub struct Usage {
    calls: i32,
    prompt_tokens: i32,
    completion_tokens: i32,
    /// Null when a price is not known.
    cost_usd: Option<f64>,
}

#[Object(use_type_description)]
impl Run {
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn status(&self) -> RunStatus {
        self.0.status.into()
    }

    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When a worker took it up first.
    async fn started_at(&self) -> Option<DateTime<Utc>> {
        self.0.started_at
    }

    async fn finished_at(&self) -> Option<DateTime<Utc>> {
        self.0.finished_at
    }

    async fn pipeline(&self) -> Pipeline {
        Pipeline::Known {
            id: self.0.pipeline,
            name: self.0.pipeline_name.clone(),
        }
    }

    async fn version(&self) -> PipelineVersion {
        PipelineVersion::Known {
            id: self.0.version,
            number: None,
        }
    }

    async fn started_by(&self) -> Actor {
        Actor {
            kind: self.0.started_by_kind.clone(),
            name: self.0.started_by_name.clone(),
        }
    }

    /// Stages there are.
    async fn stages_total(&self) -> i32 {
        self.0.stages_total
    }

    /// Stages that ended.
    async fn stages_done(&self) -> i32 {
        self.0.stages_done
    }

    async fn input(&self, ctx: &Context<'_>) -> Result<Json, ApiError> {
        Ok(Json::from(
            &Loaders::of(ctx)?.values(self.0.id).await?.input,
        ))
    }

    /// Null until the run succeeded.
    async fn output(&self, ctx: &Context<'_>) -> Result<Option<Json>, ApiError> {
        Ok(Loaders::of(ctx)?
            .values(self.0.id)
            .await?
            .output
            .as_ref()
            .map(Json::from))
    }

    /// Why it failed.
    async fn error(&self) -> Option<RunError> {
        self.0.error.clone().map(|error| RunError {
            code: error.code,
            message: error.message,
            stage: error.stage,
        })
    }

    /// What its model calls used.
    async fn usage(&self) -> Usage {
        (&self.0.usage).into()
    }

    /// What each stage did, as far as the journal says.
    #[graphql(complexity = "cost::JOURNAL + cost::times(20, child_complexity)")]
    async fn stages(&self, ctx: &Context<'_>) -> Result<Vec<StageRun>, ApiError> {
        let sight = Arc::new(runs::view_of(caller(ctx)?, self.0.clone()).await?);
        budget::take(ctx, StageRun::BYTES * sight.view.stages.len())?;
        Ok((0..sight.view.stages.len())
            .map(|at| StageRun {
                sight: sight.clone(),
                at,
            })
            .collect())
    }

    /// The journal after a position, up to 1,000 events at once.
    #[graphql(complexity = "cost::list(first, limits::EVENTS, child_complexity)")]
    async fn events(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<i32>,
    ) -> Result<Vec<RunEvent>, ApiError> {
        let events = runs::events_of(caller(ctx)?, &self.0, after.map(i64::from), first).await?;
        events.into_iter().map(RunEvent::try_from).collect()
    }

    /// The newest event's number.
    async fn last_seq(&self) -> i32 {
        count(self.0.last_seq)
    }

    /// The run that this one repeats.
    #[graphql(complexity = "cost::STATEMENT + child_complexity")]
    async fn retried_from(&self, ctx: &Context<'_>) -> Result<Option<Run>, ApiError> {
        match self.0.retried_from {
            Some(id) => Loaders::of(ctx)?.run(id).await.map(Run).map(Some),
            None => Ok(None),
        }
    }
}

impl From<&engine::component::Usage> for Usage {
    fn from(usage: &engine::component::Usage) -> Self {
        Self {
            calls: count(usage.calls),
            prompt_tokens: count(usage.prompt_tokens),
            completion_tokens: count(usage.completion_tokens),
            cost_usd: usage.cost.map(|cost| cost.0 as f64 / 1e6),
        }
    }
}

/// A count in GraphQL's 32 bits.
fn count(n: impl TryInto<i32>) -> i32 {
    n.try_into().unwrap_or(i32::MAX)
}

/// A page of runs.
pub async fn list(
    ctx: &Ctx,
    first: Option<i32>,
    after: Option<String>,
    pipeline: Option<PipelineId>,
    status: Vec<RunStatus>,
) -> Result<Connection<Run>, ApiError> {
    let filter = runs::Filter {
        pipeline,
        status: status.into_iter().map(Into::into).collect(),
    };
    let list = runs::list(ctx, &connection::page(first, after), &filter).await?;
    Ok(Connection::of(list, Run))
}
