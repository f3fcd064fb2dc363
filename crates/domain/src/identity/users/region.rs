//! Where a person is: the locale and the time zone in which the dashboard shows dates, and the language of
//! letters.
//!
//! Only the form is checked. The dashboard offers the names that its browser knows; another browser may
//! know fewer, and falls back to its own.

use crate::error::{AppError, Result};

/// The longest language tag.
const MAX_LOCALE: usize = 35;

/// The longest name of a time zone.
const MAX_TIME_ZONE: usize = 64;

/// Validates a language tag such as `de-AT`. `None` for an empty one: that of the browser.
pub fn locale(text: &str) -> Result<Option<String>> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let mut parts = text.split('-');
    let language = parts.next().unwrap_or_default();
    let fits = text.len() <= MAX_LOCALE
        && (2..=8).contains(&language.len())
        && language.chars().all(|c| c.is_ascii_alphabetic())
        && parts.all(|part| {
            (1..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric())
        });
    if fits {
        return Ok(Some(text.to_owned()));
    }
    Err(AppError::invalid(
        "locale",
        "is not a language tag, such as en-GB",
    ))
}

/// Validates the name of a time zone such as `Europe/Berlin`. `None` for an empty one: that of the
/// browser.
pub fn time_zone(text: &str) -> Result<Option<String>> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let parts: Vec<&str> = text.split('/').collect();
    let named = |part: &&str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic())
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+'))
    };
    let fits = text.len() <= MAX_TIME_ZONE
        && (text == "UTC" || (2..=3).contains(&parts.len()))
        && parts.iter().all(named);
    if fits {
        return Ok(Some(text.to_owned()));
    }
    Err(AppError::invalid(
        "timeZone",
        "is not the name of a time zone, such as Europe/Berlin",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_has_the_form_of_a_language_tag() {
        for fine in ["en", "de-AT", "zh-Hant-TW", "es-419", "de-DE-u-co-phonebk"] {
            assert_eq!(locale(fine).unwrap().as_deref(), Some(fine));
        }
        assert_eq!(locale(" ").unwrap(), None);
        let long = format!("en{}", "-abcdefgh".repeat(4));
        for wrong in [
            "e",
            "de_AT",
            "12",
            "de-",
            "de--AT",
            "en-\0",
            "größe",
            long.as_str(),
        ] {
            let error = locale(wrong).expect_err(wrong);
            assert!(error.message.starts_with("locale"), "{}", error.message);
        }
    }

    #[test]
    fn a_time_zone_has_the_form_of_area_and_place() {
        for fine in [
            "UTC",
            "Europe/Berlin",
            "America/Argentina/Buenos_Aires",
            "America/Port-au-Prince",
            "Etc/GMT+5",
        ] {
            assert_eq!(time_zone(fine).unwrap().as_deref(), Some(fine));
        }
        assert_eq!(time_zone("").unwrap(), None);
        let long = format!("Europe/{}", "x".repeat(64));
        for wrong in [
            "Berlin",
            "Europe/",
            "/Berlin",
            "a/b/c/d",
            "Europe/Ber lin",
            "../etc",
            "Europe/B\0",
            long.as_str(),
        ] {
            let error = time_zone(wrong).expect_err(wrong);
            assert!(error.message.starts_with("timeZone"), "{}", error.message);
        }
    }
}
