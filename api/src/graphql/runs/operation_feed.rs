//! The feed of an organization's run operations. Each change is read once, however many clients
//! listen.
//!
//! It works like `feed`, without a rate limit, since operations change only a few times per second.
//! Running operations are also polled, since there is no message when an operation's job fails for
//! good.

use std::{collections::HashMap, time::Duration};

use domain::{
    Ctx,
    live::{self, Message},
    paging::Page,
    run_operations::{self, OperationStatus, RunOperation},
};
use tokio::time::{MissedTickBehavior, interval, sleep};
use types::RunOperationId;

use super::shared_feed::{FeedReceiver, FeedSender, Feeds, Row};
use crate::error::ApiError;

/// The maximum number of changes that are looked up in one statement.
const TOGETHER: usize = 50;
/// The minimum time between two look-ups of one organization.
const PAUSE: Duration = Duration::from_millis(100);
/// How often running operations are polled.
const LOOK: Duration = Duration::from_secs(5);

/// The operation feeds of this process.
#[derive(Default)]
pub struct OperationFeeds(Feeds<RunOperation>);

impl OperationFeeds {
    /// Adds a listener. Requires the permission to read runs.
    pub async fn join(&self, ctx: &Ctx) -> Result<Listener, ApiError> {
        // Authorizes; only the first listener's subscription is used.
        let messages = run_operations::feed(ctx).await?;
        let rows = self.0.join(ctx.org, |sender| {
            let reader = Reader {
                // The rows are the organization's and do not depend on whose context reads them.
                ctx: ctx.clone(),
                messages,
                sender,
                at_work: HashMap::new(),
            };
            reader.run()
        });
        Ok(Listener(rows))
    }
}

/// Reads changed operations for all listeners of an organization.
struct Reader {
    ctx: Ctx,
    messages: live::Subscription,
    sender: FeedSender<RunOperation>,
    /// Operations that have not ended, in the state in which they were last sent.
    at_work: HashMap<RunOperationId, RunOperation>,
}

impl Reader {
    async fn run(mut self) {
        let mut gap = false;
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let mut ids = Vec::new();
            tokio::select! {
                message = self.messages.next() => gap |= collect(message, &mut ids),
                _ = look.tick(), if gap || !self.at_work.is_empty() => {
                    ids.extend(self.at_work.keys());
                }
            }
            while ids.len() < TOGETHER
                && let Some(message) = self.messages.try_next()
            {
                gap |= collect(message, &mut ids);
            }
            match self.look_up(ids, gap).await {
                Ok(rows) => {
                    gap = false;
                    self.sender.send(&rows);
                    sleep(PAUSE).await;
                }
                Err(error) => {
                    tracing::warn!(error = %error.message, "changed operations could not be read");
                    gap = true;
                    sleep(Duration::from_secs(1)).await;
                }
            }
        }
    }

    /// Those of the operations that have changed, and, after a gap, the newest ones.
    async fn look_up(
        &mut self,
        mut ids: Vec<RunOperationId>,
        gap: bool,
    ) -> domain::Result<Vec<RunOperation>> {
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
        for ids in ids.chunks(TOGETHER) {
            found.extend(run_operations::get_many(&self.ctx, ids).await?);
        }
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

/// Adds a changed operation to `ids`. Returns whether messages were lost.
fn collect(message: Message, ids: &mut Vec<RunOperationId>) -> bool {
    match message {
        Message::OperationChanged { operation, .. } => ids.push(operation),
        Message::Lagged => return true,
        _ => {}
    }
    false
}

impl Row for RunOperation {
    type Id = RunOperationId;

    fn id(&self) -> RunOperationId {
        self.id
    }
}

/// A listener to the feed.
pub struct Listener(FeedReceiver<RunOperation>);

impl Listener {
    /// The next changed operation, in its state at that time or later. `None` if the feed was
    /// interrupted.
    pub async fn next(&mut self) -> Option<RunOperation> {
        self.0.recv().await
    }
}
