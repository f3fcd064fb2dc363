//! One reader for each organization, however many listen: the part that the feeds have in common.
//!
//! The first listener of an organization starts its reader, and the last one ends it. Each listener
//! has a backlog, which the reader fills: a listener whose socket takes nothing for a while loses
//! nothing by that. What the reader looks up, and what a backlog gives up when it grows, is each
//! feed's own.

use std::{
    collections::HashMap,
    sync::{Arc, Weak},
};

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use types::OrgId;

/// What a listener has not read yet.
pub trait Backlog: Send + 'static {
    /// A row.
    type Row;

    /// Adds rows that were looked up; of what is older it may keep less.
    fn keep(&mut self, rows: &[Self::Row]);

    /// The next row.
    fn pop(&mut self) -> Option<Self::Row>;

    /// Whether there is none.
    fn is_empty(&self) -> bool;
}

/// The feeds of one kind of row in this process.
pub struct Feeds<B>(Mutex<HashMap<OrgId, Weak<Feed<B>>>>);

impl<B> Default for Feeds<B> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

/// One organization's.
struct Feed<B> {
    listeners: Arc<Listeners<B>>,
    end: CancellationToken,
}

impl<B> Drop for Feed<B> {
    fn drop(&mut self) {
        self.end.cancel();
    }
}

struct Listeners<B>(Mutex<Vec<Weak<Shared<B>>>>);

/// What the reader and one listener share.
struct Shared<B> {
    backlog: Mutex<B>,
    filled: Notify,
}

/// Where a reader puts its rows.
pub struct FeedSender<B>(Arc<Listeners<B>>);

/// Where a listener takes them. The reader runs as long as there is any.
pub struct FeedReceiver<B> {
    shared: Arc<Shared<B>>,
    _feed: Arc<Feed<B>>,
}

impl<B: Backlog> Feeds<B> {
    /// Listens to an organization's rows. `reader` is started if nobody listens to them yet, and
    /// runs until nobody does.
    pub fn join<R>(
        &self,
        org: OrgId,
        backlog: B,
        reader: impl FnOnce(FeedSender<B>) -> R,
    ) -> FeedReceiver<B>
    where
        R: Future<Output = ()> + Send + 'static,
    {
        let mut open = self.0.lock();
        let feed = open.get(&org).and_then(Weak::upgrade);
        let feed = feed.unwrap_or_else(|| {
            open.retain(|_, feed| feed.strong_count() > 0);
            let feed = Arc::new(Feed {
                listeners: Arc::new(Listeners(Mutex::default())),
                end: CancellationToken::new(),
            });
            let reader = reader(FeedSender(feed.listeners.clone()));
            let end = feed.end.clone();
            tokio::spawn(async move {
                let _ = end.run_until_cancelled(reader).await;
            });
            open.insert(org, Arc::downgrade(&feed));
            feed
        });
        let shared = Arc::new(Shared {
            backlog: Mutex::new(backlog),
            filled: Notify::new(),
        });
        feed.listeners.0.lock().push(Arc::downgrade(&shared));
        FeedReceiver {
            shared,
            _feed: feed,
        }
    }
}

impl<B: Backlog> FeedSender<B> {
    /// Tells rows to all who listen.
    pub fn send(&self, rows: &[B::Row]) {
        if rows.is_empty() {
            return;
        }
        self.0.0.lock().retain(|listener| {
            let Some(listener) = listener.upgrade() else {
                return false;
            };
            listener.backlog.lock().keep(rows);
            listener.filled.notify_one();
            true
        });
    }
}

impl<B: Backlog> FeedReceiver<B> {
    /// Whether a row is there already.
    pub fn is_empty(&self) -> bool {
        self.shared.backlog.lock().is_empty()
    }

    /// The next row.
    pub async fn recv(&mut self) -> B::Row {
        loop {
            if let Some(row) = self.shared.backlog.lock().pop() {
                return row;
            }
            self.shared.filled.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::VecDeque, time::Duration};

    use uuid::Uuid;

    use super::*;

    impl Backlog for VecDeque<u32> {
        type Row = u32;

        fn keep(&mut self, rows: &[u32]) {
            self.extend(rows);
        }

        fn pop(&mut self) -> Option<u32> {
            self.pop_front()
        }

        fn is_empty(&self) -> bool {
            VecDeque::is_empty(self)
        }
    }

    #[tokio::test]
    async fn who_reads_nothing_for_long_loses_nothing_and_the_last_one_ends_the_reader() {
        let feeds = Feeds::<VecDeque<u32>>::default();
        let org = OrgId(Uuid::nil());
        let running = Arc::new(());
        let held = running.clone();
        let mut slow = feeds.join(org, VecDeque::new(), |sender| async move {
            let _held = held;
            for row in 0..1_000 {
                sender.send(&[row]);
                tokio::task::yield_now().await;
            }
            std::future::pending().await
        });
        let mut quick = feeds.join(org, VecDeque::new(), |_| async {
            panic!("one reader is enough")
        });
        for row in 0..1_000 {
            assert_eq!(quick.recv().await, row);
        }
        for row in 0..1_000 {
            assert_eq!(slow.recv().await, row);
        }
        drop(quick);
        assert_eq!(Arc::strong_count(&running), 2);
        drop(slow);
        for _ in 0..100 {
            tokio::time::sleep(Duration::from_millis(5)).await;
            if Arc::strong_count(&running) == 1 {
                return;
            }
        }
        panic!("the reader goes on");
    }
}
