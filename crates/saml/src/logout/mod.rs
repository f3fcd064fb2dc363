//! Single log-out: its requests and responses, in both directions.
//!
//! Messages that arrive are verified with the provider's certificates, in the query of an address as
//! in a form. What they may end is decided by the caller: the session that this provider has begun
//! for this name, and no other.

mod incoming;
mod outgoing;

pub use incoming::{Expected, LogoutRequest, LogoutResponse, Received, request, response};
pub use outgoing::{NewLogoutRequest, NewLogoutResponse};
