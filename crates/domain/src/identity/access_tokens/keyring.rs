//! The keys in memory, and their rotation.
//!
//! A key signs for thirty days. Its successor is published a day before it begins to sign, so that
//! nobody meets an unknown key, and a key that has ended stays published until the last token that
//! it signed has expired. Every process reads the keys again once a minute.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration as Span, Instant},
};

use chrono::{DateTime, Duration, Utc};
use parking_lot::RwLock;
use serde_json::{Value as Json, json};

use super::{
    LASTS, LEEWAY,
    keys::{self, Key},
    repo,
};
use crate::{
    App,
    error::{AppError, Result},
};

/// How long a key signs.
const SIGNS: Duration = Duration::days(30);
/// How long before it signs a key is published.
const AHEAD: Duration = Duration::days(1);
/// How long a key is kept after it has signed its last token: longer than any token.
const KEPT: Duration = Duration::hours(1);
/// After how long the keys are read again.
const FRESH: Span = Span::from_secs(60);
/// How soon an unknown name makes a process read them again.
const AGAIN: Span = Span::from_secs(1);

const _: () = assert!(KEPT.num_seconds() > LASTS.num_seconds());

/// The keys of the process.
#[derive(Default)]
struct Keyring(RwLock<Loaded>);

#[derive(Clone, Default)]
struct Loaded {
    keys: Arc<HashMap<String, Arc<Key>>>,
    at: Option<Instant>,
}

impl Loaded {
    fn is_older_than(&self, age: Span) -> bool {
        self.at.is_none_or(|at| at.elapsed() > age)
    }

    fn signing(&self, now: DateTime<Utc>) -> Option<Arc<Key>> {
        let mut keys = self.keys.values().filter(|key| key.signs_at(now));
        keys.next().cloned()
    }
}

/// The key that signs now. The first one is made when it is needed.
pub async fn current(app: &App) -> Result<Arc<Key>> {
    let now = app.clock().now();
    if let Some(key) = loaded(app, FRESH).await?.signing(now) {
        return Ok(key);
    }
    if let Some(key) = load(app).await?.signing(now) {
        return Ok(key);
    }
    rotate_signing_keys(app).await?;
    let made = load(app).await?.signing(app.clock().now());
    made.ok_or_else(|| AppError::internal("there is no key to sign with"))
}

/// The key with this name, if its tokens can still be valid.
pub async fn find(app: &App, kid: &str) -> Result<Option<Arc<Key>>> {
    let now = app.clock().now();
    let known = loaded(app, FRESH).await?.keys.get(kid).cloned();
    let key = match known {
        // Another process may have made it.
        None => loaded(app, AGAIN).await?.keys.get(kid).cloned(),
        known => known,
    };
    Ok(key.filter(|key| now < key.signs_until + KEPT))
}

/// The public keys, oldest first.
pub async fn published(app: &App) -> Result<Json> {
    current(app).await?;
    let now = app.clock().now();
    let loaded = loaded(app, FRESH).await?;
    let mut keys: Vec<_> = loaded.keys.values().collect();
    keys.retain(|key| now < key.signs_until + KEPT);
    keys.sort_by_key(|key| key.number);
    let keys: Vec<Json> = keys.into_iter().map(|key| key.public()).collect();
    Ok(json!({ "keys": keys }))
}

/// Adds the next key if the last one ends within a day, and removes those whose tokens have expired.
/// Returns whether anything changed.
pub async fn rotate_signing_keys(app: &App) -> Result<bool> {
    let now = app.clock().now();
    let rows = repo::all(app).await?;
    // A key that was sealed with another server key is none.
    let usable = rows.iter().filter(|row| Key::open(app, row).is_some());
    let ends = usable.map(|row| row.signs_until).max();
    let last = rows.iter().map(|row| row.number).max().unwrap_or(0);
    let tx = app.db().begin(&[]).await?;
    let mut changed = repo::remove(&tx, now - KEPT).await? > 0;
    if ends.is_none_or(|ends| ends - now <= AHEAD) {
        // A key that nobody waited for signs at once, also in a process whose clock is behind.
        let from = ends.filter(|ends| *ends > now).unwrap_or(now - LEEWAY);
        let key = keys::generate(app, last + 1, (from, from + SIGNS))?;
        changed |= repo::insert(&tx, &key, now).await?;
    }
    tx.commit().await?;
    if changed {
        load(app).await?;
    }
    Ok(changed)
}

/// The keys, read again if they are older than that.
async fn loaded(app: &App, age: Span) -> Result<Loaded> {
    let known = app.state::<Keyring>().0.read().clone();
    match known.is_older_than(age) {
        true => load(app).await,
        false => Ok(known),
    }
}

async fn load(app: &App) -> Result<Loaded> {
    let rows = repo::all(app).await?;
    let keys = rows.iter().filter_map(|row| Key::open(app, row));
    let keys = keys.map(|key| (key.kid.clone(), Arc::new(key))).collect();
    let loaded = Loaded {
        keys: Arc::new(keys),
        at: Some(Instant::now()),
    };
    *app.state::<Keyring>().0.write() = loaded.clone();
    Ok(loaded)
}
