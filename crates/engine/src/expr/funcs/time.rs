//! The recorded time of the stage's scheduling: the only clock there is, so that a replay sees
//! the same.

use chrono::{DateTime, SecondsFormat, Utc};

/// As text (RFC 3339, UTC, milliseconds).
pub fn text(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Seconds since 1970.
pub fn seconds(at: DateTime<Utc>) -> f64 {
    at.timestamp_micros() as f64 / 1e6
}
