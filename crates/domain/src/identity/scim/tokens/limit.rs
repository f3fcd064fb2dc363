//! The rate limit of tokens, per process. Identity providers send up to 25 requests per second.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use uuid::Uuid;

use super::ScimUseError;
use crate::{App, error::Result};

/// Requests per minute with one token.
const PER_MINUTE: u32 = 1_800;

const MINUTE: Duration = Duration::from_secs(60);

/// The counters of tokens.
#[derive(Default)]
pub struct Limits(Mutex<HashMap<Uuid, Instant>>);

/// The process's counters.
pub fn of(app: &App) -> Arc<Limits> {
    app.state_or(Limits::default)
}

impl Limits {
    /// Counts a request, or refuses it if the limit is reached.
    pub fn count(&self, token: Uuid) -> Result<()> {
        self.count_at(token, Instant::now())
    }

    fn count_at(&self, token: Uuid, now: Instant) -> Result<()> {
        let mut all = self.0.lock();
        if all.len() > 10_000 {
            all.retain(|_, rest| *rest > now);
        }
        // When the counter is back at zero. Each request moves that on by its part of the minute.
        let rest = all.get(&token).copied().filter(|rest| *rest > now);
        let rest = rest.unwrap_or(now) + MINUTE / PER_MINUTE;
        if rest.duration_since(now) > MINUTE {
            return Err(ScimUseError::TooManyRequests.into());
        }
        all.insert(token, rest);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_its_requests_per_minute_and_others_have_theirs() {
        let (limits, now) = (Limits::default(), Instant::now());
        let (a, b) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let accepted = (0..2 * PER_MINUTE)
            .filter(|_| limits.count_at(a, now).is_ok())
            .count();
        assert_eq!(accepted, PER_MINUTE as usize);
        assert!(limits.count_at(b, now).is_ok());
        assert!(limits.count_at(a, now + Duration::from_millis(40)).is_ok());
    }
}
