//! Checks the addresses of a name before the client connects to them.

use std::{
    error::Error,
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use engine::component::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::{HttpError, UrlRefusal, lookup::LookupError};

/// Looks up names. The implementation is [`super::SystemResolver`], except in tests.
pub trait Resolver: Send + Sync {
    /// All addresses of a name.
    fn resolve(&self, name: &str) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>>;
}

/// Carries the reason of a failed lookup inside the library's error.
#[derive(Debug, thiserror::Error)]
#[error("the name was not looked up")]
struct Stopped(HttpError);

/// The reason of a failed lookup, if that is why the library failed.
pub(super) fn why_stopped(error: &reqwest::Error) -> Option<HttpError> {
    let mut source = error.source();
    while let Some(inner) = source {
        if let Some(Stopped(why)) = inner.downcast_ref() {
            return Some(why.clone());
        }
        source = inner.source();
    }
    None
}

/// The resolver that the HTTP library uses; it returns only checked addresses. The library looks up
/// a name once per connection, so there is no second answer that could differ.
pub(super) struct Checked {
    pub(super) resolver: Arc<dyn Resolver>,
    /// Decides which addresses are public; `None` allows all (an operator's exception).
    pub(super) public: Option<fn(IpAddr) -> bool>,
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().trim_end_matches('.').to_owned();
        let lookup = self.resolver.resolve(&host);
        let public = self.public;
        Box::pin(async move {
            let stop = |why: HttpError| Box::<dyn Error + Send + Sync>::from(Stopped(why));
            let addresses = match lookup.await {
                Ok(addresses) => addresses,
                Err(error) => return Err(stop(not_found(&error, &host, public.is_some()))),
            };
            // One private address makes the name unusable: the library may use any of them.
            if public
                .is_some_and(|public| addresses.is_empty() || !addresses.iter().all(|a| public(*a)))
            {
                return Err(stop(UrlRefusal::Name(host).into()));
            }
            Ok(Box::new(addresses.into_iter().map(|ip| SocketAddr::new(ip, 0))) as Addrs)
        })
    }
}

fn not_found(error: &io::Error, host: &str, guarded: bool) -> HttpError {
    let why = error.get_ref().and_then(|inner| inner.downcast_ref());
    match why {
        // A name that does not exist gives the same error as one with private addresses.
        None | Some(LookupError::NoSuch) if guarded => UrlRefusal::Name(host.to_owned()).into(),
        Some(why) => why.of_host(host),
        None => HttpError::Unreachable(host.to_owned()),
    }
}
