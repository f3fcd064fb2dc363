//! The API server: GraphQL over HTTP and WebSocket, sign-in, health, the dashboard's files.
//!
//! Turns requests into calls of `domain`'s use cases and their results into answers. Decides
//! nothing: who may do what, what exists and what is valid is `domain`'s. Limits on the size and
//! shape of requests are here, because they come before any meaning.

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "test code"))]

mod auth;
mod error;
mod graphql;
mod guard;
mod http;
pub mod limits;
mod links;
mod request;
mod state;
mod ws;

pub use auth::Origins;
pub use graphql::sdl;
pub use http::{Server, ServerHandle};
pub use request::{NotANetwork, TrustedProxies};
pub use state::{ApiConfig, Readiness};
