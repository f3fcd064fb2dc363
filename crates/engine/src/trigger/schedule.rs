//! When a schedule fires.
//!
//! The clock changes twice a year in many zones. A cron schedule that fires in every hour follows real
//! time: times that the clock leaves out do not fire, and times that it repeats fire twice. One that names
//! hours fires once for each time that it names: if that time is left out, at the instant of the change;
//! if it is repeated, the first time. An interval in days keeps its local time in the same way, and any
//! other interval counts real seconds. Recurrence rules are in `rule`.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};

use super::{Calendar, Cron, EventTrigger, OnHoliday, Rule, RunTrigger, Webhook, Zone};

/// How far into the future a firing is looked for: a 29 February on a given weekday is at most 40 years
/// away.
const HORIZON: i64 = 50 * 366 * 24 * 3_600;

/// How far before an instant the search begins, so that it knows whether local times are repeated. No
/// clock is changed by more than a day.
const LOOK_BACK: i64 = 26 * 3_600;

/// When a trigger fires.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    /// The rhythm.
    pub timing: Timing,
    /// The time zone in which it is read.
    pub zone: Zone,
    /// Nothing fires before.
    pub start: Option<DateTime<Utc>>,
    /// Nothing fires after.
    pub end: Option<DateTime<Utc>>,
    /// Each trigger fires up to this many seconds later, always by the same time.
    pub jitter: u32,
    /// What happens to firings that the server missed.
    pub misfire: Misfire,
    /// What happens to a firing while the run of an earlier one has not ended.
    pub overlap: Overlap,
    /// The holidays that are observed, and what happens to firings on them.
    pub calendar: Option<(Calendar, OnHoliday)>,
    /// Whether the definition itself says that it does not fire.
    pub paused: bool,
}

/// What a trigger waits for.
#[derive(Clone, Debug, PartialEq)]
pub enum Timing {
    /// At the local times that match an expression.
    Cron(Cron),
    /// Again and again, counted from an anchor. So a schedule of every two days fires every two days, in
    /// every month.
    Interval {
        /// The interval.
        every: Every,
        /// An instant at which it fires, in the past or in the future. `None`: the start, or else the
        /// beginning of 1970 in the time zone.
        anchor: Option<DateTime<Utc>>,
    },
    /// At the times of a recurrence rule of RFC 5545, which begins at the start.
    Rule(Box<Rule>),
    /// At no time of its own: whenever something is delivered to its address.
    Webhook(Box<Webhook>),
    /// Whenever runs of other pipelines end, or one takes long.
    Run(Box<RunTrigger>),
    /// Whenever an event is sent to the organization.
    Event(Box<EventTrigger>),
}

impl Timing {
    /// Whether it fires at times that are known before.
    pub const fn is_planned(&self) -> bool {
        match self {
            Self::Cron(_) | Self::Interval { .. } | Self::Rule(_) => true,
            Self::Webhook(_) | Self::Run(_) | Self::Event(_) => false,
        }
    }
}

/// An interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Every {
    /// Days of the calendar, at the same local time.
    Days(u32),
    /// Seconds.
    Seconds(u32),
}

/// What happens to firings that were missed, because no scheduler ran at their time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Misfire {
    /// They are not made up for.
    Skip,
    /// The last of them is made up for.
    #[default]
    Once,
    /// They are all made up for, up to [`super::MAX_CATCH_UP`].
    All,
}

/// What happens to a firing while the run of an earlier one has not ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overlap {
    /// It waits until that run has ended.
    Queue,
    /// It starts nothing.
    #[default]
    Skip,
    /// That run is cancelled.
    CancelOldest,
    /// Both run.
    Allow,
}

impl Misfire {
    /// All policies.
    pub const ALL: [Self; 3] = [Self::Skip, Self::Once, Self::All];

    /// The name in a file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::Once => "once",
            Self::All => "all",
        }
    }
}

impl Overlap {
    /// All policies.
    pub const ALL: [Self; 4] = [Self::Queue, Self::Skip, Self::CancelOldest, Self::Allow];

    /// The name in a file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Skip => "skip",
            Self::CancelOldest => "cancel_oldest",
            Self::Allow => "allow",
        }
    }
}

impl Schedule {
    /// The first firing after an instant, without jitter. `None`: there is none, or none within fifty
    /// years.
    pub fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if self.paused {
            return None;
        }
        let mut from = after.timestamp();
        if let Some(start) = self.start {
            from = from.max(start.timestamp() - 1);
        }
        let found = match self.calendar {
            Some(calendar) => self.next_observed(calendar, from),
            None => self.next_by_rhythm(from),
        };
        let found = DateTime::from_timestamp(found?, 0)?;
        match self.end {
            Some(end) if found > end => None,
            _ => Some(found),
        }
    }

    /// The firings after an instant, without jitter.
    pub fn firings(&self, after: DateTime<Utc>) -> impl Iterator<Item = DateTime<Utc>> + '_ {
        std::iter::successors(self.next_after(after), move |at| self.next_after(*at))
    }

    /// Whether two of the next firings are less than a minute apart.
    pub fn is_frequent(&self, now: DateTime<Utc>) -> bool {
        let next: Vec<DateTime<Utc>> = self.firings(now).take(20).collect();
        let after = next.iter().skip(1);
        next.iter()
            .zip(after)
            .any(|(one, other)| *other - *one < TimeDelta::seconds(60))
    }

    /// The first firing after an instant, as if there were no holidays.
    pub(super) fn next_by_rhythm(&self, after: i64) -> Option<i64> {
        match &self.timing {
            Timing::Cron(cron) => self.next_match(cron, after),
            Timing::Interval { every, anchor } => self.next_of(*every, *anchor, after),
            Timing::Rule(rule) => rule.next_after(&self.zone, self.start, after),
            Timing::Webhook(_) | Timing::Run(_) | Timing::Event(_) => None,
        }
    }

    fn next_match(&self, cron: &Cron, after: i64) -> Option<i64> {
        let horizon = after.checked_add(HORIZON)?;
        let hourly = cron.is_hourly();
        // The part of time with the same offset that is looked at, and the offset before it.
        let mut start = after - LOOK_BACK;
        let mut offset = self.zone.offset_at(start);
        let mut before = offset;
        loop {
            let change = self.zone.next_change(start);
            let end = change.map_or(horizon, |(at, _)| at.min(horizon));
            let repeated = start + (before - offset).max(0);
            let from = match hourly {
                true => start.max(after + 1),
                false => repeated.max(after + 1),
            };
            if from < end
                && let Some(found) = cron.next(local(from, offset)?, local(end, offset)?)
            {
                return Some(found.and_utc().timestamp() - offset);
            }
            let (at, next) = change?;
            if at >= horizon {
                return None;
            }
            let left_out = !hourly && next > offset && at > after;
            if left_out && cron.next(local(at, offset)?, local(at, next)?).is_some() {
                return Some(at);
            }
            (start, before, offset) = (at, offset, next);
        }
    }

    fn next_of(&self, every: Every, anchor: Option<DateTime<Utc>>, after: i64) -> Option<i64> {
        let anchor = match anchor.or(self.start) {
            Some(anchor) => anchor.timestamp(),
            None => self.zone.instant(DateTime::UNIX_EPOCH.naive_utc()),
        };
        match every {
            Every::Seconds(seconds) => {
                let seconds = i64::from(seconds.max(1));
                let number = (after - anchor).div_euclid(seconds) + 1;
                number.checked_mul(seconds)?.checked_add(anchor)
            }
            Every::Days(days) => {
                let days = i64::from(days.max(1));
                let first = local(anchor, self.zone.offset_at(anchor))?;
                let now = local(after, self.zone.offset_at(after))?;
                let passed = (now.date() - first.date()).num_days().div_euclid(days);
                // The day before, this one, and those after it.
                (passed - 1..=passed + 2).find_map(|number| {
                    let day = TimeDelta::try_days(number.checked_mul(days)?)?;
                    let at = self.zone.instant(first.checked_add_signed(day)?);
                    (at > after).then_some(at)
                })
            }
        }
    }
}

/// The local time of an instant under an offset.
fn local(at: i64, offset: i64) -> Option<NaiveDateTime> {
    DateTime::from_timestamp(at.checked_add(offset)?, 0).map(|at| at.naive_utc())
}
