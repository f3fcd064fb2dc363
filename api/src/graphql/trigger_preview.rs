//! What a schedule would do, before anybody stores it.

use async_graphql::{Context, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::triggers;

use super::{budget, caller, cost, pipelines::Problem, scalars::Json};
use crate::error::ApiError;

/// The largest number of firings of a preview.
const MAX_NEXT: usize = 200;

/// What a schedule would do.
#[derive(SimpleObject)]
pub struct TriggerPreview {
    /// When it would fire, in words. Null if something is wrong with it.
    words: Option<String>,
    /// The IANA name of the time zone in which it would be read.
    timezone: Option<String>,
    /// The firings that would come next.
    next: Vec<DateTime<Utc>>,
    /// What is wrong with it. If there is anything, nothing can be stored.
    problems: Vec<Problem>,
}

/// The query for a schedule that is not stored.
#[derive(Default)]
pub struct TriggerPreviewQuery;

#[Object]
impl TriggerPreviewQuery {
    /// What a schedule would do, without storing it: when it fires, or what is wrong with it. The definition
    /// is as in `triggers.schedules` of a pipeline file. `first` is the number of firings, at most 200;
    /// without it, ten.
    #[graphql(
        complexity = "cost::FILE + cost::of_bytes(definition.size()) + cost::list(first, 10, 1) + child_complexity"
    )]
    async fn trigger_preview(
        &self,
        ctx: &Context<'_>,
        definition: Json,
        first: Option<i32>,
    ) -> Result<TriggerPreview, ApiError> {
        let source = definition.into_serde()?;
        let read = triggers::preview(caller(ctx)?, &source).await?;
        let definition = match read {
            Ok(definition) => definition,
            Err(found) => {
                budget::take(ctx, Problem::BYTES * found.len())?;
                return Ok(TriggerPreview {
                    words: None,
                    timezone: None,
                    next: Vec::new(),
                    problems: found.iter().map(Problem::from).collect(),
                });
            }
        };
        let schedule = &definition.schedule;
        let count = first.map_or(10, |first| usize::try_from(first).unwrap_or_default());
        let now = caller(ctx)?.clock().now();
        Ok(TriggerPreview {
            words: Some(schedule.words()),
            timezone: Some(schedule.zone.name().to_owned()),
            next: schedule.firings(now).take(count.min(MAX_NEXT)).collect(),
            problems: Vec::new(),
        })
    }
}
