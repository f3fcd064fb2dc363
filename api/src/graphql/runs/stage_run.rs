//! The execution of one stage in a run.

use std::sync::Arc;

use async_graphql::{Context, Description, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::runs::{Content, RunDetails, StageDetails};
use engine::run::{Failure, StageRun as View, artifact_ref};
use tokio::sync::OnceCell;

use super::{
    super::{Loaders, budget, caller, cost, enums::StageStatus, scalars::Json},
    RunError, Usage, count,
    value::{RunValue, whole},
};
use crate::{error::ApiError, links::Part};

/// The execution of one stage in a run. A stage inside a foreach has one per item, told apart by
/// the address (`each[3]/inner`).
#[derive(Description)]
pub struct StageRun {
    source: Source,
    /// The input, resolved once for both fields that return it.
    input: OnceCell<Option<Content>>,
}

/// The source of a stage's data.
enum Source {
    /// The whole run, read from its journal, and the stage's index in it.
    Run(Arc<RunDetails>, usize),
    /// Only the part of the journal that is about the stage.
    Stage(Box<StageDetails>),
}

/// One attempt to execute a stage.
#[derive(SimpleObject)]
pub struct Attempt {
    /// The attempt's number, starting at 1.
    number: i32,
    started_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
    error: Option<RunError>,
    /// When the next attempt starts, if this one is retried.
    retry_at: Option<DateTime<Utc>>,
}

/// A line that a stage logged.
#[derive(SimpleObject)]
pub struct LogLine {
    at: DateTime<Utc>,
    level: String,
    message: String,
    data: Option<Json>,
}

impl StageRun {
    /// The approximate size of one stage in a response without its values and logs, in bytes.
    pub const BYTES: usize = 256;

    /// The stage at an index of the run's view.
    pub fn new(details: Arc<RunDetails>, at: usize) -> Self {
        Self {
            source: Source::Run(details, at),
            input: OnceCell::new(),
        }
    }

    /// A stage that was read without the rest of the run.
    pub fn one(details: StageDetails) -> Self {
        Self {
            source: Source::Stage(Box::new(details)),
            input: OnceCell::new(),
        }
    }

    async fn resolved_input(&self, ctx: &Context<'_>) -> Result<Option<&Content>, ApiError> {
        let (caller, address) = (caller(ctx)?, &self.view()?.address);
        let input = self.input.get_or_try_init(|| async {
            let input = match &self.source {
                Source::Run(details, _) => details.stage_input(caller, address).await?,
                Source::Stage(details) if details.input_takes_all() => {
                    // Read once for all stages of the request.
                    let whole = Loaders::of(ctx)?.details(&details.run).await?;
                    whole.stage_input(caller, address).await?
                }
                Source::Stage(details) => details.input(caller).await?,
            };
            let Some(value) = input else { return Ok(None) };
            Ok::<_, ApiError>(Some(Content::made(value).await?))
        });
        Ok(input.await?.as_ref())
    }

    fn value(&self, content: Content, part: Part) -> Result<RunValue, ApiError> {
        let run = match &self.source {
            Source::Run(details, _) => &details.run,
            Source::Stage(details) => &details.run,
        };
        Ok(RunValue {
            content,
            run: run.id,
            part,
            stage: Some(self.view()?.address.to_string()),
        })
    }

    fn view(&self) -> Result<&View, ApiError> {
        let (details, at) = match &self.source {
            Source::Run(details, at) => (details, *at),
            Source::Stage(details) => return Ok(&details.view),
        };
        let found = details.view.stages.get_index(at);
        found
            .map(|(_, view)| view)
            .ok_or_else(|| ApiError::internal("a stage is gone"))
    }
}

#[Object(use_type_description)]
impl StageRun {
    /// The stage run's address, such as `id`, `id[3]/inner` or `id/try/inner`.
    async fn address(&self) -> Result<&str, ApiError> {
        Ok(&self.view()?.address)
    }

    /// The stage's id in the file.
    async fn stage(&self) -> Result<&str, ApiError> {
        Ok(&self.view()?.stage_id)
    }

    async fn component(&self) -> Result<&str, ApiError> {
        Ok(&self.view()?.component)
    }

    async fn status(&self) -> Result<StageStatus, ApiError> {
        Ok(self.view()?.status.into())
    }

    /// Whether the stage was not executed because its result is known: that of another run, or a pinned
    /// one. In a retry it has its original times.
    async fn reused(&self) -> Result<bool, ApiError> {
        Ok(self.view()?.reused)
    }

    async fn started_at(&self) -> Result<Option<DateTime<Utc>>, ApiError> {
        Ok(self.view()?.started_at)
    }

    async fn finished_at(&self) -> Result<Option<DateTime<Utc>>, ApiError> {
        Ok(self.view()?.finished_at)
    }

    async fn attempts(&self) -> Result<Vec<Attempt>, ApiError> {
        Ok(self
            .view()?
            .attempts
            .iter()
            .map(|attempt| Attempt {
                number: count(attempt.number),
                started_at: attempt.started_at,
                finished_at: attempt.finished_at,
                error: attempt.error.as_ref().map(RunError::from),
                retry_at: attempt.retry_at,
            })
            .collect())
    }

    /// The input of the stage's attempts, resolved again from the journal. Null if it is longer
    /// than 1 MiB; see `inputValue`.
    #[graphql(complexity = "cost::STATEMENT")]
    async fn input(&self, ctx: &Context<'_>) -> Result<Option<Json>, ApiError> {
        match self.resolved_input(ctx).await? {
            Some(input) => whole(ctx, input).await,
            None => Ok(None),
        }
    }

    /// The input's size, and ways to read a long input.
    #[graphql(complexity = "cost::STATEMENT + child_complexity")]
    async fn input_value(&self, ctx: &Context<'_>) -> Result<Option<RunValue>, ApiError> {
        let input = self.resolved_input(ctx).await?.cloned();
        input
            .map(|input| self.value(input, Part::Input))
            .transpose()
    }

    /// The stage's output. Null if it is longer than 1 MiB; see `outputValue`.
    async fn output(&self, ctx: &Context<'_>) -> Result<Option<Json>, ApiError> {
        match &self.view()?.output {
            Some(output) => match artifact_ref(output) {
                Some(_) => whole(ctx, &Content::journalled(output)).await,
                None => Ok(Some(Json::from(output))),
            },
            None => Ok(None),
        }
    }

    /// The output's size, and ways to read a long output.
    #[graphql(complexity = "cost::STATEMENT + child_complexity")]
    async fn output_value(&self) -> Result<Option<RunValue>, ApiError> {
        let output = self.view()?.output.as_ref().map(Content::journalled);
        output
            .map(|output| self.value(output, Part::Output))
            .transpose()
    }

    async fn error(&self) -> Result<Option<RunError>, ApiError> {
        Ok(self.view()?.error.as_ref().map(RunError::from))
    }

    /// Why the stage was skipped.
    async fn skip_reason(&self) -> Result<Option<&str>, ApiError> {
        Ok(self.view()?.skip_reason.as_deref())
    }

    /// When the stage continues, while it sleeps or waits for its next attempt.
    async fn waiting_until(&self) -> Result<Option<DateTime<Utc>>, ApiError> {
        Ok(self.view()?.waiting_until)
    }

    /// The log lines of all attempts.
    #[graphql(complexity = "cost::times(5, child_complexity)")]
    async fn logs(&self, ctx: &Context<'_>) -> Result<Vec<LogLine>, ApiError> {
        let logs = &self.view()?.logs;
        budget::take(ctx, logs.iter().map(|line| 64 + line.message.len()).sum())?;
        Ok(logs
            .iter()
            .map(|line| LogLine {
                at: line.at,
                level: line.level.clone(),
                message: line.message.clone(),
                data: line.data.as_ref().map(Json::from),
            })
            .collect())
    }

    /// The usage of all attempts.
    async fn usage(&self) -> Result<Option<Usage>, ApiError> {
        Ok(self.view()?.usage.as_ref().map(Usage::from))
    }
}

impl From<&Failure> for RunError {
    fn from(failure: &Failure) -> Self {
        Self {
            code: failure.code.as_str().to_owned(),
            message: failure.message.clone(),
            stage: failure.stage.as_deref().map(str::to_owned),
        }
    }
}
