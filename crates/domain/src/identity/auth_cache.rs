//! Which principal a session or a key stands for, remembered for at most five seconds.
//!
//! [`App::drop_right`] tells every process of a change of rights, so that what was revoked ends at
//! once; the five seconds bound what happens if a message is lost.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::RwLock;

use super::Principal;
use crate::{App, live::Right};

/// How long a right may be remembered.
const KEPT: Duration = Duration::from_secs(5);
/// How many are remembered.
const MOST: usize = 20_000;

/// Secrets' hashes and what they stand for.
#[derive(Default)]
pub struct AuthCache(Arc<RwLock<Inner>>);

#[derive(Default)]
struct Inner {
    known: HashMap<[u8; 32], (Instant, Arc<Principal>)>,
    /// Counts what was forgotten: what was read before must not be remembered after.
    age: u64,
}

/// The application's cache. It forgets what [`App::drop_right`] drops.
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
    /// Forgets one right; `None`: all of them.
    fn forget(&mut self, right: Option<Right>) {
        self.age += 1;
        match right {
            Some(right) => self.known.retain(|_, (_, known)| !known.is(right)),
            None => self.known.clear(),
        }
    }
}

impl AuthCache {
    /// What a secret stands for, if it was looked up in the last seconds.
    pub fn get(&self, hash: &[u8; 32]) -> Option<Arc<Principal>> {
        let inner = self.0.read();
        let (at, known) = inner.known.get(hash)?;
        (at.elapsed() < KEPT).then(|| known.clone())
    }

    /// To be read before a look-up and given to [`AuthCache::put`] after it.
    pub fn age(&self) -> u64 {
        self.0.read().age
    }

    /// Remembers, unless something was forgotten meanwhile.
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

    /// Forgets everything.
    #[cfg(test)]
    pub fn clear(&self) {
        self.0.write().forget(None);
    }
}
