//! Filters of runs, as input and as output.

use async_graphql::{ID, InputObject, SimpleObject};
use chrono::{DateTime, Utc};
use domain::runs::Filter;

use super::super::{
    cost,
    enums::{Environment, RunStatus},
    ids,
};

/// Conditions on runs. A run matches if it meets all of them; an absent condition or an empty list
/// is ignored.
#[derive(InputObject, Default)]
pub struct RunFilterInput {
    /// Text in the pipeline's name, in the error's code, message or stage, in the name of who
    /// started the run, or in the run's id. Case and accents are ignored. A word after `-` or `NOT`
    /// must not occur.
    text: Option<String>,
    /// The run is in one of these states.
    status: Option<Vec<RunStatus>>,
    /// The run is in none of these states.
    not_status: Option<Vec<RunStatus>>,
    /// The run is one of these, at most 200. An unknown id gives the error `NOT_FOUND`.
    ids: Option<Vec<ID>>,
    /// The run belongs to one of these pipelines, at most 50.
    pipeline_ids: Option<Vec<ID>>,
    /// The run belongs to none of these pipelines, at most 50.
    not_pipeline_ids: Option<Vec<ID>>,
    /// The run is in one of these environments.
    environments: Option<Vec<Environment>>,
    /// The run was requested at or after this time.
    since: Option<DateTime<Utc>>,
    /// The run was requested before this time.
    until: Option<DateTime<Utc>>,
    /// The run was requested within this many seconds before the filter is used. A saved view
    /// stores the number, so it stays relative.
    last_seconds: Option<i32>,
}

/// A filter of runs; see `RunFilterInput`.
#[derive(SimpleObject)]
pub struct RunFilter {
    text: Option<String>,
    status: Vec<RunStatus>,
    not_status: Vec<RunStatus>,
    ids: Vec<ID>,
    pipeline_ids: Vec<ID>,
    not_pipeline_ids: Vec<ID>,
    environments: Vec<Environment>,
    since: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
    last_seconds: Option<i32>,
}

impl RunFilterInput {
    /// The points that applying the filter costs.
    pub fn cost(this: &Option<Self>) -> usize {
        let Some(this) = this else { return 0 };
        let lists = [&this.pipeline_ids, &this.not_pipeline_ids];
        let pipelines: usize = lists.into_iter().flatten().map(Vec::len).sum();
        let scans = this.text.is_some()
            || this.not_pipeline_ids.is_some()
            || this.environments.is_some()
            || pipelines > 1;
        let runs = this.ids.as_ref().map_or(0, Vec::len);
        cost::of_text(&this.text) + pipelines + runs + if scans { cost::SCAN } else { 0 }
    }
}

impl From<RunFilterInput> for Filter {
    fn from(input: RunFilterInput) -> Self {
        let states = |states: Option<Vec<RunStatus>>| {
            let states = states.unwrap_or_default().into_iter();
            states.map(Into::into).collect()
        };
        let pipelines = |ids: Option<Vec<ID>>| {
            let ids = ids.unwrap_or_default();
            ids.iter().map(ids::read).collect()
        };
        Self {
            text: input.text,
            ids: input.ids.iter().flatten().map(ids::read).collect(),
            pipelines: pipelines(input.pipeline_ids),
            not_pipelines: pipelines(input.not_pipeline_ids),
            status: states(input.status),
            not_status: states(input.not_status),
            environments: input
                .environments
                .into_iter()
                .flatten()
                .map(Into::into)
                .collect(),
            since: input.since,
            until: input.until,
            last_seconds: input.last_seconds.map(i64::from),
        }
    }
}

impl From<Filter> for RunFilter {
    fn from(filter: Filter) -> Self {
        let states = |states: Vec<_>| states.into_iter().map(RunStatus::from).collect();
        let pipelines = |ids: Vec<types::PipelineId>| {
            let ids = ids.into_iter();
            ids.map(|id| id.to_string().into()).collect()
        };
        Self {
            text: filter.text,
            status: states(filter.status),
            not_status: states(filter.not_status),
            ids: filter.ids.iter().map(|id| id.to_string().into()).collect(),
            pipeline_ids: pipelines(filter.pipelines),
            not_pipeline_ids: pipelines(filter.not_pipelines),
            environments: filter.environments.into_iter().map(Into::into).collect(),
            since: filter.since,
            until: filter.until,
            last_seconds: filter
                .last_seconds
                .and_then(|seconds| seconds.try_into().ok()),
        }
    }
}
