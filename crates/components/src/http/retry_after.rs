//! Reads how long a server asks clients to wait before they retry.

use reqwest::header::{HeaderMap, RETRY_AFTER};
use types::Clock;

/// The longest accepted wait: one hour. Otherwise a server could delay a run for as long as it
/// likes.
pub const MAX_WAIT_MS: u64 = 60 * 60 * 1000;

/// The wait that a response asks for, in milliseconds: `retry-after-ms`, otherwise `Retry-After` in
/// seconds or as a date; at most [`MAX_WAIT_MS`]. `None` if there is no valid value.
pub fn retry_after(headers: &HeaderMap) -> Option<u64> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let exact = text("retry-after-ms").and_then(|ms| wait(ms.parse().ok()?));
    exact.or_else(|| {
        let text = text(RETRY_AFTER.as_str())?;
        if let Ok(seconds) = text.parse::<f64>() {
            return wait(seconds * 1000.0);
        }
        let at = chrono::DateTime::parse_from_rfc2822(text).ok()?;
        let ms = (at.to_utc() - Clock::system().now()).num_milliseconds();
        wait(ms.max(0) as f64)
    })
}

fn wait(ms: f64) -> Option<u64> {
    (ms.is_finite() && ms >= 0.0).then(|| (ms.ceil() as u64).min(MAX_WAIT_MS))
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn a_wait_is_read_in_each_form_and_bounded() {
        for (headers, wanted) in [
            (&[("retry-after", "3")][..], Some(3000)),
            (&[("retry-after", "0.5")], Some(500)),
            (
                &[("retry-after-ms", "250"), ("retry-after", "9")],
                Some(250),
            ),
            (
                &[("retry-after-ms", "soon"), ("retry-after", "9")],
                Some(9000),
            ),
            (&[("retry-after", "86400")], Some(MAX_WAIT_MS)),
            (&[("retry-after-ms", "1e300")], Some(MAX_WAIT_MS)),
            (&[("retry-after", "inf")], None),
            (&[("retry-after", "NaN")], None),
            (&[("retry-after", "-3")], None),
            (&[("retry-after", "later")], None),
            (&[("retry-after", "Wed, 21 Oct 2015 07:28:00 GMT")], Some(0)),
            (
                &[("retry-after", "Wed, 21 Oct 2150 07:28:00 GMT")],
                Some(MAX_WAIT_MS),
            ),
            (&[], None),
        ] {
            let mut map = HeaderMap::new();
            for (name, value) in headers {
                map.insert(*name, HeaderValue::from_static(value));
            }
            assert_eq!(retry_after(&map), wanted, "{headers:?}");
        }
    }
}
