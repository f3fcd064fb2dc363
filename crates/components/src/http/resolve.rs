//! The guard between names and connections: what a look-up gives is checked before anything
//! connects to it.

use std::{
    error::Error,
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use engine::component::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::{HttpError, lookup::LookupError};

/// Looks names up. [`super::SystemResolver`] in production; tests have their own.
pub trait Resolver: Send + Sync {
    /// All addresses of a name.
    fn resolve(&self, name: &str) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>>;
}

/// Carries why a look-up ended through the library's error.
#[derive(Debug, thiserror::Error)]
#[error("the name was not looked up")]
struct Stopped(HttpError);

/// Why the library failed, if it was because of a name.
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

/// What the library connects by: it gets only addresses that passed. Since the library looks a
/// name up once per connection and here, there is no second answer that could differ.
pub(super) struct Checked {
    pub(super) resolver: Arc<dyn Resolver>,
    /// `None`: anything goes (an operator's exception).
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
            // One internal address makes the name unusable: the library may pick any of them.
            if public
                .is_some_and(|public| addresses.is_empty() || !addresses.iter().all(|a| public(*a)))
            {
                return Err(stop(HttpError::Refused));
            }
            Ok(Box::new(addresses.into_iter().map(|ip| SocketAddr::new(ip, 0))) as Addrs)
        })
    }
}

fn not_found(error: &io::Error, host: &str, guarded: bool) -> HttpError {
    let why = error.get_ref().and_then(|inner| inner.downcast_ref());
    match why {
        // The error of a name that does not exist is the same as that of an internal one.
        None | Some(LookupError::NoSuch) if guarded => HttpError::Refused,
        Some(why) => why.of_host(host),
        None => HttpError::Unreachable,
    }
}
