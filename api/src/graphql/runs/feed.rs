//! The feed of an organization's runs. Each change is read once, however many clients listen.
//!
//! The first listener of an organization starts a task that reads changed rows in batches and
//! passes them to all listeners; the task ends with the last listener. The rate of rows is limited,
//! so that thousands of listeners slow each other down rather than the runs. A slow listener gets
//! the latest state of each run instead of each step, so that it does not miss the end of a run. It
//! loses the oldest rows only if it is behind by more than the process keeps.

mod order;
mod pace;
mod pending;

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Weak},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    Ctx,
    live::{self, RunChanged},
    paging::Page,
    runs::{self, Run},
};
use parking_lot::Mutex;
use tokio::time::{Instant, sleep, sleep_until};
use types::{PipelineId, RunId};
use uuid::Uuid;

use self::{order::Order, pace::Pace, pending::Pending};
use super::shared_feed::{FeedReceiver, FeedSender, Feeds, Row};
use crate::error::ApiError;

/// The maximum number of changes that are looked up together.
const TOGETHER: usize = 2_000;
/// The maximum number of runs that are looked up in one statement.
const LOOKED_UP: usize = 500;
/// The longest pause after a look-up. The pause grows with the number of changes, so that a few
/// changes are sent immediately and many are batched, which merges the changes of one run.
const PAUSE: Duration = Duration::from_millis(250);
/// The number of changes in one look-up from which the pause is longest, and the number of runs up to
/// which there is none.
const MANY: u32 = 100;
const FEW: usize = 2;
/// How long a look-up waits for the end of a run. Most runs that end soon are queued, begin and end
/// within this time, and one look-up then serves all of these changes.
const GATHER: Duration = Duration::from_millis(10);
/// The maximum number of pages of 100 newest runs that are read after a gap.
const PAGES_AFTER_A_GAP: usize = 100;
/// The minimum time between two look-ups after gaps.
const GAP_PAUSE: Duration = Duration::from_secs(1);
/// The maximum rows per second for all listeners of one caller, and for those of the whole process.
const CALLER_PACE: u32 = 2_000;
const ALL_PACE: u32 = 6_000;
/// With more listeners in the process than `MANY_LISTENERS`, a row counts as
/// `MANY_LISTENERS_TURNS` rows while changes arrive quickly: sending each change to so many
/// listeners would slow down the runs themselves.
const MANY_LISTENERS: usize = 32;
const MANY_LISTENERS_TURNS: u32 = 12;
/// By how much the clocks of two processes may differ.
const CLOCK_SKEW: TimeDelta = TimeDelta::seconds(5);
/// How many changes in one look-up count as a high load, and for how long.
const HIGH: u32 = 50;
const FAST: Duration = Duration::from_secs(1);

/// The run feeds of this process.
pub struct RunFeeds {
    feeds: Feeds<Arc<Run>>,
    callers: Mutex<HashMap<Uuid, Weak<Pace>>>,
    pace: Arc<Pace>,
    load: Arc<Load>,
}

/// Whether changes are arriving quickly at the moment.
#[derive(Default)]
struct Load(Mutex<Option<Instant>>);

impl Load {
    /// Records the number of changes that a look-up found.
    fn note(&self, changes: u32) {
        if changes >= HIGH {
            *self.0.lock() = Some(Instant::now());
        }
    }

    fn is_high(&self) -> bool {
        self.0.lock().is_some_and(|at| at.elapsed() < FAST)
    }
}

impl Row for Arc<Run> {
    type Id = RunId;

    fn id(&self) -> RunId {
        self.id
    }
}

impl Default for RunFeeds {
    fn default() -> Self {
        Self {
            feeds: Feeds::default(),
            callers: Mutex::default(),
            pace: Arc::new(Pace::new(ALL_PACE)),
            load: Arc::default(),
        }
    }
}

impl RunFeeds {
    /// Adds a listener. Requires the permission to read runs.
    pub async fn join(&self, ctx: &Ctx) -> Result<Listener, ApiError> {
        // Authorizes; only the first listener's subscription is used.
        let runs::Feed { changes, reader } = runs::feed(ctx).await?;
        let rows = self.feeds.join(ctx.org, |sender| {
            let reader = Reader {
                // The rows are all of the organization's; each listener drops those that it may not see.
                ctx: reader,
                sender,
                order: Order::default(),
                begun: ctx.clock().now() - CLOCK_SKEW,
                last_gap: None,
                load: self.load.clone(),
            };
            reader.run(changes)
        });
        Ok(Listener {
            ctx: ctx.clone(),
            shown: HashMap::new(),
            rows,
            caller: self.pace_of(ctx),
            all: self.pace.clone(),
            load: self.load.clone(),
        })
    }

    fn pace_of(&self, ctx: &Ctx) -> Arc<Pace> {
        let key = ctx.actor.id.unwrap_or(ctx.org.0);
        let mut callers = self.callers.lock();
        if let Some(pace) = callers.get(&key).and_then(Weak::upgrade) {
            return pace;
        }
        callers.retain(|_, pace| pace.strong_count() > 0);
        let pace = Arc::new(Pace::new(CALLER_PACE));
        callers.insert(key, Arc::downgrade(&pace));
        pace
    }
}

/// Reads changed runs for all listeners of an organization.
struct Reader {
    ctx: Ctx,
    sender: FeedSender<Arc<Run>>,
    order: Order,
    /// When the first listener came. Runs that ended earlier are not news to anybody.
    begun: DateTime<Utc>,
    /// When the newest runs were last looked up after a gap.
    last_gap: Option<Instant>,
    load: Arc<Load>,
}

impl Reader {
    async fn run(mut self, mut messages: live::Subscription) {
        let mut pending = Pending::default();
        loop {
            if pending.is_empty() {
                pending.push(messages.next().await);
            }
            while let Some(message) = messages.try_next() {
                pending.push(message);
            }
            gather(&mut messages, &mut pending).await;
            let gap_due = self
                .last_gap
                .map_or(Instant::now(), |last| last + GAP_PAUSE);
            if pending.gap && gap_due > Instant::now() && !pending.has_changes() {
                while_collecting(&mut messages, &mut pending, sleep_until(gap_due)).await;
                continue;
            }
            let gap = pending.gap && gap_due <= Instant::now();
            pending.gap &= !gap;
            let changes = pending.take(TOGETHER);
            let found =
                while_collecting(&mut messages, &mut pending, self.look_up(&changes, gap)).await;
            match found {
                Ok(rows) => {
                    self.sender.send(&rows);
                    let count = u32::try_from(changes.len()).unwrap_or(MANY).min(MANY);
                    self.load.note(count);
                    let runs: HashSet<RunId> = changes.iter().map(|change| change.run).collect();
                    if runs.len() > FEW {
                        let pause = sleep(PAUSE * count / MANY);
                        while_collecting(&mut messages, &mut pending, pause).await;
                    }
                }
                Err(error) => {
                    tracing::warn!(error = %error.message, "changed runs could not be read");
                    // The error may be temporary.
                    pending.put_back(changes);
                    pending.gap = true;
                    let pause = sleep(Duration::from_secs(1));
                    while_collecting(&mut messages, &mut pending, pause).await;
                }
            }
        }
    }

    async fn look_up(
        &mut self,
        changes: &[RunChanged],
        gap: bool,
    ) -> domain::Result<Vec<Arc<Run>>> {
        let mut ids: Vec<RunId> = changes.iter().map(|change| change.run).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut rows: HashMap<RunId, Run> = HashMap::with_capacity(ids.len());
        for ids in ids.chunks(LOOKED_UP) {
            let found = runs::get_many(&self.ctx, ids).await?;
            rows.extend(found.into_iter().map(|run| (run.id, run)));
        }
        // The code below marks runs as sent, so nothing may fail after it.
        let mut found = Vec::new();
        if gap {
            found = self.after_a_gap().await?;
            self.last_gap = Some(Instant::now());
        }
        for change in changes {
            if let Some(row) = rows.get(&change.run)
                && self.order.is_news(change)
            {
                found.push(Arc::new(as_of(row.clone(), change)));
            }
        }
        Ok(found)
    }

    /// After lost messages, returns the runs that had not ended when they were last sent, and the
    /// newest runs, in their current state and oldest first.
    async fn after_a_gap(&mut self) -> domain::Result<Vec<Arc<Run>>> {
        let is_first = self.order.is_empty();
        let open = self.order.open();
        let mut found = Vec::new();
        for ids in open.chunks(LOOKED_UP) {
            found.extend(runs::get_many(&self.ctx, ids).await?);
        }
        let mut after = None;
        for _ in 0..PAGES_AFTER_A_GAP {
            let page = Page {
                first: Some(100),
                after,
            };
            let newest = runs::list(&self.ctx, &page, &runs::Filter::default()).await?;
            after = newest.edges.last().map(|(cursor, _)| cursor.to_string());
            let known = newest.edges.iter().all(|(_, run)| self.order.knows(run.id));
            found.extend(newest.edges.into_iter().map(|(_, run)| run));
            // Older runs were sent when they started. Before the first gap, nothing was sent.
            if !newest.has_next || known || is_first {
                break;
            }
        }
        found.sort_unstable_by_key(|run| run.id);
        found.dedup_by_key(|run| run.id);
        for run in &found {
            self.order.sent(run);
        }
        // With Redis, a feed begins with a gap, for what happened until the subscription stood.
        found.retain(|run| run.finished_at.is_none_or(|at| at >= self.begun));
        Ok(found.into_iter().map(Arc::new).collect())
    }
}

/// Collects changes for a short time while no run has ended.
async fn gather(messages: &mut live::Subscription, pending: &mut Pending) {
    let until = Instant::now() + GATHER;
    while pending.has_no_end() {
        tokio::select! {
            biased;
            message = messages.next() => pending.push(message),
            () = sleep_until(until) => return,
        }
    }
}

/// Waits for `work` and collects the messages that arrive in the meantime, so that none is missed.
async fn while_collecting<T>(
    messages: &mut live::Subscription,
    pending: &mut Pending,
    work: impl Future<Output = T>,
) -> T {
    let mut work = std::pin::pin!(work);
    loop {
        tokio::select! {
            biased;
            done = &mut work => return done,
            message = messages.next() => pending.push(message),
        }
    }
}

/// A listener to the feed.
pub struct Listener {
    ctx: Ctx,
    /// For a listener that may not see all runs: whether it may see those of a pipeline, and until when that
    /// was found out. Empty for all others.
    shown: HashMap<PipelineId, (bool, Instant)>,
    rows: FeedReceiver<Arc<Run>>,
    caller: Arc<Pace>,
    all: Arc<Pace>,
    load: Arc<Load>,
}

impl Listener {
    /// The next changed run that the listener may see, in its state at that time or later. `None` if the feed
    /// was interrupted.
    pub async fn next(&mut self) -> Option<Run> {
        loop {
            let run = self.any().await?;
            match self.shows(run.pipeline).await {
                Ok(true) => return Some(Run::clone(&run)),
                Ok(false) => {}
                Err(error) => {
                    // Nothing is shown of which it is not known whether it may be.
                    tracing::warn!(error = %error.message, "a listener's rights could not be read");
                    return None;
                }
            }
        }
    }

    /// Whether the listener may see the runs of a pipeline.
    async fn shows(&mut self, pipeline: PipelineId) -> domain::Result<bool> {
        let now = Instant::now();
        if let Some((shown, until)) = self.shown.get(&pipeline)
            && now < *until
        {
            return Ok(*shown);
        }
        let (shown, holds) = runs::is_in_feed(&self.ctx, pipeline).await?;
        if let Some(holds) = holds {
            self.shown.retain(|_, (_, until)| now < *until);
            self.shown.insert(pipeline, (shown, now + holds));
        }
        Ok(shown)
    }

    /// The next changed run, whoever may see it.
    async fn any(&mut self) -> Option<Arc<Run>> {
        if !self.rows.ready().await {
            return None;
        }
        // A newer change that arrives during the wait may replace this one.
        self.caller.turns(1).await;
        // Each listener holds `all`, and so does the process.
        let is_crowd = Arc::strong_count(&self.all) > MANY_LISTENERS + 1;
        let turns = if is_crowd && self.load.is_high() {
            MANY_LISTENERS_TURNS
        } else {
            1
        };
        self.all.turns(turns).await;
        self.rows.recv().await
    }
}

/// The run at the time of the change; the row may already be newer.
fn as_of(mut run: Run, change: &RunChanged) -> Run {
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
