//! What one stage of a run did.

use std::sync::Arc;

use async_graphql::{Context, Description, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::runs::Sight;
use engine::run::{EventBody, Failure, StageRun as View};

use super::{
    super::{budget, cost, enums::StageStatus, scalars::Json},
    RunError, Usage, count,
};
use crate::error::ApiError;

/// What one stage did; its address tells foreach items apart (`each[3]/inner`).
#[derive(Description)]
pub struct StageRun {
    /// The run's journal and what it comes to.
    pub sight: Arc<Sight>,
    /// Which of its stages.
    pub at: usize,
}

/// One attempt of a stage.
#[derive(SimpleObject)]
pub struct Attempt {
    /// From 1.
    number: i32,
    started_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
    error: Option<RunError>,
    /// When the attempt after this one begins.
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
    /// About what one takes in an answer, without its values and logs.
    pub const BYTES: usize = 256;

    fn view(&self) -> Result<&View, ApiError> {
        let found = self.sight.view.stages.get_index(self.at);
        found
            .map(|(_, view)| view)
            .ok_or_else(|| ApiError::internal("a stage is gone"))
    }
}

#[Object(use_type_description)]
impl StageRun {
    /// `id`, `id[3]/inner`, `id/try/inner` …
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

    async fn started_at(&self) -> Result<Option<DateTime<Utc>>, ApiError> {
        Ok(self.view()?.started_at)
    }

    async fn finished_at(&self) -> Result<Option<DateTime<Utc>>, ApiError> {
        Ok(self.view()?.finished_at)
    }

    async fn attempts(&self) -> Result<Vec<Attempt>, ApiError> {
        let view = self.view()?;
        let retry_at = |number: u32| {
            if number as usize > view.attempts.len() {
                return None;
            }
            self.sight.events.iter().find_map(|event| match event.body {
                EventBody::StageRetryAt { attempt, due }
                    if attempt == number + 1 && event.stage.as_ref() == Some(&view.address) =>
                {
                    Some(due)
                }
                _ => None,
            })
        };
        Ok(view
            .attempts
            .iter()
            .map(|attempt| Attempt {
                number: count(attempt.number),
                started_at: attempt.started_at,
                finished_at: attempt.finished_at,
                error: attempt.error.as_ref().map(RunError::from),
                // Only a failed attempt is followed by another one.
                retry_at: attempt
                    .error
                    .as_ref()
                    .and_then(|_| retry_at(attempt.number)),
            })
            .collect())
    }

    /// The input that its attempts got, resolved again from the journal.
    async fn input(&self) -> Result<Option<Json>, ApiError> {
        Ok(self
            .sight
            .stage_input(&self.view()?.address)
            .as_ref()
            .map(Json::from))
    }

    async fn output(&self) -> Result<Option<Json>, ApiError> {
        Ok(self.view()?.output.as_ref().map(Json::from))
    }

    async fn error(&self) -> Result<Option<RunError>, ApiError> {
        Ok(self.view()?.error.as_ref().map(RunError::from))
    }

    /// Why it did not run.
    async fn skip_reason(&self) -> Result<Option<&str>, ApiError> {
        Ok(self.view()?.skip_reason.as_deref())
    }

    /// Until when it sleeps or waits for the next attempt.
    async fn waiting_until(&self) -> Result<Option<DateTime<Utc>>, ApiError> {
        Ok(self.view()?.waiting_until)
    }

    /// What all attempts logged.
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

    /// What all attempts used.
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
