//! The recorded time at which the stage was scheduled. There is no other clock, so that a replay
//! gets the same time.

use chrono::{DateTime, SecondsFormat, Utc};

/// The time as text (RFC 3339, UTC, milliseconds).
pub fn text(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// The time in seconds since 1970.
pub fn seconds(at: DateTime<Utc>) -> f64 {
    at.timestamp_micros() as f64 / 1e6
}
