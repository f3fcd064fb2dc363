//! Watching runs.

use std::collections::{HashMap, VecDeque};

use async_graphql::{Context, ID, Subscription};
use domain::{
    Ctx,
    host::stream,
    live::{self, Message, RunChanged},
    paging::Page,
    runs,
};
use futures::{
    StreamExt,
    stream::{BoxStream, unfold},
};
use types::{ErrorCode, RunId};

use super::{
    super::{caller, ids},
    Run,
    event::RunEventMessage,
};
use crate::error::ApiError;

/// Messages of the feed that are looked up together.
const TOGETHER: usize = 100;

/// What can be watched of runs.
#[derive(Default)]
pub struct RunSubscription;

#[Subscription]
impl RunSubscription {
    /// Events of one run after a journal position (0 = from the start), then live; ends with the
    /// run.
    async fn run_events(
        &self,
        ctx: &Context<'_>,
        run_id: ID,
        #[graphql(default)] after: i32,
    ) -> Result<BoxStream<'static, Result<RunEventMessage, ApiError>>, ApiError> {
        let ctx = caller(ctx)?;
        let after = u64::try_from(after).map_err(|_| {
            ApiError::new(
                ErrorCode::InvalidInput,
                "after: is negative; positions begin at 0",
            )
        })?;
        let events = stream::events(ctx, ids::read(&run_id), after).await?;
        Ok(events
            .map(|item| item.map_err(ApiError::from)?.try_into())
            .boxed())
    }

    /// One message for each change of state of any run of the organization.
    async fn run_feed(
        &self,
        ctx: &Context<'_>,
    ) -> Result<BoxStream<'static, Result<Run, ApiError>>, ApiError> {
        let ctx = caller(ctx)?;
        let feed = Feed {
            live: runs::feed(ctx).await?,
            ctx: ctx.clone(),
            ready: VecDeque::new(),
        };
        let runs = unfold(feed, |mut feed| async move {
            let next = feed.next().await;
            Some((next, feed))
        });
        Ok(runs.boxed())
    }
}

/// Changes as they are told, each with the run's row, read many at a time.
struct Feed {
    ctx: Ctx,
    live: live::Subscription,
    ready: VecDeque<runs::Run>,
}

impl Feed {
    async fn next(&mut self) -> Result<Run, ApiError> {
        loop {
            if let Some(run) = self.ready.pop_front() {
                return Ok(Run(run));
            }
            let mut changes = Vec::new();
            let mut lagged = false;
            let mut message = Some(self.live.next().await);
            while let Some(told) = message {
                match told {
                    Message::RunChanged(change) => changes.push(change),
                    Message::Lagged => lagged = true,
                    _ => {}
                }
                message = if changes.len() < TOGETHER {
                    self.live.try_next()
                } else {
                    None
                };
            }
            if lagged {
                // What was missed is unknown: the newest runs are told as they are now.
                let page = Page {
                    first: Some(100),
                    after: None,
                };
                let newest = runs::list(&self.ctx, &page, &runs::Filter::default()).await?;
                self.ready
                    .extend(newest.edges.into_iter().rev().map(|(_, run)| run));
            }
            self.look_up(changes).await?;
        }
    }

    async fn look_up(&mut self, changes: Vec<RunChanged>) -> Result<(), ApiError> {
        let mut ids: Vec<RunId> = changes.iter().map(|change| change.run).collect();
        ids.sort_unstable();
        ids.dedup();
        let rows = runs::get_many(&self.ctx, &ids).await?;
        let rows: HashMap<RunId, runs::Run> = rows.into_iter().map(|run| (run.id, run)).collect();
        for change in changes {
            if let Some(row) = rows.get(&change.run) {
                self.ready.push_back(as_told(row.clone(), &change));
            }
        }
        Ok(())
    }
}

/// The run at the moment of the change: the row may be further already.
fn as_told(mut run: runs::Run, change: &RunChanged) -> runs::Run {
    let Some(status) = runs::RunStatus::parse(&change.status) else {
        return run;
    };
    if !status.is_finished() && run.status != status {
        run.error = None;
        run.finished_at = None;
    }
    run.status = status;
    run.stages_done = i32::try_from(change.stages_done).unwrap_or(i32::MAX);
    run.last_seq = i64::try_from(change.last_seq).unwrap_or(i64::MAX);
    run
}
