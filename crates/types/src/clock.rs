//! The only source of time and ids.
//!
//! Provides event times, `createdAt`, due times and ids. On PostgreSQL, leases and due times are
//! compared with the database's clock; on SQLite with this one, since one process owns the file.
//!
//! The system clock may be stepped by a person or by a time service, and a one-minute wait must not
//! end early or an hour late because of that. A clock therefore reads the system time once,
//! advances with the machine's monotonic clock, and converges on the system time slowly, within a
//! day. Small corrections are applied immediately.

#![allow(
    clippy::disallowed_methods,
    reason = "the only module that reads the time and creates ids"
)]

use std::{
    fmt,
    sync::{Arc, LazyLock},
    time::{Duration as Span, Instant},
};

use chrono::{DateTime, Duration, SubsecRound, Utc};
use parking_lot::Mutex;
use uuid::{ContextV7, Timestamp, Uuid};

/// A clock that follows the system time, or one that a test sets. Cheap to clone; clones share
/// their state.
#[derive(Clone, Default)]
pub struct Clock(Source);

#[derive(Clone, Default)]
enum Source {
    #[default]
    System,
    /// The system time plus the steps that a test makes.
    Stepped(Arc<Stepped>),
    Manual(Arc<Mutex<Manual>>),
}

struct Manual {
    now: DateTime<Utc>,
    /// Orders the ids of one time, as the ids of the system clock are ordered.
    ids: ContextV7,
}

struct Stepped {
    steady: Steady,
    by: Mutex<Duration>,
}

/// Shared by all system clocks of a process, so that they agree.
static SYSTEM: LazyLock<Steady> = LazyLock::new(|| Steady::new(Utc::now(), steady_time()));

impl Clock {
    /// Follows the system time, but never jumps with it.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// As [`Clock::system`], with a system time that [`Clock::step`] can step. For tests.
    pub fn stepped() -> Self {
        Self(Source::Stepped(Arc::new(Stepped {
            steady: Steady::new(Utc::now(), steady_time()),
            by: Mutex::new(Duration::zero()),
        })))
    }

    /// A clock that stays at `now` until [`Clock::advance`] moves it. For tests.
    pub fn manual(now: DateTime<Utc>) -> Self {
        Self(Source::Manual(Arc::new(Mutex::new(Manual {
            now,
            ids: ContextV7::new(),
        }))))
    }

    /// The current time in whole microseconds, the precision that both databases store.
    pub fn now(&self) -> DateTime<Utc> {
        match &self.0 {
            Source::System => SYSTEM.read(Utc::now(), steady_time()).trunc_subsecs(6),
            Source::Stepped(stepped) => {
                let wall = Utc::now() + *stepped.by.lock();
                stepped.steady.read(wall, steady_time()).trunc_subsecs(6)
            }
            Source::Manual(hand) => hand.lock().now,
        }
    }

    /// The time from now until `then`; zero if `then` has passed.
    pub fn until(&self, then: DateTime<Utc>) -> Span {
        (then - self.now()).to_std().unwrap_or_default()
    }

    /// Moves a manual clock; has no effect on other clocks.
    pub fn advance(&self, by: Duration) {
        if let Source::Manual(hand) = &self.0 {
            hand.lock().now += by;
        }
    }

    /// Steps the system time of a [`Clock::stepped`] clock; has no effect on other clocks.
    pub fn step(&self, by: Duration) {
        if let Source::Stepped(stepped) = &self.0 {
            let mut all = stepped.by.lock();
            *all += by;
        }
    }

    /// A new UUIDv7, greater than those before it. With a manual clock, its timestamp is that
    /// clock's time.
    pub fn new_uuid(&self) -> Uuid {
        match &self.0 {
            Source::System | Source::Stepped(_) => Uuid::now_v7(),
            Source::Manual(hand) => {
                let hand = hand.lock();
                let seconds = u64::try_from(hand.now.timestamp()).unwrap_or(0);
                let nanoseconds = hand.now.timestamp_subsec_nanos();
                Uuid::new_v7(Timestamp::from_unix(&hand.ids, seconds, nanoseconds))
            }
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match &self.0 {
            Source::System => "system",
            Source::Stepped(_) => "stepped",
            Source::Manual(_) => "manual",
        };
        f.debug_tuple("Clock").field(&kind).finish()
    }
}

/// Time since the machine started, including sleep: a wait goes on while a laptop is closed.
fn steady_time() -> Span {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    const ID: nix::time::ClockId = nix::time::ClockId::CLOCK_BOOTTIME;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    const ID: nix::time::ClockId = nix::time::ClockId::CLOCK_MONOTONIC;
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    // Without that clock, use one that stops while the machine sleeps.
    nix::time::clock_gettime(ID).map_or_else(|_| START.elapsed(), Span::from)
}

/// Differences are corrected by at least 1/200 (half a percent) of the time that passes.
const LEAST_PART: i32 = 200;
/// A difference of any size is corrected within this many seconds.
const WITHIN: i64 = 24 * 60 * 60;

/// A time that never jumps and never goes back.
struct Steady(Mutex<Reading>);

#[derive(Clone, Copy)]
struct Reading {
    now: DateTime<Utc>,
    steady: Span,
}

impl Steady {
    fn new(now: DateTime<Utc>, steady: Span) -> Self {
        Self(Mutex::new(Reading { now, steady }))
    }

    /// The current time, from readings of the wall clock and the monotonic clock.
    fn read(&self, wall: DateTime<Utc>, steady: Span) -> DateTime<Utc> {
        let mut last = self.0.lock();
        // Threads may take the lock in another order than they read the clocks.
        let passed = steady.saturating_sub(last.steady);
        let passed = Duration::from_std(passed).unwrap_or_default();
        let now = last.now + passed;
        let gap = wall - now;
        let least = passed / LEAST_PART;
        let share = scaled(passed, gap.abs(), WITHIN);
        let most = least.max(share);
        // Correct backwards by no more than the time that passed, so that time may stop but never
        // goes back.
        let change = gap.clamp(-most.min(passed), most);
        *last = Reading {
            now: now + change,
            steady: steady.max(last.steady),
        };
        last.now
    }
}

/// `passed * gap / seconds`, saturating.
fn scaled(passed: Duration, gap: Duration, seconds: i64) -> Duration {
    let nanos = |span: Duration| i128::from(span.num_nanoseconds().unwrap_or(i64::MAX));
    let share = nanos(passed) * nanos(gap) / (i128::from(seconds) * 1_000_000_000);
    Duration::nanoseconds(i64::try_from(share).unwrap_or(i64::MAX))
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

    #[test]
    fn ids_of_one_time_have_the_order_in_which_they_were_made() {
        for clock in [Clock::system(), Clock::manual(DateTime::UNIX_EPOCH)] {
            let ids: Vec<Uuid> = (0..100).map(|_| clock.new_uuid()).collect();
            assert!(ids.is_sorted(), "{clock:?}");
        }
    }

    #[test]
    fn a_step_of_the_system_time_is_corrected_slowly_and_time_never_goes_back() {
        let start = DateTime::UNIX_EPOCH + Duration::days(20_000);
        for step in [1, -1, 24 * 90, -24 * 90].map(Duration::hours) {
            let steady = Steady::new(start, Span::ZERO);
            let read = |seconds: f64| {
                let passed = Span::from_secs_f64(seconds);
                let wall = start + Duration::from_std(passed).unwrap() + step;
                steady.read(wall, passed) - start
            };
            let mut last = Duration::zero();
            // A one-minute wait, polled ten times a second.
            for tenth in 1..=600 {
                let now = read(f64::from(tenth) / 10.0);
                assert!(now >= last, "{step}: time went back");
                last = now;
            }
            if step.abs() <= Duration::hours(1) {
                let off = (last - Duration::minutes(1)).abs();
                assert!(off < Duration::seconds(3), "{step}: {off} off");
            }
            // After two days the clocks agree, unless that would require a step back.
            for minute in 2..=2 * 24 * 60 {
                last = read(f64::from(minute) * 60.0);
            }
            let off = (last - step - Duration::days(2)).abs();
            if step > Duration::days(-2) {
                assert!(off < step.abs() / 4, "{step}: still {off} off");
            }
        }
    }

    #[test]
    fn small_corrections_are_followed_and_two_readers_agree() {
        let start = DateTime::UNIX_EPOCH + Duration::days(20_000);
        let steady = Steady::new(start, Span::ZERO);
        let passed = Span::from_secs(10);
        let wall = start + Duration::milliseconds(10_040);
        assert_eq!(steady.read(wall, passed), wall);
        // A reader that took its readings earlier but gets the lock later.
        let late = steady.read(wall - Duration::seconds(1), Span::from_secs(9));
        assert_eq!(late, wall);
    }

    #[test]
    fn the_system_s_clock_follows_the_system() {
        let off = (Clock::system().now() - Utc::now()).abs();
        assert!(off < Duration::seconds(5), "{off}");
        let stepped = Clock::stepped();
        let before = stepped.now();
        stepped.step(Duration::hours(1));
        assert!(stepped.now() - before < Duration::seconds(5));
        stepped.step(Duration::hours(-2));
        assert!(stepped.now() >= before);
    }
}
