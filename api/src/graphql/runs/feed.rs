//! The feed of an organization's runs: one look-up for each change, however many listen.
//!
//! The first listener of an organization starts a task that reads changed rows, many at a time,
//! and hands them to all listeners; it ends with the last one. Rows leave at a pace, so that
//! thousands of listeners slow each other down and not the runs. Who falls behind gets the latest
//! state of each run rather than each step, so that nobody who waits for a run's end misses it.
//! Only who is behind by more than the process can keep, and everybody after a gap in the messages,
//! gets the newest runs as they are then.

mod backlog;
mod order;
mod pace;

use std::{
    collections::HashMap,
    sync::{Arc, Weak, atomic::AtomicUsize},
    time::Duration,
};

use domain::{
    Ctx,
    live::{self, Message, RunChanged},
    paging::Page,
    runs::{self, Run},
};
use parking_lot::Mutex;
use tokio::{
    sync::{Notify, broadcast},
    time::sleep,
};
use tokio_util::sync::CancellationToken;
use types::{OrgId, RunId};
use uuid::Uuid;

use self::{backlog::Backlog, order::Order, pace::Pace};
use crate::error::ApiError;

/// Changes that are taken together: as many as there are, since a reader that falls behind the
/// messages loses some.
const TOGETHER: usize = 2_000;
/// Runs that are looked up in one statement.
const LOOKED_UP: usize = 500;
/// The pause after a look-up grows with what it found, up to this: few changes are told at once,
/// and many are taken together.
const PAUSE: Duration = Duration::from_millis(10);
/// Changes in one look-up from which on the pause is whole.
const MANY: u32 = 20;
/// Look-ups that a listener may be behind before it loses some.
const BEHIND: usize = 64;
/// Pages of the newest runs that are told after a gap.
const PAGES_AFTER_A_GAP: usize = 10;
/// Rows per second for all listeners of one caller, and for those of the whole process.
const CALLER_PACE: u32 = 4_000;
const ALL_PACE: u32 = 6_000;

type Rows = Arc<Vec<Arc<Run>>>;

/// The feeds of this process.
pub struct Feeds {
    open: Mutex<HashMap<OrgId, Weak<Feed>>>,
    callers: Mutex<HashMap<Uuid, Weak<Pace>>>,
    pace: Arc<Pace>,
    /// Rows that listeners keep beyond what each has room for.
    kept: Arc<AtomicUsize>,
}

/// One organization's.
struct Feed {
    rows: broadcast::Sender<Rows>,
    /// Somebody missed rows: tell the newest.
    missed: Arc<Notify>,
    end: CancellationToken,
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.end.cancel();
    }
}

impl Default for Feeds {
    fn default() -> Self {
        Self {
            open: Mutex::default(),
            callers: Mutex::default(),
            pace: Arc::new(Pace::new(ALL_PACE)),
            kept: Arc::default(),
        }
    }
}

impl Feeds {
    /// Listens for somebody who may read runs.
    pub async fn join(&self, ctx: &Ctx) -> Result<Listener, ApiError> {
        // Authorizes; only the first listener's subscription is used.
        let told = runs::feed(ctx).await?;
        let feed = {
            let mut open = self.open.lock();
            match open.get(&ctx.org).and_then(Weak::upgrade) {
                Some(feed) => feed,
                None => {
                    open.retain(|_, feed| feed.strong_count() > 0);
                    let feed = start(ctx, told);
                    open.insert(ctx.org, Arc::downgrade(&feed));
                    feed
                }
            }
        };
        Ok(Listener {
            rows: feed.rows.subscribe(),
            feed,
            ready: Backlog::new(self.kept.clone()),
            caller: self.pace_of(ctx),
            all: self.pace.clone(),
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

fn start(ctx: &Ctx, told: live::Subscription) -> Arc<Feed> {
    let feed = Arc::new(Feed {
        rows: broadcast::channel(BEHIND).0,
        missed: Arc::default(),
        end: CancellationToken::new(),
    });
    let reader = Reader {
        // The rows are the organization's; whose context reads them does not matter to a row.
        ctx: ctx.clone(),
        told,
        rows: feed.rows.clone(),
        missed: feed.missed.clone(),
        order: Order::default(),
    };
    let end = feed.end.clone();
    tokio::spawn(async move {
        let _ = end.run_until_cancelled(reader.run()).await;
    });
    feed
}

/// Reads what changed, for all listeners of an organization.
struct Reader {
    ctx: Ctx,
    told: live::Subscription,
    rows: broadcast::Sender<Rows>,
    missed: Arc<Notify>,
    order: Order,
}

impl Reader {
    async fn run(mut self) {
        let mut gap = false;
        // Kept until they are told, since what was an error may pass.
        let mut changes = Vec::new();
        loop {
            if !gap && changes.is_empty() {
                tokio::select! {
                    message = self.told.next() => gap |= note(message, &mut changes),
                    () = self.missed.notified() => gap = true,
                }
            }
            while changes.len() < TOGETHER
                && let Some(message) = self.told.try_next()
            {
                gap |= note(message, &mut changes);
            }
            match self.look_up(&changes, gap).await {
                Ok(rows) => {
                    let share = u32::try_from(changes.len()).unwrap_or(MANY).min(MANY);
                    gap = false;
                    changes.clear();
                    // An error says that nobody listens any more.
                    let _ = self.rows.send(Arc::new(rows));
                    sleep(PAUSE * share / MANY).await;
                }
                Err(error) => {
                    tracing::warn!(error = %error.message, "changed runs could not be read");
                    gap = true;
                    sleep(Duration::from_secs(1)).await;
                }
            }
        }
    }

    async fn look_up(
        &mut self,
        changes: &[RunChanged],
        gap: bool,
    ) -> domain::Result<Vec<Arc<Run>>> {
        let mut found = Vec::new();
        if gap {
            // What was missed is unknown: the newest runs are told as they are now.
            found = self.newest().await?;
        }
        let mut ids: Vec<RunId> = changes.iter().map(|change| change.run).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut rows: HashMap<RunId, Run> = HashMap::with_capacity(ids.len());
        for ids in ids.chunks(LOOKED_UP) {
            let found = runs::get_many(&self.ctx, ids).await?;
            rows.extend(found.into_iter().map(|run| (run.id, run)));
        }
        for change in changes {
            if let Some(row) = rows.get(&change.run)
                && self.order.is_news(change)
            {
                found.push(Arc::new(as_told(row.clone(), change)));
            }
        }
        Ok(found)
    }
}

impl Reader {
    /// The newest runs, the oldest of them first.
    async fn newest(&self) -> domain::Result<Vec<Arc<Run>>> {
        let mut found = Vec::new();
        let mut after = None;
        for _ in 0..PAGES_AFTER_A_GAP {
            let page = Page {
                first: Some(100),
                after,
            };
            let newest = runs::list(&self.ctx, &page, &runs::Filter::default()).await?;
            after = newest.edges.last().map(|(cursor, _)| cursor.to_string());
            found.extend(newest.edges.into_iter().map(|(_, run)| Arc::new(run)));
            if !newest.has_next {
                break;
            }
        }
        found.reverse();
        Ok(found)
    }
}

/// Keeps a change; whether the message says that some were lost.
fn note(message: Message, changes: &mut Vec<RunChanged>) -> bool {
    match message {
        Message::RunChanged(change) => changes.push(change),
        Message::Lagged => return true,
        _ => {}
    }
    false
}

/// Somebody who listens.
pub struct Listener {
    rows: broadcast::Receiver<Rows>,
    feed: Arc<Feed>,
    ready: Backlog,
    caller: Arc<Pace>,
    all: Arc<Pace>,
}

impl Listener {
    /// The next run that changed, as it was then or later.
    pub async fn next(&mut self) -> Run {
        loop {
            if !self.ready.is_empty() {
                // What comes while this one waits for its turn may replace it.
                self.caller.turn().await;
                self.all.turn().await;
            }
            while let Some(rows) = self.try_rows() {
                self.ready.keep(&rows);
            }
            if let Some(run) = self.ready.pop() {
                return Run::clone(&run);
            }
            match self.rows.recv().await {
                Ok(rows) => self.ready.keep(&rows),
                // Closed cannot happen while `feed` holds the sender.
                Err(_) => self.feed.missed.notify_one(),
            }
        }
    }

    fn try_rows(&mut self) -> Option<Rows> {
        match self.rows.try_recv() {
            Ok(rows) => Some(rows),
            Err(broadcast::error::TryRecvError::Lagged(_)) => {
                self.feed.missed.notify_one();
                Some(Rows::default())
            }
            Err(_) => None,
        }
    }
}

/// The run at the moment of the change: the row may be further already.
fn as_told(mut run: Run, change: &RunChanged) -> Run {
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
