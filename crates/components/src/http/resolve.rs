//! Looking names up, and checking what comes back before anything connects to it.

use std::{
    error::Error,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use engine::component::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Looks names up. The system's resolver in production; tests have their own.
pub trait Resolver: Send + Sync {
    /// All addresses of a name.
    fn resolve(&self, name: &str) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>>;
}

/// The system's resolver.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

impl Resolver for SystemResolver {
    fn resolve(&self, name: &str) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>> {
        let name = name.to_owned();
        Box::pin(async move {
            Ok(tokio::net::lookup_host((name.as_str(), 0))
                .await?
                .map(|a| a.ip())
                .collect())
        })
    }
}

/// Marks a refusal inside the library's error.
#[derive(Debug, thiserror::Error)]
#[error("refused")]
struct Refused;

/// Whether the library failed because a name was refused here.
pub(super) fn was_refused(error: &reqwest::Error) -> bool {
    let mut source = error.source();
    while let Some(inner) = source {
        if inner.is::<Refused>() {
            return true;
        }
        source = inner.source();
    }
    false
}

/// What the library connects by: it gets only addresses that passed. Since the library looks a
/// name up once per connection and here, there is no second answer to be fooled by.
pub(super) struct Checked {
    pub(super) resolver: Arc<dyn Resolver>,
    /// `None`: anything goes (an operator's exception).
    pub(super) public: Option<fn(IpAddr) -> bool>,
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let lookup = self.resolver.resolve(name.as_str().trim_end_matches('.'));
        let public = self.public;
        Box::pin(async move {
            let refuse = || Box::<dyn Error + Send + Sync>::from(Refused);
            let addresses = match (lookup.await, public) {
                (Ok(addresses), _) => addresses,
                // A name that does not exist reads like one that leads inside.
                (Err(_), Some(_)) => return Err(refuse()),
                (Err(error), None) => return Err(error.into()),
            };
            // One address inside spoils the name: the library may pick any of them.
            if public
                .is_some_and(|public| addresses.is_empty() || !addresses.iter().all(|a| public(*a)))
            {
                return Err(refuse());
            }
            Ok(Box::new(addresses.into_iter().map(|ip| SocketAddr::new(ip, 0))) as Addrs)
        })
    }
}
