//! The names of deliveries, which apalis carries. What is written into its tables is in
//! `repo::carrier`.

#![allow(
    clippy::disallowed_methods,
    reason = "the queue's own names, in the form of apalis"
)]

use types::id::base32;
use uuid::Uuid;

/// A new delivery's id. apalis names them by ULIDs: the 128 bits of a UUIDv7 in upper-case base32.
pub fn new_id() -> String {
    base32(Uuid::now_v7()).to_uppercase()
}
