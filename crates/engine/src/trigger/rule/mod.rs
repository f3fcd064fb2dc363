//! Recurrence rules of RFC 5545 (iCalendar): `FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=9`.
//!
//! A rule of days or longer names local times, as cron expressions that name hours do. One of hours, minutes
//! or seconds counts real time from its start. Every search has a bound, so no rule keeps a server busy.

mod dates;
mod parse;
mod real;
#[cfg(test)]
mod tests;
mod words;

use std::fmt;

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc, Weekday};

pub(super) use parse::instant;

use super::{Zone, cron::has};

/// The largest number of days, or of periods of real time, that one search looks at.
const SEARCHED: u32 = 50_000;

/// The same for the search of the last firing of a rule with `COUNT`.
const COUNTED: u32 = 500_000;

/// The largest `COUNT`.
pub(super) const MAX_COUNT: u32 = 1_000;

/// The largest number of dates that are added to a rule, and of those that are excepted.
pub(super) const MAX_DATES: usize = 500;

/// A recurrence rule with its dates.
#[derive(Clone, PartialEq, Eq)]
pub struct Rule {
    text: String,
    frequency: Frequency,
    interval: u32,
    count: Option<u32>,
    until: Option<Until>,
    /// Bit 1 is January. None: every month.
    months: u64,
    /// Negative ones count from the end of the month.
    month_days: Vec<i32>,
    /// Weekdays, and which of them in the month or year; 0 is each of them.
    weekdays: Vec<(i32, Weekday)>,
    /// Which times of each period count; negative ones from its end.
    positions: Vec<i32>,
    hours: Vec<u32>,
    minutes: Vec<u32>,
    seconds: Vec<u32>,
    week_start: Weekday,
    /// Further firings, in their order (`RDATE`).
    added: Vec<DateTime<Utc>>,
    /// What does not fire (`EXDATE`).
    excepted: Vec<Excepted>,
    /// The last firing of the rule, if it has a `COUNT`.
    last: Option<i64>,
}

/// The unit in which a rule counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Frequency {
    Secondly,
    Minutely,
    Hourly,
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// After which time a rule ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Until {
    Instant(DateTime<Utc>),
    /// A local time.
    Local(NaiveDateTime),
}

/// What does not fire although the rule names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Excepted {
    /// One firing.
    Instant(DateTime<Utc>),
    /// Each one of a day.
    Day(NaiveDate),
}

impl Frequency {
    /// The length of the unit in seconds, if it is counted in real time.
    const fn seconds(self) -> Option<i64> {
        match self {
            Self::Secondly => Some(1),
            Self::Minutely => Some(60),
            Self::Hourly => Some(3_600),
            Self::Daily | Self::Weekly | Self::Monthly | Self::Yearly => None,
        }
    }
}

impl Rule {
    /// The rule as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The dates that are added to the rule, as text.
    pub(super) fn added_as_text(&self) -> Vec<String> {
        let rfc = |at: &DateTime<Utc>| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        self.added.iter().map(rfc).collect()
    }

    /// The times and days that are excepted, as text.
    pub(super) fn excepted_as_text(&self) -> Vec<String> {
        let text = |one: &Excepted| match one {
            Excepted::Instant(at) => at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
            Excepted::Day(day) => day.format("%Y-%m-%d").to_string(),
        };
        self.excepted.iter().map(text).collect()
    }

    /// Adds the dates, and looks for the last firing if the rule has a `COUNT`.
    ///
    /// # Errors
    /// What is wrong with the rule when it begins then.
    pub(super) fn settle(
        &mut self,
        zone: &Zone,
        start: Option<DateTime<Utc>>,
        mut added: Vec<DateTime<Utc>>,
        excepted: Vec<Excepted>,
    ) -> Result<(), String> {
        added.sort_unstable();
        added.dedup();
        (self.added, self.excepted) = (added, excepted);
        let Some(count) = self.count else {
            return Ok(());
        };
        let Some(start) = start else {
            return Err("`COUNT` counts from the first firing; add a `start`".to_owned());
        };
        let mut budget = COUNTED;
        let mut last = start.timestamp() - 1;
        for _ in 0..count {
            match self.next_of_rule(zone, Some(start), last, &mut budget) {
                Some(at) => last = at,
                None if budget == 0 => {
                    return Err(
                        "its firings are too far apart to be counted; use `UNTIL`".to_owned()
                    );
                }
                None => break,
            }
        }
        self.last = Some(last);
        Ok(())
    }

    /// The first firing after an instant.
    pub(super) fn next_after(
        &self,
        zone: &Zone,
        start: Option<DateTime<Utc>>,
        after: i64,
    ) -> Option<i64> {
        let mut from = after;
        // Each exception is met once at most.
        for _ in 0..=self.excepted.len() {
            let mut budget = SEARCHED;
            let of_rule = self.next_of_rule(zone, start, from, &mut budget);
            let mut added = self.added.iter().map(DateTime::timestamp);
            let added = added.find(|at| *at > from);
            let at = of_rule.into_iter().chain(added).min()?;
            match self.exception(zone, at) {
                None => return Some(at),
                Some(to) => from = to,
            }
        }
        None
    }

    /// The instant after which the search goes on, if a firing is excepted.
    fn exception(&self, zone: &Zone, at: i64) -> Option<i64> {
        let local = local(at, zone.offset_at(at))?;
        self.excepted.iter().find_map(|one| match one {
            Excepted::Instant(instant) => (instant.timestamp() == at).then_some(at),
            Excepted::Day(day) if *day == local.date() => {
                let next = day.succ_opt()?.and_hms_opt(0, 0, 0)?;
                Some((zone.instant(next) - 1).max(at))
            }
            Excepted::Day(_) => None,
        })
    }

    /// The first firing of the rule itself after an instant. `budget` is what the search may still look at;
    /// it is 0 if the search was given up.
    fn next_of_rule(
        &self,
        zone: &Zone,
        start: Option<DateTime<Utc>>,
        after: i64,
        budget: &mut u32,
    ) -> Option<i64> {
        let anchor = match start {
            Some(start) => start.timestamp(),
            None => zone.instant(DateTime::UNIX_EPOCH.naive_utc()),
        };
        let found = match self.frequency.seconds() {
            Some(unit) => self.next_real(zone, (anchor, unit), after, budget),
            None => self.next_named(zone, anchor, after, budget),
        }?;
        let until = match self.until {
            Some(Until::Instant(at)) => at.timestamp(),
            Some(Until::Local(at)) => zone.instant(at),
            None => i64::MAX,
        };
        (found <= until && self.last.is_none_or(|last| found <= last)).then_some(found)
    }

    /// The first firing after an instant of a rule that names local times.
    fn next_named(&self, zone: &Zone, anchor: i64, after: i64, budget: &mut u32) -> Option<i64> {
        let first = local(anchor, zone.offset_at(anchor))?;
        let mut from = local(after + 1, zone.offset_at(after))?;
        loop {
            let found = self.next_local(first, from, budget)?;
            let at = zone.instant(found);
            if at > after {
                return Some(at);
            }
            // The clock repeats this time, and it has fired already.
            from = found + TimeDelta::seconds(1);
        }
    }
}

/// Takes from what a search may look at. `None`: it is given up.
fn take(budget: &mut u32, count: u32) -> Option<()> {
    *budget = budget.saturating_sub(count);
    (*budget > 0).then_some(())
}

/// Whether a set of months has one; a set without any has all.
const fn has_month(months: u64, month: u32) -> bool {
    months == 0 || has(months, month)
}

/// The local time of an instant under an offset.
fn local(at: i64, offset: i64) -> Option<NaiveDateTime> {
    DateTime::from_timestamp(at.checked_add(offset)?, 0).map(|at| at.naive_utc())
}

/// The places in a list of `count` times that positions name, in order.
fn places(positions: &[i32], count: usize) -> Vec<usize> {
    let mut found: Vec<usize> = positions
        .iter()
        .filter_map(|position| {
            let size = usize::try_from(position.unsigned_abs()).ok()?;
            match *position > 0 {
                true => size.checked_sub(1).filter(|place| *place < count),
                false => count.checked_sub(size),
            }
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
