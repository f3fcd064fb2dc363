//! The API server: GraphQL over HTTP and WebSocket, sign-in, health, the dashboard's files.
//!
//! Turns requests into calls to the use cases of `domain`, and their results into responses.
//! Permissions, existence and validity are decided in `domain`. Limits on the size and shape of
//! requests are enforced here, before a request is interpreted.

// The future of a query nests one level for each object that the root is merged from.
#![recursion_limit = "256"]
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
