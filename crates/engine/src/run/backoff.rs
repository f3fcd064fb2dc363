//! The delay before the next attempt.

use std::time::Duration;

use crate::model::RetryPolicy;

/// The longest delay, including one that a server requests.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// The delay after failed attempt number `attempt` (the first is 1): exponential, with 25% jitter
/// either way, and at most the policy's maximum. A server's `Retry-After` is a lower bound and may
/// exceed that maximum. `random` is from 0 to 1.
pub(crate) fn delay(
    policy: &RetryPolicy,
    attempt: u32,
    retry_after_ms: Option<u64>,
    random: f64,
) -> Duration {
    let longest = policy.max_delay.min(LONGEST);
    let exponent = i32::try_from(attempt.saturating_sub(1)).unwrap_or(i32::MAX);
    let seconds = policy.initial_delay.as_secs_f64() * policy.multiplier.max(0.0).powi(exponent);
    let seconds = seconds * (0.75 + 0.5 * random.clamp(0.0, 1.0));
    // NaN and infinity give the longest delay.
    let delay = if seconds < longest.as_secs_f64() {
        Duration::from_secs_f64(seconds.max(0.0))
    } else {
        longest
    };
    let asked = retry_after_ms.map_or(Duration::ZERO, Duration::from_millis);
    delay.max(asked.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn jitter_never_goes_beyond_the_maximum_nor_below_three_quarters(
            initial in 0u64..100_000,
            max in 0u64..100_000,
            multiplier in 0.0f64..10.0,
            attempt in 1u32..200,
            random in 0.0f64..=1.0,
        ) {
            let policy = RetryPolicy {
                max_retries: 3,
                initial_delay: Duration::from_millis(initial),
                max_delay: Duration::from_millis(max),
                multiplier,
            };
            let delay = delay(&policy, attempt, None, random);
            prop_assert!(delay <= policy.max_delay);
            let exact = initial as f64 / 1000.0 * multiplier.powi(attempt as i32 - 1);
            let least = (exact * 0.75).min(policy.max_delay.as_secs_f64());
            prop_assert!(delay.as_secs_f64() >= least - 1e-6);
        }

        #[test]
        fn a_server_s_retry_after_is_waited_for(
            asked in 0u64..10_000_000,
            random in 0.0f64..=1.0,
        ) {
            let delay = delay(&RetryPolicy::default(), 1, Some(asked), random);
            prop_assert!(delay >= Duration::from_millis(asked).min(LONGEST));
        }
    }
}
