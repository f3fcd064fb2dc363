//! The parts of a request that are handled before it is interpreted: its id, the client's address,
//! its body.
//!
//! Independent of routes, sign-in and GraphQL, which use it.

mod body;
mod forwarded;
mod framing;
mod id;
mod read_ahead;
mod shares;

pub use body::{Bodies, Route, broken_off, read};
pub use forwarded::{NotANetwork, TrustedProxies, bucket};
pub use framing::{Follows, Framing};
pub use id::{HEADER, RequestId};
pub use read_ahead::{BrokenOff, ReadAhead};
pub use shares::{Share, Shares};

/// The message of a panic, for the log.
pub fn text_of(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("panic")
}
