//! A rate limit that listeners share.

use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::{Instant, sleep_until};

/// How much unused time a pace makes up for. It bounds the burst after a rest: thousands of
/// listeners that wake up together would otherwise send a whole second's worth at once, while the
/// runs wait.
const BURST: Duration = Duration::from_millis(100);

/// A number of turns per second, with a burst of [`BURST`].
pub struct Pace {
    every: Duration,
    next: Mutex<Option<Instant>>,
}

impl Pace {
    pub fn new(per_second: u32) -> Self {
        Self {
            every: Duration::from_secs(1) / per_second.max(1),
            next: Mutex::new(None),
        }
    }

    /// Waits for `count` turns.
    pub async fn turns(&self, count: u32) {
        let at = {
            let mut next = self.next.lock();
            let earliest = Instant::now() - BURST;
            let at = next.map_or(earliest, |next| next.max(earliest));
            *next = Some(at + self.every * count);
            at
        };
        if at > Instant::now() {
            sleep_until(at).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_pace_allows_a_burst_of_a_tenth_of_a_second_and_then_limits_the_rate() {
        let pace = Pace::new(100);
        let start = Instant::now();
        for _ in 0..10 {
            pace.turns(1).await;
        }
        assert!(start.elapsed() < Duration::from_millis(80));
        for _ in 0..30 {
            pace.turns(1).await;
        }
        assert!(start.elapsed() >= Duration::from_millis(280));
    }
}
