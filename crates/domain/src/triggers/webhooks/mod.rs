//! Webhooks: what is delivered to a trigger's address starts a run.
//!
//! A request has no session, no key and no organization: the token in its path is looked up by its hash. A
//! delivery is a firing: one transaction writes both, with what is remembered so that the same delivery
//! starts nothing again. Its run is started after that, as the runs of all firings are; if this process ends
//! in between, the scheduler starts it.

mod deliver;
mod keys;
mod list;
mod rates;
mod repo;
mod signature;
#[cfg(test)]
mod tests;

use chrono::TimeDelta;
use serde_json::{Map as Object, Value as Json};

pub(super) use deliver::input_of;
pub use deliver::{Hook, Reply, Request, RunResult, open};
pub(super) use keys::ready;
pub use keys::{Keys, MAX_OVERLAP, keys, rotate_address, set_secret};
pub use list::{Delivery, deliveries, redeliver};
pub(super) use rates::Rates;

use crate::{SystemCtx, error::Result};

/// The path of all addresses; the token follows.
pub const PATH: &str = "/hooks/";

/// How long deliveries are kept at most.
const KEPT: TimeDelta = TimeDelta::days(90);

/// The largest number of rows that one statement removes, and of statements in a purge.
const PURGED: usize = 10_000;
const PURGES: usize = 100;

/// The headers of a delivery, by their names in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// The headers with these names and values. A name may appear several times.
    pub fn new(all: impl IntoIterator<Item = (String, String)>) -> Self {
        let lower = |(name, value): (String, String)| (name.to_ascii_lowercase(), value);
        Self(all.into_iter().map(lower).collect())
    }

    /// The value of a header that was sent exactly once.
    fn only(&self, name: &str) -> Option<&str> {
        let mut all = self.0.iter().filter(|(known, _)| known == name);
        let (_, value) = all.next()?;
        match all.next() {
            Some(_) => None,
            None => Some(value),
        }
    }

    /// The headers as they are kept and shown to runs: without secrets, and each of limited length.
    fn redacted(&self, own: Option<&str>) -> Object<String, Json> {
        let mut out = Object::new();
        for (name, value) in &self.0 {
            let secret =
                own == Some(name.as_str()) || SECRETS.iter().any(|word| name.contains(word));
            let shown: String = match secret {
                true => "[redacted]".to_owned(),
                false => value.chars().take(MAX_VALUE).collect(),
            };
            if let Some(known) = out.get_mut(name) {
                if let Json::String(known) = known
                    && known.len() < MAX_VALUE
                {
                    known.push_str(", ");
                    known.push_str(&shown);
                }
            } else if out.len() < MAX_HEADERS {
                out.insert(name.clone(), shown.into());
            }
        }
        out
    }
}

/// Parts of the names of headers that hold secrets.
const SECRETS: &[&str] = &[
    "auth",
    "cookie",
    "secret",
    "token",
    "password",
    "api-key",
    "apikey",
    "signature",
    "session",
    "credential",
];

/// The longest value of a header that is kept, in characters.
const MAX_VALUE: usize = 1_024;

/// The largest number of headers that are kept.
const MAX_HEADERS: usize = 64;

/// Removes old deliveries, and what is not remembered any more.
pub async fn purge(system: &SystemCtx) -> Result<u64> {
    let mut all = 0;
    for _ in 0..PURGES {
        let now = system.app.clock().now();
        let tx = system.begin_across().await?;
        let gone = repo::purge(&tx, now, now - KEPT, PURGED).await?;
        tx.commit().await?;
        all += gone;
        if gone < PURGED as u64 {
            break;
        }
    }
    Ok(all)
}
