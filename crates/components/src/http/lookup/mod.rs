//! A DNS resolver that does not block threads.
//!
//! The system's lookup function blocks a thread while a name server does not answer, and cannot be
//! cancelled. A lookup here is asynchronous and ends at its deadline, or when its future is
//! dropped. One organization gets at most half of the lookups that the others leave free, so names
//! that get no answer do not stop the requests of other organizations.
//!
//! `/etc/hosts`, `localhost` and the search domains, name servers and options of `/etc/resolv.conf`
//! apply; the files are read again after they change. Addresses are not checked here, but in
//! `resolve`.

mod error;
mod files;
mod query;
#[cfg(test)]
mod tests;

use std::{
    io,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use engine::{
    component::BoxFuture,
    limits::{self, Gate, Key},
};
use parking_lot::Mutex;
use tokio::time::{Instant, timeout_at};

pub use error::LookupError;
use files::{Hosts, Stamp};
use query::Query;

use super::Resolver;

/// The most concurrent lookups of all organizations.
const AT_ONCE: usize = 256;

/// How long a lookup may take, including its wait for a permit.
const DEADLINE: Duration = Duration::from_secs(5);

/// How often the files are checked for changes.
const FRESH: Duration = Duration::from_secs(5);

/// The key of attempts without an organization, such as those of the command line.
const NOBODY: Key = 0;

/// Looks up names with the settings of the system. Cheap to clone; clones share their permits.
#[derive(Clone)]
pub struct SystemResolver(Arc<Inner>);

struct Inner {
    settings: Settings,
    gate: Gate,
    loaded: Mutex<Option<Loaded>>,
}

/// The settings of a resolver.
#[derive(Clone, Debug)]
struct Settings {
    resolv: PathBuf,
    hosts: PathBuf,
    /// The name servers to use instead of those in the file; empty for those in the file.
    servers: Vec<SocketAddr>,
    at_once: usize,
    deadline: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            resolv: PathBuf::from("/etc/resolv.conf"),
            hosts: PathBuf::from("/etc/hosts"),
            servers: Vec::new(),
            at_once: AT_ONCE,
            deadline: DEADLINE,
        }
    }
}

/// The contents of the files when they were last read.
#[derive(Clone)]
struct Loaded {
    stamp: Stamp,
    looked: Instant,
    hosts: Arc<Hosts>,
    query: Arc<Query>,
}

impl Default for SystemResolver {
    fn default() -> Self {
        Self::with(Settings::default())
    }
}

impl SystemResolver {
    /// A resolver with these name servers; if there are none, with those in `/etc/resolv.conf`.
    pub fn with_servers(servers: Vec<SocketAddr>) -> Self {
        Self::with(Settings {
            servers,
            ..Settings::default()
        })
    }

    /// The TXT records of a name, each with its parts joined; at most 100. They are never cached
    /// here, because whoever asks has often just published one. Search domains do not apply.
    ///
    /// # Errors
    /// [`LookupError::NoSuch`] if the name does not exist or has no such record.
    pub async fn texts(&self, name: &str) -> Result<Vec<String>, LookupError> {
        let inner = &self.0;
        let deadline = Instant::now() + inner.settings.deadline;
        let query = inner.loaded()?.query;
        let turn_by = deadline - inner.settings.deadline / 2;
        let _turn = timeout_at(
            turn_by,
            inner.gate.acquire(limits::owner().unwrap_or(NOBODY)),
        )
        .await
        .map_err(|_| LookupError::Busy)?;
        timeout_at(deadline, query.texts(name))
            .await
            .map_err(|_| LookupError::Silent(inner.settings.deadline))?
    }

    fn with(settings: Settings) -> Self {
        Self(Arc::new(Inner {
            gate: Gate::leaving_room(settings.at_once),
            loaded: Mutex::default(),
            settings,
        }))
    }
}

impl std::fmt::Debug for SystemResolver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SystemResolver")
            .field("settings", &self.0.settings)
            .finish_non_exhaustive()
    }
}

impl Resolver for SystemResolver {
    fn resolve(&self, name: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        let (inner, name) = (self.0.clone(), name.to_ascii_lowercase());
        // Read here, because another task than the attempt's may poll the future.
        let owner = limits::owner().unwrap_or(NOBODY);
        Box::pin(async move { Ok(inner.addresses(&name, owner).await?) })
    }
}

impl Inner {
    async fn addresses(&self, name: &str, owner: Key) -> Result<Vec<IpAddr>, LookupError> {
        let deadline = Instant::now() + self.settings.deadline;
        let Loaded { hosts, query, .. } = self.loaded()?;
        if let Some(known) = hosts.addresses(name) {
            return Ok(known);
        }
        // Leaves at least half of the time for the query itself.
        let turn_by = deadline - self.settings.deadline / 2;
        let _turn = timeout_at(turn_by, self.gate.acquire(owner))
            .await
            .map_err(|_| LookupError::Busy)?;
        timeout_at(deadline, query.addresses(name))
            .await
            .map_err(|_| LookupError::Silent(self.settings.deadline))?
    }

    /// The contents of the files, read again if they changed.
    fn loaded(&self) -> Result<Loaded, LookupError> {
        let mut loaded = self.loaded.lock();
        let now = Instant::now();
        let known = loaded.as_ref();
        if let Some(known) = known.filter(|l| now - l.looked < FRESH) {
            return Ok(known.clone());
        }
        let stamp = Stamp::of(&self.settings.resolv, &self.settings.hosts);
        let new = match loaded.take().filter(|l| l.stamp == stamp) {
            Some(same) => Loaded {
                looked: now,
                ..same
            },
            None => Loaded {
                hosts: Arc::new(Hosts::read(&self.settings.hosts)),
                query: Arc::new(Query::new(&self.settings.resolv, &self.settings.servers)?),
                stamp,
                looked: now,
            },
        };
        *loaded = Some(new.clone());
        Ok(new)
    }
}
