//! The expiry that a caller chooses for something that gives access: a grant, an API key, a token for
//! provisioning.
//!
//! It is limited because years with more than four digits are not ordered as text, as SQLite compares
//! times, and because arithmetic with the last times that can be written would overflow.

use chrono::{DateTime, TimeDelta, Utc};

use crate::error::{AppError, Result};

/// The longest time until an expiry: ten years, with their leap days. Later is `None`: never.
const LONGEST: TimeDelta = TimeDelta::days(3_653);

/// Checks the field `expiresAt` of something new.
///
/// # Errors
/// `INVALID_INPUT` unless it is absent, or in the future and at most ten years away.
pub(crate) fn check(expires_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<()> {
    let Some(at) = expires_at else { return Ok(()) };
    if at <= now {
        return Err(AppError::invalid(
            "expiresAt",
            format!("{at} is in the past; give a time in the future, or none"),
        ));
    }
    if at - now > LONGEST {
        return Err(AppError::invalid(
            "expiresAt",
            format!("{at} is more than ten years away; give an earlier time, or none"),
        ));
    }
    Ok(())
}

/// The expiry of something new that lasts as long as something older with an expiry, at most ten years.
pub(crate) fn after(now: DateTime<Utc>, lifetime: TimeDelta) -> DateTime<Utc> {
    now + lifetime.min(LONGEST)
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    #[test]
    fn an_expiry_is_in_the_future_and_at_most_ten_years_away() {
        let now = Utc.with_ymd_and_hms(2026, 1, 2, 3, 4, 5).unwrap();
        let soon = now + TimeDelta::seconds(1);
        for allowed in [None, Some(soon), Some(now + LONGEST)] {
            check(allowed, now).unwrap();
        }
        for refused in [
            now,
            now - TimeDelta::days(1),
            now + LONGEST + TimeDelta::seconds(1),
            Utc.with_ymd_and_hms(10_000, 1, 1, 0, 0, 0).unwrap(),
            DateTime::<Utc>::MIN_UTC,
            DateTime::<Utc>::MAX_UTC,
        ] {
            let error = check(Some(refused), now).unwrap_err();
            assert!(error.message.starts_with("expiresAt: "), "{error:?}");
        }
    }

    #[test]
    fn a_lifetime_of_any_length_is_continued_for_at_most_ten_years() {
        let now = Utc.with_ymd_and_hms(2026, 1, 2, 3, 4, 5).unwrap();
        let day = TimeDelta::days(1);
        assert_eq!(after(now, day), now + day);
        let longest = DateTime::<Utc>::MAX_UTC - now;
        assert_eq!(after(now, longest), now + LONGEST);
    }
}
