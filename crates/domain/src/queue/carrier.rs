//! IDs of deliveries, which apalis transports. The statements on its tables are in `repo::carrier`.

#![allow(
    clippy::disallowed_methods,
    reason = "the queue's own IDs, in the format of apalis"
)]

use types::id::base32;
use uuid::Uuid;

/// A new delivery ID. apalis uses ULIDs: the 128 bits of a UUIDv7 in uppercase base32.
pub fn new_id() -> String {
    base32(Uuid::now_v7()).to_uppercase()
}
