//! A rate limit that listeners share.

use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::{Instant, sleep_until};

/// A number of turns per second, with a burst of one second's worth.
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
            let earliest = Instant::now() - Duration::from_secs(1);
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
    async fn a_pace_allows_a_burst_of_one_second_and_then_limits_the_rate() {
        let pace = Pace::new(100);
        let start = Instant::now();
        for _ in 0..100 {
            pace.turns(1).await;
        }
        assert!(start.elapsed() < Duration::from_millis(500));
        for _ in 0..30 {
            pace.turns(1).await;
        }
        assert!(start.elapsed() >= Duration::from_millis(280));
    }
}
