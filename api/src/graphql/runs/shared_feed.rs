//! One reader for each organization, however many listen: the part that the feeds have in common.
//!
//! The first listener of an organization starts its reader, and the last one ends it. What the
//! reader looks up, and in which order and pace it arrives, is each feed's own.

use std::{
    collections::HashMap,
    sync::{Arc, Weak},
};

use parking_lot::Mutex;
use tokio::sync::{Notify, broadcast};
use tokio_util::sync::CancellationToken;
use types::OrgId;

/// Look-ups that a listener may be behind before it loses some.
const BEHIND: usize = 64;

/// The rows of one look-up.
pub type Rows<T> = Arc<Vec<T>>;

/// The feeds of one kind of row in this process.
pub struct Feeds<T>(Mutex<HashMap<OrgId, Weak<Feed<T>>>>);

/// One organization's.
struct Feed<T> {
    rows: broadcast::Sender<Rows<T>>,
    missed: Arc<Notify>,
    end: CancellationToken,
}

/// Where a reader puts its rows.
pub struct Outlet<T> {
    rows: broadcast::Sender<Rows<T>>,
    missed: Arc<Notify>,
}

/// Where a listener takes them. The feed lasts as long as any of these.
pub struct Inlet<T> {
    rows: broadcast::Receiver<Rows<T>>,
    feed: Arc<Feed<T>>,
}

impl<T> Default for Feeds<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Drop for Feed<T> {
    fn drop(&mut self) {
        self.end.cancel();
    }
}

impl<T: Send + Sync + 'static> Feeds<T> {
    /// Listens to an organization's rows. `reader` is started if nobody listens to them yet, and
    /// runs until nobody does.
    pub fn join<R>(&self, org: OrgId, reader: impl FnOnce(Outlet<T>) -> R) -> Inlet<T>
    where
        R: Future<Output = ()> + Send + 'static,
    {
        let mut open = self.0.lock();
        if let Some(feed) = open.get(&org).and_then(Weak::upgrade) {
            return feed.inlet();
        }
        open.retain(|_, feed| feed.strong_count() > 0);
        let feed = Arc::new(Feed {
            rows: broadcast::channel(BEHIND).0,
            missed: Arc::default(),
            end: CancellationToken::new(),
        });
        let reader = reader(Outlet {
            rows: feed.rows.clone(),
            missed: feed.missed.clone(),
        });
        let end = feed.end.clone();
        tokio::spawn(async move {
            let _ = end.run_until_cancelled(reader).await;
        });
        open.insert(org, Arc::downgrade(&feed));
        feed.inlet()
    }
}

impl<T> Feed<T> {
    fn inlet(self: Arc<Self>) -> Inlet<T> {
        Inlet {
            rows: self.rows.subscribe(),
            feed: self,
        }
    }
}

impl<T> Outlet<T> {
    /// Tells rows to all who listen.
    pub fn send(&self, rows: Vec<T>) {
        // An error says that nobody listens any more.
        let _ = self.rows.send(Arc::new(rows));
    }

    /// Resolves when a listener has lost rows and needs the newest ones.
    pub async fn missed(&self) {
        self.missed.notified().await;
    }
}

impl<T> Inlet<T> {
    /// The rows of the next look-up; `None` when some were lost, which the reader is told.
    pub async fn recv(&mut self) -> Option<Rows<T>> {
        let rows = self.rows.recv().await;
        // Closed cannot happen while `feed` holds the sender.
        rows.inspect_err(|_| self.feed.missed.notify_one()).ok()
    }

    /// The same of a look-up that is there already; `None` when there is none.
    pub fn try_recv(&mut self) -> Option<Rows<T>> {
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
