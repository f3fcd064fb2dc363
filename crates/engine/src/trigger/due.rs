//! What is due: which firings start something after a scheduler looked again, and which were missed.

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

use super::{Misfire, Schedule};

/// The largest number of missed firings that are made up for.
pub const MAX_CATCH_UP: usize = 1_000;

/// How late a firing may be without counting as missed.
pub const TOLERANCE: TimeDelta = TimeDelta::seconds(60);

/// The largest number of firings that are counted one by one. Of those beyond, only the ones within the
/// tolerance are looked at.
const MAX_COUNTED: usize = 10_000;

/// What is due.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// The firings that start something, oldest first.
    pub fire: Vec<DateTime<Utc>>,
    /// How many were missed and are not made up for; at least, if there were very many.
    pub missed: u64,
    /// The last one of these.
    pub last_missed: Option<DateTime<Utc>>,
    /// The first one that is not due yet.
    pub next: Option<DateTime<Utc>>,
}

impl Schedule {
    /// The time by which a trigger fires later than its schedule says: the same for each of its firings.
    pub fn delay(&self, trigger: u128) -> TimeDelta {
        if self.jitter == 0 {
            return TimeDelta::zero();
        }
        let hash = Sha256::digest(trigger.to_be_bytes());
        let number = hash
            .iter()
            .take(8)
            .fold(0u64, |number, byte| (number << 8) | u64::from(*byte));
        let seconds = number % (u64::from(self.jitter) + 1);
        TimeDelta::seconds(i64::try_from(seconds).unwrap_or_default())
    }

    /// What is due at `now`, if `first` is the next firing as the scheduler last computed it.
    pub fn due(&self, first: DateTime<Utc>, delay: TimeDelta, now: DateTime<Utc>) -> Due {
        let late = now - delay;
        let in_time = late - TOLERANCE;
        let mut due = Due::default();
        let mut last_but_one = None;
        let mut at = Some(first);
        let mut counted = 0;
        while let Some(instant) = at.filter(|at| *at <= late) {
            counted += 1;
            let made_up = self.misfire == Misfire::All && due.fire.len() < MAX_CATCH_UP;
            if instant >= in_time || made_up {
                due.fire.push(instant);
            } else {
                due.missed += 1;
                last_but_one = due.last_missed.replace(instant);
            }
            at = match counted == MAX_COUNTED && instant < in_time {
                true => self.next_after(in_time - TimeDelta::seconds(1)),
                false => self.next_after(instant),
            };
        }
        due.next = at;
        if self.misfire == Misfire::Once && due.fire.is_empty() {
            due.fire.extend(due.last_missed);
            due.last_missed = last_but_one;
            due.missed = due.missed.saturating_sub(1);
        }
        due
    }
}
