//! What was read of providers, kept for a while.
//!
//! A description is read again after an hour. An ID token that names an unknown key makes the keys
//! be read again, at most once a minute: providers rotate their keys, and strangers can invent
//! names. After a failed reading, the same error is returned for ten seconds without a request, so
//! that many sign-ins do not make many requests to a provider that is down.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use moka::sync::Cache as Moka;
use openidconnect::core::CoreJsonWebKeySet;
use parking_lot::Mutex;

use crate::{Sso, SsoError, discovery, discovery::Description, keys};

/// How long a description is kept.
const KEPT: Duration = Duration::from_secs(3600);

/// How long a failure is kept.
const FAILED: Duration = Duration::from_secs(10);

/// How often unknown keys make the keys be read again.
const REREAD: Duration = Duration::from_secs(60);

/// How many providers are kept.
const MOST: u64 = 1_000;

/// A provider, as far as it is known.
#[derive(Debug)]
pub(crate) struct Known {
    pub description: Description,
    keys: Mutex<Keys>,
}

#[derive(Debug)]
struct Keys {
    set: Arc<CoreJsonWebKeySet>,
    /// When an unknown key last made them be read again.
    reread: Option<Instant>,
}

impl Known {
    /// The keys.
    pub fn keys(&self) -> Arc<CoreJsonWebKeySet> {
        self.keys.lock().set.clone()
    }

    /// Whether the keys may be read again now. If so, that counts as done.
    fn may_reread(&self) -> bool {
        let (now, mut keys) = (Instant::now(), self.keys.lock());
        let lately = keys
            .reread
            .is_some_and(|at| now.duration_since(at) < REREAD);
        if !lately {
            keys.reread = Some(now);
        }
        !lately
    }
}

/// The providers that are known.
#[derive(Debug)]
pub(crate) struct Cache {
    known: Moka<String, Arc<Known>>,
    failed: Moka<String, SsoError>,
}

impl Default for Cache {
    fn default() -> Self {
        let known = Moka::builder()
            .max_capacity(MOST)
            .time_to_live(KEPT)
            .build();
        let failed = Moka::builder()
            .max_capacity(MOST)
            .time_to_live(FAILED)
            .build();
        Self { known, failed }
    }
}

impl Sso {
    /// The provider with this issuer.
    pub(crate) async fn known(&self, issuer: &str) -> Result<Arc<Known>, SsoError> {
        if let Some(known) = self.known.known.get(issuer) {
            return Ok(known);
        }
        if let Some(error) = self.known.failed.get(issuer) {
            return Err(error);
        }
        self.read(issuer).await
    }

    /// Reads the provider's description and keys, whatever is known.
    pub(crate) async fn read(&self, issuer: &str) -> Result<Arc<Known>, SsoError> {
        let read = async {
            let description = discovery::read(&self.http, issuer).await?;
            let set = keys::read(&self.http, description.metadata.jwks_uri().as_str()).await?;
            Ok(Arc::new(Known {
                description,
                keys: Mutex::new(Keys {
                    set: Arc::new(set),
                    reread: None,
                }),
            }))
        };
        let read: Result<Arc<Known>, SsoError> = read.await;
        match &read {
            Ok(known) => {
                self.known.failed.invalidate(issuer);
                self.known.known.insert(issuer.to_owned(), known.clone());
            }
            Err(error) => self.known.failed.insert(issuer.to_owned(), error.clone()),
        }
        read
    }

    /// Reads the provider's keys again, because a token names an unknown one. `false`: that was
    /// done less than a minute ago.
    pub(crate) async fn reread_keys(&self, known: &Known) -> Result<bool, SsoError> {
        if !known.may_reread() {
            return Ok(false);
        }
        let url = known.description.metadata.jwks_uri().as_str();
        let set = keys::read(&self.http, url).await?;
        known.keys.lock().set = Arc::new(set);
        Ok(true)
    }
}
