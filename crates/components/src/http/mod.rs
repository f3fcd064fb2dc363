//! The one client for every request that leaves the program to an address somebody typed.
//!
//! It decides by the parsed URL, the port and every address that a name resolves to; the address
//! that was checked is the address that is connected to. Redirects are followed here, hop by hop,
//! each one checked. Time and size are limited, proxies of the environment are ignored.
//!
//! [`read`] and [`write`] turn bodies into values and back.
//!
//! Names are looked up by a resolver of its own ([`SystemResolver`]), which a silent name server cannot
//! block.
//!
//! It does not know on whose behalf it works: what an operator allows is configured when it is built.

mod address;
mod body;
mod client;
mod error;
mod lookalike;
mod lookup;
mod redirect;
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
pub use lookup::SystemResolver;
pub use request::{Incoming, Reply, Request};
pub use resolve::Resolver;
pub use retry_after::retry_after;
pub use rules::OutboundConfig;
