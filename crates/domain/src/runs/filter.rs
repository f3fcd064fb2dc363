//! Which runs are meant: of a list, of a count, of a saved view, of a change of many at once.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use types::{PipelineId, RunId};

use super::RunError;
use crate::{
    Ctx,
    error::{AppError, Result},
    pipelines::{self, PipelineError},
    run_summary::{RunRow, RunStatus},
    text,
};

/// Pipelines that a filter may name on each side.
const PIPELINES: usize = 50;

/// Runs that a filter may name.
const RUNS: usize = 200;

/// The longest time before now that a filter may mean: ten years.
const LONGEST: i64 = 10 * 366 * 86_400;

/// Which runs are meant. Conditions of different kinds all hold; an empty one says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Filter {
    /// A part of the pipeline's name, the error, the starter's name or the run's id, whatever its
    /// case and accents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// One of these runs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<RunId>,
    /// Of one of these pipelines.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pipelines: Vec<PipelineId>,
    /// Of none of these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_pipelines: Vec<PipelineId>,
    /// In one of these states.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub status: Vec<RunStatus>,
    /// In none of these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_status: Vec<RunStatus>,
    /// Requested at or after this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<DateTime<Utc>>,
    /// Requested before this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
    /// Requested in the last so many seconds. It stays relative to when the filter is used, also in
    /// a saved view; [`at`](Self::at) makes a moment of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_seconds: Option<i64>,
}

impl Filter {
    /// In some states only.
    pub fn in_states(status: impl Into<Vec<RunStatus>>) -> Self {
        Self {
            status: status.into(),
            ..Self::default()
        }
    }

    /// Of one pipeline only.
    pub fn of(pipeline: PipelineId) -> Self {
        Self {
            pipelines: vec![pipeline],
            ..Self::default()
        }
    }

    /// Whether every run is meant.
    pub fn is_everything(&self) -> bool {
        *self == Self::default()
    }

    /// The filter as it is meant at a moment: with `since` in place of [`last_seconds`](Self::last_seconds).
    pub(crate) fn at(&self, now: DateTime<Utc>) -> Self {
        let mut out = self.clone();
        if let Some(seconds) = out.last_seconds.take() {
            let begins = now - TimeDelta::seconds(seconds.clamp(0, LONGEST));
            out.since = Some(out.since.map_or(begins, |since| since.max(begins)));
        }
        out
    }

    /// The states that are left; `None`: all.
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

    /// The filter in its one form: text trimmed, lists sorted. Wrong values are refused by name, a
    /// pipeline that is not there is not a pipeline without runs.
    pub(crate) async fn checked(&self, ctx: &Ctx) -> Result<Self> {
        let mut out = self.clone();
        out.text = match self.text.as_deref().map(str::trim) {
            None | Some("") => None,
            Some(searched) => Some(text::line("filter.text", searched, 200)?),
        };
        for (name, list) in [
            ("filter.pipelineIds", &mut out.pipelines),
            ("filter.notPipelineIds", &mut out.not_pipelines),
        ] {
            list.sort_unstable();
            list.dedup();
            if list.len() > PIPELINES {
                let why = format!(
                    "has {} pipelines; at most {PIPELINES} are taken",
                    list.len()
                );
                return Err(AppError::invalid(name, why));
            }
        }
        out.ids.sort_unstable();
        out.ids.dedup();
        if out.ids.len() > RUNS {
            let why = format!("has {} runs; at most {RUNS} are taken", out.ids.len());
            return Err(AppError::invalid("filter.ids", why));
        }
        if let Some(seconds) = out.last_seconds
            && !(1..=LONGEST).contains(&seconds)
        {
            let why = format!("is {seconds}; it must be between 1 and {LONGEST} (ten years)");
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
        if let (Some(since), Some(until)) = (self.since, self.until)
            && since > until
        {
            let why = format!("is {until}, which is before filter.since, {since}");
            return Err(AppError::invalid("filter.until", why));
        }
        Ok(out)
    }

    /// A [checked](Self::checked) filter in the name of a list, so that a cursor of another one is
    /// refused.
    pub(super) fn name(&self) -> String {
        if self.is_everything() {
            return "runs".to_owned();
        }
        format!("runs/{}", serde_json::to_string(self).unwrap_or_default())
    }

    /// The run whose id the text is.
    pub(super) fn id(&self) -> Option<RunId> {
        self.text.as_deref()?.parse().ok()
    }

    /// What finds the filter's text in a run; `None`: there is no text.
    pub(super) fn search(&self) -> Option<Search> {
        self.text.as_deref().map(|text| Search(types::fold(text)))
    }
}

/// Finds a text in a run.
pub(super) struct Search(String);

impl Search {
    /// Whether the run has the text.
    pub fn matches(&self, row: &RunRow) -> bool {
        let texts = [
            Some(row.pipeline_name.as_str()),
            row.error_message.as_deref(),
            row.error_code.as_deref(),
            row.error_stage.as_deref(),
            Some(row.started_by_name.as_str()),
        ];
        let mut found = texts.into_iter().flatten();
        found.any(|text| types::fold(text).contains(&self.0))
            || RunId(row.id).to_string().contains(&self.0)
    }
}
