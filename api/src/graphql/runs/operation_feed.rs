//! The feed of an organization's run operations: one look-up for each change, however many listen.
//!
//! As `feed`, for what changes some times a second at most, so nothing is paced. Operations at work
//! are also looked at now and then, since nobody tells when an operation's job fails for good.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Weak},
    time::Duration,
};

use domain::{
    Ctx,
    live::{self, Message},
    paging::Page,
    run_operations::{self, Operation, OperationStatus},
};
use parking_lot::Mutex;
use tokio::{
    sync::{Notify, broadcast},
    time::sleep,
};
use tokio_util::sync::CancellationToken;
use types::{OrgId, RunOperationId};

use crate::error::ApiError;

/// Changes that are looked up together.
const TOGETHER: usize = 50;
/// Least time between two look-ups of one organization.
const BREATH: Duration = Duration::from_millis(100);
/// How often operations at work are looked at.
const LOOK: Duration = Duration::from_secs(5);
/// Look-ups that a listener may be behind before it loses some.
const BEHIND: usize = 64;

type Rows = Arc<Vec<Operation>>;

/// The feeds of this process.
#[derive(Default)]
pub struct OperationFeeds(Mutex<HashMap<OrgId, Weak<Feed>>>);

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

impl OperationFeeds {
    /// Listens for somebody who may read runs.
    pub async fn join(&self, ctx: &Ctx) -> Result<Listener, ApiError> {
        // Authorizes; only the first listener's subscription is used.
        let told = run_operations::feed(ctx).await?;
        let mut open = self.0.lock();
        let feed = match open.get(&ctx.org).and_then(Weak::upgrade) {
            Some(feed) => feed,
            None => {
                open.retain(|_, feed| feed.strong_count() > 0);
                let feed = start(ctx, told);
                open.insert(ctx.org, Arc::downgrade(&feed));
                feed
            }
        };
        Ok(Listener {
            rows: feed.rows.subscribe(),
            feed,
            ready: VecDeque::new(),
        })
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
        at_work: HashMap::new(),
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
    /// Operations that have not ended, as they were told last.
    at_work: HashMap<RunOperationId, Operation>,
}

impl Reader {
    async fn run(mut self) {
        let mut gap = false;
        loop {
            let mut ids = Vec::new();
            tokio::select! {
                message = self.told.next() => gap |= note(message, &mut ids),
                () = self.missed.notified() => gap = true,
                () = sleep(LOOK), if gap || !self.at_work.is_empty() => {
                    ids.extend(self.at_work.keys().copied().take(TOGETHER));
                }
            }
            while ids.len() < TOGETHER
                && let Some(message) = self.told.try_next()
            {
                gap |= note(message, &mut ids);
            }
            match self.look_up(ids, gap).await {
                Ok(rows) => {
                    gap = false;
                    if !rows.is_empty() {
                        // An error says that nobody listens any more.
                        let _ = self.rows.send(Arc::new(rows));
                    }
                    sleep(BREATH).await;
                }
                Err(error) => {
                    tracing::warn!(error = %error.message, "changed operations could not be read");
                    gap = true;
                    sleep(Duration::from_secs(1)).await;
                }
            }
        }
    }

    /// What is new of these, and after a gap of the newest ones.
    async fn look_up(
        &mut self,
        mut ids: Vec<RunOperationId>,
        gap: bool,
    ) -> domain::Result<Vec<Operation>> {
        let mut found = Vec::new();
        if gap {
            let newest = run_operations::list(&self.ctx, &Page::default()).await?;
            found.extend(
                newest
                    .edges
                    .into_iter()
                    .rev()
                    .map(|(_, operation)| operation),
            );
        }
        ids.sort_unstable();
        ids.dedup();
        ids.retain(|id| !found.iter().any(|operation| operation.id == *id));
        found.extend(run_operations::get_many(&self.ctx, &ids).await?);
        found.retain(|operation| gap || self.at_work.get(&operation.id) != Some(operation));
        for operation in &found {
            if operation.status == OperationStatus::Running {
                self.at_work.insert(operation.id, operation.clone());
            } else {
                self.at_work.remove(&operation.id);
            }
        }
        Ok(found)
    }
}

/// Keeps a change; whether the message says that some were lost.
fn note(message: Message, ids: &mut Vec<RunOperationId>) -> bool {
    match message {
        Message::OperationChanged { operation, .. } => ids.push(operation),
        Message::Lagged => return true,
        _ => {}
    }
    false
}

/// Somebody who listens.
pub struct Listener {
    rows: broadcast::Receiver<Rows>,
    feed: Arc<Feed>,
    ready: VecDeque<Operation>,
}

impl Listener {
    /// The next operation that changed, as it was then or later.
    pub async fn next(&mut self) -> Operation {
        loop {
            if let Some(operation) = self.ready.pop_front() {
                return operation;
            }
            match self.rows.recv().await {
                Ok(rows) => self.ready.extend(rows.iter().cloned()),
                // Closed cannot happen while `feed` holds the sender.
                Err(_) => self.feed.missed.notify_one(),
            }
        }
    }
}
