//! Which principal a session or a key stands for, remembered for at most five seconds.
//!
//! A change of rights is told through `live`, so that what was revoked ends at once in every
//! process; the five seconds bound what happens if a message is lost.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::RwLock;

use super::Principal;
use crate::{
    App,
    live::{Message, Right},
};

/// How long a right may be remembered.
const KEPT: Duration = Duration::from_secs(5);
/// How many are remembered.
const MOST: usize = 20_000;

/// Secrets' hashes and what they stand for.
#[derive(Default)]
pub struct AuthCache(RwLock<Inner>);

#[derive(Default)]
struct Inner {
    known: HashMap<[u8; 32], (Instant, Arc<Principal>)>,
    /// Counts what was forgotten: what was read before must not be remembered after.
    age: u64,
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

    /// Forgets one right.
    pub fn forget(&self, right: Right) {
        let mut inner = self.0.write();
        inner.age += 1;
        inner.known.retain(|_, (_, known)| !known.is(right));
    }

    /// Forgets everything.
    pub fn clear(&self) {
        let mut inner = self.0.write();
        inner.age += 1;
        inner.known.clear();
    }
}

/// Drops a right from the caches, here at once and elsewhere as soon as the message is there.
pub(crate) fn forget(app: &App, right: Right) {
    app.auth_cache().forget(right);
    app.live().publish(Message::Dropped(right));
}
