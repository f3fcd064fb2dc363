//! Points in time, with the allowance for the provider's clock.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use crate::{Refusal, RefusalKind};

/// How far the provider's clock may differ from ours.
pub const SKEW: TimeDelta = TimeDelta::minutes(2);

const CLOCK: &str =
    "Compare the clocks of the provider and of this server; two minutes are allowed";

/// The field's time has come.
pub(crate) fn has_come(
    time: DateTime<Utc>,
    now: DateTime<Utc>,
    field: &'static str,
) -> Result<(), Refusal> {
    match now.checked_add_signed(SKEW).is_none_or(|now| time <= now) {
        true => Ok(()),
        false => Err(at(RefusalKind::NotYetValid, time, now, field, "not after")),
    }
}

/// The field's time is still to come.
pub(crate) fn is_to_come(
    time: DateTime<Utc>,
    now: DateTime<Utc>,
    field: &'static str,
) -> Result<(), Refusal> {
    match time.checked_add_signed(SKEW).is_none_or(|time| now < time) {
        true => Ok(()),
        false => Err(at(RefusalKind::Expired, time, now, field, "after")),
    }
}

fn at(
    kind: RefusalKind,
    time: DateTime<Utc>,
    now: DateTime<Utc>,
    field: &'static str,
    relation: &str,
) -> Refusal {
    let expected = format!("a time {relation} {}", written(now));
    let sent = written(time);
    Refusal::needs(kind, field, Some(&sent), &expected, CLOCK)
}

/// The refusal of a field whose time is missing.
pub(crate) fn missing(field: &'static str) -> Refusal {
    let expected = "a time in UTC, such as 2026-01-31T12:00:00Z";
    let mend = "Configure the provider to send it, as SAML requires";
    Refusal::needs(RefusalKind::Time, field, None, expected, mend)
}

pub(crate) fn written(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}
