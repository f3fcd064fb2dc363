//! How many deliveries each webhook has had, in this process.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use types::ErrorCode;
use uuid::Uuid;

use crate::error::{AppError, Result};

/// The number of counters above which those at zero are removed.
const KEPT: usize = 10_000;

const MINUTE: Duration = Duration::from_secs(60);

/// When the counter of each webhook is back at zero. Each delivery moves that time on by its part of a
/// minute.
#[derive(Default)]
pub struct Rates(Mutex<HashMap<Uuid, Instant>>);

impl Rates {
    /// Counts a delivery.
    ///
    /// # Errors
    /// `RATE_LIMITED`, with the seconds to wait, if the webhook has had as many as it may.
    pub fn count(&self, trigger: Uuid, per_minute: u32) -> Result<()> {
        let now = Instant::now();
        let mut rest = self.0.lock();
        if rest.len() > KEPT {
            rest.retain(|_, rest| *rest > now);
        }
        let part = MINUTE / per_minute.max(1);
        let known = rest.get(&trigger).copied().filter(|rest| *rest > now);
        let next = known.unwrap_or(now) + part;
        let over = next.duration_since(now).saturating_sub(MINUTE);
        if !over.is_zero() {
            return Err(too_many(
                "Too many deliveries or events have arrived here",
                over,
            ));
        }
        rest.insert(trigger, next);
        Ok(())
    }
}

/// The refusal of one delivery too many.
pub fn too_many(what: &str, wait: Duration) -> AppError {
    let seconds = wait.as_secs() + 1;
    let message = format!("{what}; try again in {seconds} seconds");
    AppError::new(ErrorCode::RateLimited, message).with("retryAfter", seconds.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w06_a_webhook_has_its_rate_and_others_are_not_touched() {
        let rates = Rates::default();
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let passed = (0..50).filter(|_| rates.count(one, 10).is_ok()).count();
        assert_eq!(passed, 10);
        let refused = rates.count(one, 10).unwrap_err();
        assert_eq!(refused.code, ErrorCode::RateLimited);
        assert!(refused.details["retryAfter"].as_u64().unwrap() >= 1);
        assert!(rates.count(other, 10).is_ok());
    }
}
