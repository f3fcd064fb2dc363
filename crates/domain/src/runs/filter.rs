//! Filters of runs, for lists, counts, saved views and run operations.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use types::{PipelineId, RunId};

use super::RunError;
use crate::{
    Ctx,
    access::Environment,
    error::{AppError, Result},
    pipelines::{self, PipelineError},
    run_summary::{RunRow, RunStatus},
    search::SearchText,
    text,
};

/// The largest number of included, and of excluded, pipelines in a filter.
const MAX_PIPELINES: usize = 50;

/// The largest number of run ids in a filter.
const MAX_RUNS: usize = 200;

/// The largest value of `last_seconds`: ten years.
const MAX_LAST_SECONDS: i64 = 10 * 366 * 86_400;

/// A filter of runs. A run matches if it meets all conditions. Empty conditions are ignored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Filter {
    /// A part of the pipeline's name, the error, the name of the actor who started the run, or the
    /// run's id. `search.rs` says what a text means and how it excludes words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The run has one of these ids.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<RunId>,
    /// The run belongs to one of these pipelines.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pipelines: Vec<PipelineId>,
    /// The run belongs to none of these pipelines.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_pipelines: Vec<PipelineId>,
    /// The run is in one of these states.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub status: Vec<RunStatus>,
    /// The run is in none of these states.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_status: Vec<RunStatus>,
    /// The run is in one of these environments.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub environments: Vec<Environment>,
    /// The run was requested at or after this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<DateTime<Utc>>,
    /// The run was requested before this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
    /// The run was requested in this number of seconds before the filter is used. The period stays
    /// relative in a saved view; [`at`](Self::at) converts it to a time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_seconds: Option<i64>,
}

impl Filter {
    /// A filter of runs in these states.
    pub fn in_states(status: impl Into<Vec<RunStatus>>) -> Self {
        Self {
            status: status.into(),
            ..Self::default()
        }
    }

    /// A filter of runs of one pipeline.
    pub fn of(pipeline: PipelineId) -> Self {
        Self {
            pipelines: vec![pipeline],
            ..Self::default()
        }
    }

    /// Whether the filter matches every run.
    pub fn is_everything(&self) -> bool {
        *self == Self::default()
    }

    /// The filter as it applies at a time: with `since` instead of
    /// [`last_seconds`](Self::last_seconds).
    pub(crate) fn at(&self, now: DateTime<Utc>) -> Self {
        let mut out = self.clone();
        if let Some(seconds) = out.last_seconds.take() {
            let begins = now - TimeDelta::seconds(seconds.clamp(0, MAX_LAST_SECONDS));
            out.since = Some(out.since.map_or(begins, |since| since.max(begins)));
        }
        out
    }

    /// The states that the filter allows; `None` for all.
    pub(super) fn states(&self) -> Option<Vec<RunStatus>> {
        if self.status.is_empty() && self.not_status.is_empty() {
            return None;
        }
        let states = RunStatus::ALL.into_iter().filter(|status| {
            (self.status.is_empty() || self.status.contains(status))
                && !self.not_status.contains(status)
        });
        Some(states.collect())
    }

    /// Validates the filter and returns its canonical form: text trimmed, lists sorted and without
    /// duplicates. A run or pipeline that does not exist is an error, not an empty result.
    pub(crate) async fn checked(&self, ctx: &Ctx) -> Result<Self> {
        let mut out = self.clone();
        out.text = match self.text.as_deref().map(str::trim) {
            None | Some("") => None,
            Some(searched) => {
                SearchText::checked("filter.text", searched)?;
                Some(text::line("filter.text", searched, 200)?)
            }
        };
        for (name, list) in [
            ("filter.pipelineIds", &mut out.pipelines),
            ("filter.notPipelineIds", &mut out.not_pipelines),
        ] {
            list.sort_unstable();
            list.dedup();
            if list.len() > MAX_PIPELINES {
                let why = format!(
                    "has {} pipelines; at most {MAX_PIPELINES} are allowed",
                    list.len()
                );
                return Err(AppError::invalid(name, why));
            }
        }
        out.ids.sort_unstable();
        out.ids.dedup();
        if out.ids.len() > MAX_RUNS {
            let why = format!("has {} runs; at most {MAX_RUNS} are allowed", out.ids.len());
            return Err(AppError::invalid("filter.ids", why));
        }
        if let Some(seconds) = out.last_seconds
            && !(1..=MAX_LAST_SECONDS).contains(&seconds)
        {
            let why =
                format!("is {seconds}; it must be between 1 and {MAX_LAST_SECONDS} (ten years)");
            return Err(AppError::invalid("filter.lastSeconds", why));
        }
        if !out.ids.is_empty() && super::get_many(ctx, &out.ids).await?.len() < out.ids.len() {
            return Err(RunError::NotFound.into());
        }
        let mut named = [out.pipelines.clone(), out.not_pipelines.clone()].concat();
        named.sort_unstable();
        named.dedup();
        if !named.is_empty() && pipelines::get_many(ctx, &named).await?.len() < named.len() {
            return Err(PipelineError::NotFound.into());
        }
        for list in [&mut out.status, &mut out.not_status] {
            let all = RunStatus::ALL.into_iter();
            *list = all.filter(|status| list.contains(status)).collect();
        }
        out.environments.sort_unstable();
        out.environments.dedup();
        if let (Some(since), Some(until)) = (self.since, self.until)
            && since > until
        {
            let why = format!("is {until}, which is before filter.since, {since}");
            return Err(AppError::invalid("filter.until", why));
        }
        Ok(out)
    }

    /// The name of a list with this [checked](Self::checked) filter. Cursors are bound to it, so
    /// those of another filter are refused.
    pub(super) fn name(&self) -> String {
        if self.is_everything() {
            return "runs".to_owned();
        }
        format!("runs/{}", serde_json::to_string(self).unwrap_or_default())
    }

    /// The run id, if the text is one.
    pub(super) fn id(&self) -> Option<RunId> {
        self.text.as_deref()?.parse().ok()
    }

    /// The search for the filter's text; `None` if it has none.
    pub(super) fn search(&self) -> Option<Search> {
        self.text
            .as_deref()
            .map(|text| Search(SearchText::of(text)))
    }
}

/// A search for a text in the texts of a run.
pub(super) struct Search(SearchText);

impl Search {
    /// Whether the search finds the run.
    pub fn matches(&self, row: &RunRow) -> bool {
        let texts = [
            Some(row.pipeline_name.as_str()),
            row.error_message.as_deref(),
            row.error_code.as_deref(),
            row.error_stage.as_deref(),
            Some(row.started_by_name.as_str()),
        ];
        let mut folded: Vec<String> = texts.into_iter().flatten().map(types::fold).collect();
        folded.push(RunId(row.id).to_string());
        self.0.matches(&folded)
    }
}
