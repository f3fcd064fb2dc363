//! A cache of the principals of sessions, API keys and access tokens, kept for a few seconds.
//!
//! [`App::drop_right`] informs every process of a change of rights, so revocations take effect at
//! once. The few seconds limit the delay if such a message is lost, and where nobody sends one: at the
//! end of a grant that expires.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::RwLock;

use super::Principal;
use crate::{App, live::Right};

/// How long an entry is valid. Everything ends within five seconds, on open sockets too: their rights are
/// checked each second, and a check and the closing take a moment themselves.
const KEPT: Duration = Duration::from_millis(3_500);
/// The largest number of entries.
const MOST: usize = 20_000;

/// Principals by the hash of their secret.
#[derive(Default)]
pub struct AuthCache(Arc<RwLock<Inner>>);

#[derive(Default)]
struct Inner {
    known: HashMap<[u8; 32], (Instant, Arc<Principal>)>,
    /// The number of invalidations. A principal read before an invalidation must not be cached
    /// after it.
    age: u64,
}

/// The application's cache. [`App::drop_right`] removes entries from it.
pub fn of(app: &App) -> Arc<AuthCache> {
    app.state_or(|| {
        let cache = AuthCache::default();
        let inner = Arc::downgrade(&cache.0);
        app.on_dropped_rights(move |right| {
            if let Some(inner) = inner.upgrade() {
                inner.write().forget(right);
            }
        });
        cache
    })
}

impl Inner {
    /// Removes the entries that a right affects, or all of them for `None`.
    fn forget(&mut self, right: Option<Right>) {
        self.age += 1;
        match right {
            Some(right) => self.known.retain(|_, (_, known)| !known.is(right)),
            None => self.known.clear(),
        }
    }
}

impl AuthCache {
    /// The principal of a secret, if it is cached and not older than [`KEPT`].
    pub fn get(&self, hash: &[u8; 32]) -> Option<Arc<Principal>> {
        let inner = self.0.read();
        let (at, known) = inner.known.get(hash)?;
        (at.elapsed() < KEPT).then(|| known.clone())
    }

    /// The number of invalidations. Read it before a query, and pass it to [`AuthCache::put`]
    /// after.
    pub fn age(&self) -> u64 {
        self.0.read().age
    }

    /// Caches a principal, unless there was an invalidation since `age` was read.
    pub fn put(&self, age: u64, hash: [u8; 32], known: Arc<Principal>) {
        let mut inner = self.0.write();
        if inner.age != age {
            return;
        }
        if inner.known.len() >= MOST {
            inner.known.retain(|_, (at, _)| at.elapsed() < KEPT);
            if inner.known.len() >= MOST {
                inner.known.clear();
            }
        }
        inner.known.insert(hash, (Instant::now(), known));
    }

    /// Removes all entries.
    #[cfg(test)]
    pub fn clear(&self) {
        self.0.write().forget(None);
    }
}
