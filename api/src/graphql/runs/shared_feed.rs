//! The common part of the feeds: one reader for each organization, however many clients listen.
//!
//! The first listener of an organization starts its reader, and the last one ends it. Rows are
//! stored once, and each listener keeps its position in them, so a listener whose socket blocks for
//! a while costs nothing and loses nothing. Each feed defines what its reader looks up.

mod changes;

use std::{
    collections::HashMap,
    panic::AssertUnwindSafe,
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
    },
};

use futures::FutureExt;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use types::OrgId;

use changes::Changes;
pub use changes::Row;

/// The feeds of one kind of row in this process.
pub struct Feeds<T: Row>(Mutex<HashMap<OrgId, Weak<Feed<T>>>>);

impl<T: Row> Default for Feeds<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

/// The feed of one organization.
struct Feed<T: Row> {
    shared: Arc<Shared<T>>,
    end: CancellationToken,
}

impl<T: Row> Drop for Feed<T> {
    fn drop(&mut self) {
        self.end.cancel();
    }
}

/// The state that the reader and the listeners share.
struct Shared<T: Row> {
    changes: Mutex<Changes<T>>,
    more: Notify,
    /// Whether the reader has ended, after which there are no more rows.
    has_ended: AtomicBool,
}

/// The reader's end of a feed.
pub struct FeedSender<T: Row>(Arc<Shared<T>>);

/// A listener's end of a feed. The reader runs as long as there is a listener.
pub struct FeedReceiver<T: Row> {
    feed: Arc<Feed<T>>,
    /// The number of the last change that was read.
    read: u64,
}

impl<T: Row> Feeds<T> {
    /// Adds a listener to an organization's rows. The first listener starts `reader`, which runs
    /// until the last listener is dropped.
    pub fn join<R>(&self, org: OrgId, reader: impl FnOnce(FeedSender<T>) -> R) -> FeedReceiver<T>
    where
        R: Future<Output = ()> + Send + 'static,
    {
        let mut open = self.0.lock();
        let feed = open.get(&org).and_then(Weak::upgrade);
        let feed = feed.filter(|feed| !feed.shared.has_ended.load(Ordering::Acquire));
        let feed = feed.unwrap_or_else(|| {
            open.retain(|_, feed| feed.strong_count() > 0);
            let feed = Arc::new(Feed {
                shared: Arc::new(Shared {
                    changes: Mutex::default(),
                    more: Notify::new(),
                    has_ended: AtomicBool::new(false),
                }),
                end: CancellationToken::new(),
            });
            let reader = AssertUnwindSafe(reader(FeedSender(feed.shared.clone())));
            let (end, shared) = (feed.end.clone(), feed.shared.clone());
            tokio::spawn(async move {
                if let Some(Err(_)) = end.run_until_cancelled(reader.catch_unwind()).await {
                    tracing::error!(%org, "the reader of a feed panicked; its listeners end");
                }
                shared.has_ended.store(true, Ordering::Release);
                shared.more.notify_waiters();
            });
            open.insert(org, Arc::downgrade(&feed));
            feed
        });
        let read = feed.shared.changes.lock().last();
        FeedReceiver { feed, read }
    }
}

impl<T: Row> FeedSender<T> {
    /// Publishes rows to all listeners.
    pub fn send(&self, rows: &[T]) {
        if rows.is_empty() {
            return;
        }
        let mut changes = self.0.changes.lock();
        rows.iter().for_each(|row| changes.push(row));
        drop(changes);
        self.0.more.notify_waiters();
    }
}

impl<T: Row> FeedReceiver<T> {
    /// Waits until there is a row to read. `false` if the reader has ended and all rows were read;
    /// a new listener then starts a new reader.
    pub async fn ready(&self) -> bool {
        loop {
            // Created before the check, so that a row that arrives in between wakes it.
            let more = self.feed.shared.more.notified();
            if self.feed.shared.changes.lock().last() != self.read {
                return true;
            }
            if self.feed.shared.has_ended.load(Ordering::Acquire) {
                return false;
            }
            more.await;
        }
    }

    /// The next row. `None` if the reader has ended; a new listener then starts a new reader.
    pub async fn recv(&mut self) -> Option<T> {
        while self.ready().await {
            let next = self.feed.shared.changes.lock().after(self.read);
            if let Some((number, row)) = next {
                self.read = number;
                return Some(row);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use uuid::Uuid;

    use super::*;

    #[tokio::test]
    async fn a_listener_that_pauses_loses_nothing_and_the_last_one_ends_the_reader() {
        let feeds = Feeds::<(u32, u32)>::default();
        let org = OrgId(Uuid::nil());
        let running = Arc::new(());
        let held = running.clone();
        let mut slow = feeds.join(org, |sender| async move {
            let _held = held;
            for row in 0..5_000 {
                sender.send(&[(row, 0)]);
                tokio::task::yield_now().await;
            }
            std::future::pending().await
        });
        let mut quick = feeds.join(org, |_| async { panic!("one reader is enough") });
        for row in 0..5_000 {
            assert_eq!(quick.recv().await.unwrap().0, row);
        }
        for row in 0..5_000 {
            assert_eq!(slow.recv().await.unwrap().0, row);
        }
        assert!(slow.ready().now_or_never().is_none());
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

    #[tokio::test]
    async fn listeners_of_a_reader_that_panics_end_and_the_next_one_gets_a_new_reader() {
        let feeds = Feeds::<(u32, u32)>::default();
        let org = OrgId(Uuid::nil());
        let mut old = feeds.join(org, |sender| async move {
            sender.send(&[(1, 0)]);
            tokio::task::yield_now().await;
            panic!("a bug");
        });
        assert_eq!(old.recv().await, Some((1, 0)));
        assert_eq!(old.recv().await, None);
        let mut new = feeds.join(org, |sender| async move {
            sender.send(&[(2, 0)]);
            std::future::pending().await
        });
        assert_eq!(new.recv().await, Some((2, 0)));
    }
}
