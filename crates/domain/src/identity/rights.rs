//! Who a session or a key belongs to, remembered for at most five seconds.
//!
//! A change of rights is told through `live`, so that what was revoked ends at once in every
//! process; the five seconds bound what happens if a message is lost.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::RwLock;
use types::{OrgId, SessionId};

use crate::{
    access::{Rights, UnknownWord},
    ctx::Actor,
    live::Right,
};

/// How long a right may be remembered.
const KEPT: Duration = Duration::from_secs(5);
/// How many are remembered.
const MOST: usize = 20_000;

/// What a secret stands for.
#[derive(Clone, Debug)]
pub struct Known {
    /// Who.
    pub actor: Actor,
    /// The session, if it is one.
    pub session: Option<SessionId>,
    /// Where, and what they may do there; the first is the default.
    pub memberships: Vec<(OrgId, Result<Rights, UnknownWord>)>,
}

impl Known {
    fn is(&self, right: Right) -> bool {
        match right {
            Right::Session(id) => self.session.is_some_and(|session| session.0 == id),
            Right::ApiKey(id) | Right::User(id) => self.actor.id == Some(id),
        }
    }
}

/// Secrets' hashes and what they stand for.
#[derive(Default)]
pub struct RightsCache(RwLock<Inner>);

#[derive(Default)]
struct Inner {
    known: HashMap<[u8; 32], (Instant, Arc<Known>)>,
    /// Counts what was forgotten: what was read before must not be remembered after.
    age: u64,
}

impl RightsCache {
    /// What a secret stands for, if it was looked up in the last seconds.
    pub fn get(&self, hash: &[u8; 32]) -> Option<Arc<Known>> {
        let inner = self.0.read();
        let (at, known) = inner.known.get(hash)?;
        (at.elapsed() < KEPT).then(|| known.clone())
    }

    /// To be read before a look-up and given to [`RightsCache::put`] after it.
    pub fn age(&self) -> u64 {
        self.0.read().age
    }

    /// Remembers, unless something was forgotten meanwhile.
    pub fn put(&self, age: u64, hash: [u8; 32], known: Arc<Known>) {
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
