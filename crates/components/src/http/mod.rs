//! The one client for every request that leaves the program to an address somebody typed.
//!
//! It decides by the parsed URL, the port and every address that a name resolves to; the address
//! that was checked is the address that is connected to. Redirects are followed here, hop by hop,
//! each one checked. Time and size are limited, proxies of the environment are ignored.
//!
//! It does not know who asks: what an operator allows is given when it is built.

mod address;
mod client;
mod error;
mod lookalike;
mod redirect;
mod request;
mod resolve;
mod rules;
#[cfg(test)]
mod tests;

pub use address::is_public;
pub use client::{GuardedClient, GuardedClientBuilder, install_crypto};
pub use error::HttpError;
pub use request::{Incoming, Reply, Request};
pub use resolve::{Resolver, SystemResolver};
pub use rules::OutboundConfig;
