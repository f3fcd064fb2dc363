//! The program's own resolver.
//!
//! The system's function for looking names up blocks a thread for as long as a name server is
//! silent, and cannot be stopped. Here a look-up is a few datagrams without a thread: it ends with
//! its deadline or when nobody waits for it any more. One organization takes at most half of the
//! look-ups that the others leave, so names that never answer do not stop another's requests.
//!
//! `/etc/hosts`, `localhost` and the search domains, name servers and options of
//! `/etc/resolv.conf` are obeyed, also after they changed. It does not judge what it finds: that
//! is done by the guard, in `resolve`.

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

/// Look-ups of all organizations that are under way at once.
const AT_ONCE: usize = 256;

/// How long a look-up may take, its wait for a turn included.
const DEADLINE: Duration = Duration::from_secs(5);

/// How often the files are looked at for a change.
const FRESH: Duration = Duration::from_secs(5);

/// Attempts that belong to no organization: the command line's.
const NOBODY: Key = 0;

/// Looks names up by the settings of the system. Cheap to clone; clones share their turns.
#[derive(Clone)]
pub struct SystemResolver(Arc<Inner>);

struct Inner {
    settings: Settings,
    gate: Gate,
    loaded: Mutex<Option<Loaded>>,
}

/// Where names are looked up, and how much of it at once.
#[derive(Clone, Debug)]
struct Settings {
    resolv: PathBuf,
    hosts: PathBuf,
    /// In place of those that the file names.
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

/// What the files said when they were read.
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
    /// With these name servers in place of those of `/etc/resolv.conf`; with the system's if there
    /// are none.
    pub fn with_servers(servers: Vec<SocketAddr>) -> Self {
        Self::with(Settings {
            servers,
            ..Settings::default()
        })
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
        // Asked for here: the future may be polled by another task than the attempt's.
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
        // At least half of the time is left for the question itself.
        let turn_by = deadline - self.settings.deadline / 2;
        let _turn = timeout_at(turn_by, self.gate.acquire(owner))
            .await
            .map_err(|_| LookupError::Busy)?;
        timeout_at(deadline, query.addresses(name))
            .await
            .map_err(|_| LookupError::Silent(self.settings.deadline))?
    }

    /// The files' settings, read again if they changed.
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
