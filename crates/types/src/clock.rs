//! The one source of time and of ids.
//!
//! Gives event times, `createdAt` and ids. Leases and timers' due times are the database's and
//! do not come from here.

use std::sync::Arc;

use chrono::{DateTime, Duration, SubsecRound, Utc};
use parking_lot::Mutex;
use uuid::Uuid;

/// The time of the system, or a hand that a test moves. Cheap to clone; clones share the hand.
#[derive(Clone, Debug, Default)]
pub struct Clock(Option<Arc<Mutex<DateTime<Utc>>>>);

impl Clock {
    /// The time of the system.
    pub fn system() -> Self {
        Self(None)
    }

    /// A clock that stands at `now` until it is moved.
    pub fn manual(now: DateTime<Utc>) -> Self {
        Self(Some(Arc::new(Mutex::new(now))))
    }

    /// Now, in whole microseconds, which is what both databases keep.
    pub fn now(&self) -> DateTime<Utc> {
        match &self.0 {
            None => Utc::now().trunc_subsecs(6),
            Some(hand) => *hand.lock(),
        }
    }

    /// Moves a manual clock; does nothing to the system's.
    pub fn advance(&self, by: Duration) {
        if let Some(hand) = &self.0 {
            let mut now = hand.lock();
            *now += by;
        }
    }

    /// A new UUIDv7. On a manual clock its time part follows the hand.
    pub fn new_uuid(&self) -> Uuid {
        match &self.0 {
            None => Uuid::now_v7(),
            Some(hand) => {
                let now = *hand.lock();
                let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
                Uuid::new_v7(uuid::Timestamp::from_unix(
                    uuid::NoContext,
                    seconds,
                    now.timestamp_subsec_nanos(),
                ))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_only_by_hand() {
        let start = DateTime::UNIX_EPOCH + Duration::days(20_000);
        let clock = Clock::manual(start);
        assert_eq!(clock.now(), start);
        clock.clone().advance(Duration::seconds(5));
        assert_eq!(clock.now(), start + Duration::seconds(5));
    }
}
