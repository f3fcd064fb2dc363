//! Runs: starting, cancelling, retrying and reading them.
//!
//! The journal is the source of truth about a run. The row in `runs` is for lists and the
//! dispatcher. Runs are driven in `host` and `jobs`.

pub mod artifact;
mod content;
mod details;
mod draft;
pub mod entity;
mod error;
mod events;
mod filter;
mod input;
pub mod journal;
mod one_stage;
mod repo;
mod retry;
mod seen;
pub mod signal;
pub mod signals;
mod start;
mod stats;
#[cfg(test)]
mod tests;
pub mod timer;

use std::time::Duration;

use types::{PipelineId, RunId};

pub use content::{Content, MEDIA_TYPE, PIECE, SHOWN, piece, stored_values, text_piece};
pub use details::{RunDetails, view, view_of};
pub use draft::of_draft;
pub(crate) use draft::{DraftStart, is_key_used, output_of, start_draft};
pub use error::RunError;
pub use events::{RunEvent, events, events_of};
pub use filter::Filter;
pub use input::{InputPreview, StartInput, preview_input};
pub use one_stage::{StageDetails, stage, stage_of};
pub(crate) use repo::insert::write_artifact;
pub use retry::{From as RetryFrom, Retry, retry, run_stage};
pub(crate) use seen::absent;
pub use start::{Reuse, Start, Started, cancel, start, start_with_remarks};
pub(crate) use start::{can_run, cancel_in, could_start, has_all_stages, would_run};
pub use stats::{Bucket, Counts, Span, Trend, counts, trend};

pub use crate::run_summary::{Run, RunStatus, ShortError};
use crate::{
    Ctx,
    access::{Environment, Permission, PermissionSet},
    error::Result,
    live::{Subscription, Topic},
    paging::{Listed, Page},
};

/// A page of those of the organization's runs that the caller may read, newest first. If a filter matches
/// few of the runs that are examined, a page may have fewer runs than requested, even none, and still be
/// followed by more.
pub async fn list(ctx: &Ctx, page: &Page, filter: &Filter) -> Result<Listed<Run>> {
    ctx.authorize_anywhere(Permission::RunRead).await?;
    let filter = filter.checked(ctx).await?;
    let window = page.window(ctx.org, &filter.name())?;
    let found = repo::find(ctx, &filter.at(ctx.clock().now()), &window).await?;
    let runs = found.rows.into_iter().map(Run::from).collect();
    let listed = window.listed(runs, |run: &Run| run.id.0);
    Ok(match found.examined_to {
        Some(key) => window.goes_on(listed, key),
        None => listed,
    })
}

/// A run that a run operation may change.
pub(crate) struct FoundRun {
    /// The run's id.
    pub id: RunId,
    /// The pipeline that it belongs to.
    pub pipeline: PipelineId,
    /// The environment in which it runs.
    pub environment: Environment,
}

/// The next runs that a run operation changes.
pub(crate) struct FoundRuns {
    /// The runs, newest first.
    pub runs: Vec<FoundRun>,
    /// If the search stopped at its bound, the id of the last run that was examined. Runs below it
    /// may match too.
    pub examined_to: Option<uuid::Uuid>,
}

/// The next runs below a key that match a [checked](Filter::checked) filter. The caller has
/// authorized.
pub(crate) async fn find_below(
    ctx: &Ctx,
    filter: &Filter,
    window: &crate::paging::Window,
) -> Result<FoundRuns> {
    let found = repo::find(&in_full(ctx), filter, window).await?;
    let runs = found.rows.into_iter().map(Run::from);
    let mut runs: Vec<FoundRun> = runs
        .map(|run| FoundRun {
            id: run.id,
            pipeline: run.pipeline,
            environment: run.environment,
        })
        .collect();
    runs.sort_unstable_by_key(|run| std::cmp::Reverse(run.id));
    Ok(FoundRuns {
        runs,
        examined_to: found.examined_to,
    })
}

/// A context for what reads the runs of the whole organization, whatever its caller may read: the runs that a
/// caller changes who may change all of them, and a feed, which has listeners of different rights.
fn in_full(ctx: &Ctx) -> Ctx {
    Ctx {
        rights: PermissionSet::from_iter([Permission::RunRead]).into(),
        ..ctx.clone()
    }
}

/// How many runs below a key match a [checked](Filter::checked) filter. The caller has authorized.
pub(crate) async fn count_below(ctx: &Ctx, filter: &Filter, below: uuid::Uuid) -> Result<i64> {
    Ok(repo::count_below(ctx, filter, below).await?)
}

/// One run.
pub async fn get(ctx: &Ctx, id: RunId) -> Result<Run> {
    seen::some(ctx).await?;
    let found = repo::by_ids(ctx, &[id.0]).await?;
    let found = found.into_iter().map(Run::from).collect();
    match seen::those(ctx, found).await?.pop() {
        Some(run) => Ok(run),
        None => Err(seen::absent(ctx).await),
    }
}

/// The runs with these ids that exist and that the caller may read, in no order.
pub async fn get_many(ctx: &Ctx, ids: &[RunId]) -> Result<Vec<Run>> {
    seen::some(ctx).await?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
    let found = repo::by_ids(ctx, &ids).await?;
    seen::those(ctx, found.into_iter().map(Run::from).collect()).await
}

/// A run's input and, once it succeeded, its output.
#[derive(Clone, Debug, PartialEq)]
pub struct Values {
    /// The run that the values belong to.
    pub run: RunId,
    /// The input.
    pub input: Content,
    /// The output; `None` unless the run succeeded.
    pub output: Option<Content>,
}

/// The inputs and outputs of the runs with these ids that the caller may read, in no order. `None` if they
/// together exceed `room` bytes; they are not read then.
pub async fn values(ctx: &Ctx, ids: &[RunId], room: usize) -> Result<Option<Vec<Values>>> {
    seen::some(ctx).await?;
    let ids: Vec<_> = match ctx.reads_all(Permission::RunRead) {
        true => ids.iter().map(|id| id.0).collect(),
        // Those that may not be read do not even count for the limit.
        false => {
            let seen = get_many(ctx, ids).await?;
            seen.into_iter().map(|run| run.id.0).collect()
        }
    };
    if ids.is_empty() {
        return Ok(Some(Vec::new()));
    }
    let Some(rows) = repo::values(ctx, &ids, room).await? else {
        return Ok(None);
    };
    rows.into_iter()
        .map(|row| {
            Ok(Values {
                run: RunId(row.id),
                input: Content::row_value(&row.input)?,
                output: row.output.as_deref().map(Content::row_value).transpose()?,
            })
        })
        .collect::<Result<_>>()
        .map(Some)
}

/// The changes of runs, for all listeners of an organization.
pub struct Feed {
    /// The changes of all runs of the organization. Messages are hints: after
    /// [`crate::live::Message::Lagged`], read the list to find missed changes.
    pub changes: Subscription,
    /// A context that reads all runs of the organization. What is read with it may be shown to a listener
    /// only if [`is_in_feed`] says so.
    pub reader: Ctx,
}

/// Subscribes to the changes of all runs of the organization, for whoever may read some of them.
pub async fn feed(ctx: &Ctx) -> Result<Feed> {
    ctx.authorize_anywhere(Permission::RunRead).await?;
    Ok(Feed {
        changes: ctx.app.live().subscribe(Topic::Org(ctx.org)),
        reader: in_full(ctx),
    })
}

/// Whether a feed shows a listener the runs of a pipeline, and for how long that holds; `None`: as long as
/// the listener has its rights.
pub async fn is_in_feed(ctx: &Ctx, pipeline: PipelineId) -> Result<(bool, Option<Duration>)> {
    if ctx.reads_all(Permission::RunRead) {
        return Ok((true, None));
    }
    let shown = ctx.can_read(Permission::RunRead, pipeline).await?;
    Ok((shown, Some(FEED_RIGHTS)))
}

/// How long a feed goes on showing or hiding the runs of a pipeline that was moved.
const FEED_RIGHTS: Duration = Duration::from_secs(5);

/// The run that was started with an idempotency key, for a use case that has authorized.
pub(crate) async fn started_with(ctx: &Ctx, key: &str) -> Result<Option<Run>> {
    Ok(repo::by_key(ctx, key).await?.map(Run::from))
}

/// Whether the caller may read the run with this id, if it exists. Whoever can read no run is refused. Queries
/// the database only for whoever may not read all runs.
pub(crate) async fn can_read(ctx: &Ctx, id: RunId) -> Result<bool> {
    seen::some(ctx).await?;
    if ctx.reads_all(Permission::RunRead) {
        return Ok(true);
    }
    Ok(!get_many(ctx, &[id]).await?.is_empty())
}

/// Reads a run for a use case that has authorized.
async fn find(ctx: &Ctx, id: RunId) -> Result<Run> {
    let row = repo::by_ids(ctx, &[id.0]).await?.pop();
    Ok(row.ok_or(RunError::NotFound)?.into())
}
