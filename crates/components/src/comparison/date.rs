//! Dates and times in ISO 8601: the profile of RFC 3339, also with a space for `T`, without seconds
//! or without an offset. Other notations count as text, because `03/04/2026` can be two different
//! days.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};

/// Nanoseconds since 1970 in UTC. A text without an offset is in UTC; one without a time is the
/// start of its day. `None` for other texts and for days that do not exist.
pub fn instant(text: &str) -> Option<i128> {
    let bytes = text.as_bytes();
    let shaped = bytes.len() >= 10
        && bytes[..10].iter().enumerate().all(|(i, b)| match i {
            4 | 7 => *b == b'-',
            _ => b.is_ascii_digit(),
        });
    if !shaped {
        return None;
    }
    let (day, rest) = text.split_at_checked(10)?;
    if rest.is_empty() {
        let day = NaiveDate::parse_from_str(day, "%Y-%m-%d").ok()?;
        return Some(nanoseconds(day.and_time(NaiveTime::MIN)));
    }
    let time = rest.strip_prefix(['T', 't', ' '])?;
    if !time.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let spelled = format!("{day}T{time}");
    for with_offset in ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M%#z"] {
        if let Ok(at) = DateTime::parse_from_str(&spelled, with_offset) {
            return Some(nanoseconds(at.naive_utc()));
        }
    }
    let spelled = spelled.trim_end_matches(['Z', 'z']);
    ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(spelled, form).ok())
        .map(nanoseconds)
}

fn nanoseconds(at: NaiveDateTime) -> i128 {
    let at = at.and_utc();
    i128::from(at.timestamp()) * 1_000_000_000 + i128::from(at.timestamp_subsec_nanos())
}
