//! Durations as text.

/// A day, in seconds.
pub(super) const DAY: u64 = 24 * 3_600;

/// The longest text, in bytes.
const MAX_LENGTH: usize = 64;

/// A duration as text: `90`, `15m`, `1h30m`, `2d`, `1w`, `PT15M`, `P2D`. In seconds.
pub(super) fn duration(text: &str) -> Option<u64> {
    if text.len() > MAX_LENGTH {
        return None;
    }
    let lower = text.trim().to_ascii_lowercase();
    if let Ok(seconds) = lower.parse() {
        return Some(seconds);
    }
    let mut rest = match lower.strip_prefix('p') {
        Some(rest) => rest.replace('t', ""),
        None => lower.replace(' ', ""),
    };
    let mut all: u64 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest.get(..digits)?.parse().ok()?;
        let words = rest.get(digits..)?;
        let end = words
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(words.len());
        let unit = match words.get(..end)? {
            "s" | "sec" | "secs" | "second" | "seconds" => 1,
            "m" | "min" | "mins" | "minute" | "minutes" => 60,
            "h" | "hour" | "hours" => 3_600,
            "d" | "day" | "days" => DAY,
            "w" | "week" | "weeks" => 7 * DAY,
            _ => return None,
        };
        all = all.checked_add(number.checked_mul(unit)?)?;
        rest = words.get(end..)?.to_owned();
    }
    (all > 0).then_some(all)
}
