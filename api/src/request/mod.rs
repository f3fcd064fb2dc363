//! What is known of a request before anybody asks what it means: its id, whose it is, its body.
//!
//! Knows nothing of routes, sign-in or GraphQL; those use it.

mod body;
mod forwarded;
mod framing;
mod id;
mod shares;

pub use body::{Bodies, Route, broken_off, read};
pub use forwarded::{NotANetwork, TrustedProxies, bucket};
pub use framing::{Follows, Framing};
pub use id::{HEADER, RequestId};
pub use shares::{Share, Shares};

/// What a panic said, for the log.
pub fn text_of(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("panic")
}
