//! The HTTP client for all outbound requests to URLs that users provide.
//!
//! It checks the parsed URL, the port and every address that the name resolves to, and connects
//! only to checked addresses. It follows redirects itself and checks each one. Time and size are
//! limited; proxies of the environment are ignored. Names are looked up by [`SystemResolver`],
//! which an unresponsive name server cannot block.
//!
//! [`read`] and [`write`] convert bodies to values and back.
//!
//! The client knows no organizations: an operator's exceptions are configured when it is built.

mod address;
mod body;
mod client;
mod error;
mod lookalike;
mod lookup;
mod redirect;
mod refusal;
mod request;
mod resolve;
mod retry_after;
mod rules;
#[cfg(test)]
mod tests;

pub use address::is_public;
pub use body::{Form, MediaType, Reading, Written, read, start_of, write};
pub use client::{GuardedClient, GuardedClientBuilder, install_crypto};
pub use error::HttpError;
pub use lookup::{LookupError, SystemResolver};
pub use refusal::UrlRefusal;
pub use request::{Incoming, Reply, Request};
pub use resolve::Resolver;
pub use retry_after::retry_after;
pub use rules::OutboundConfig;
