//! Rules of days, weeks, months and years: which local times they name.

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Weekday};

use super::{Frequency, Rule, has_month, places, take};

/// The last year of a search, and how many years it goes on.
const LAST_YEAR: i32 = 2_999;
const YEARS: i32 = 50;

impl Rule {
    /// The first local time of the rule from `from` on. `first` is where the rule begins.
    pub(super) fn next_local(
        &self,
        first: NaiveDateTime,
        from: NaiveDateTime,
        budget: &mut u32,
    ) -> Option<NaiveDateTime> {
        let from = from.max(first);
        let times = Times::of(self, first.time());
        let mut number = self.period_of(first.date(), from.date())?;
        loop {
            let (begin, end) = self.period(first.date(), number)?;
            if begin.year() > LAST_YEAR || begin.year() - from.year() > YEARS {
                return None;
            }
            let days = u32::try_from((end - begin).num_days()).unwrap_or(1);
            take(budget, days.max(1))?;
            let dates: Vec<NaiveDate> = begin
                .iter_days()
                .take_while(|date| *date < end)
                .filter(|date| self.is_on(*date, first.date()))
                .collect();
            let found = match self.positions.is_empty() {
                true => first_of(&dates, &times, from),
                false => places(&self.positions, dates.len() * times.count())
                    .into_iter()
                    .filter_map(|place| {
                        let date = dates.get(place / times.count())?;
                        Some(date.and_time(times.at(place % times.count())?))
                    })
                    .find(|at| *at >= from),
            };
            if found.is_some() {
                return found;
            }
            number += 1;
        }
    }

    /// The number of the period in which a date is, or of the last one before it.
    fn period_of(&self, first: NaiveDate, date: NaiveDate) -> Option<i64> {
        let passed = match self.frequency {
            Frequency::Weekly => (date - self.week_of(first)?).num_days().div_euclid(7),
            Frequency::Monthly => month_number(date) - month_number(first),
            Frequency::Yearly => i64::from(date.year() - first.year()),
            _ => (date - first).num_days(),
        };
        Some(passed.div_euclid(i64::from(self.interval.max(1))).max(0))
    }

    /// The first day of a period, and the first one after it.
    fn period(&self, first: NaiveDate, number: i64) -> Option<(NaiveDate, NaiveDate)> {
        let passed = number.checked_mul(i64::from(self.interval.max(1)))?;
        let days = |from: NaiveDate, count: i64| {
            from.checked_add_days(Days::new(u64::try_from(count).ok()?))
        };
        match self.frequency {
            Frequency::Weekly => {
                let begin = days(self.week_of(first)?, passed.checked_mul(7)?)?;
                Some((begin, days(begin, 7)?))
            }
            Frequency::Monthly => {
                let month = month_number(first).checked_add(passed)?;
                Some((first_of_month(month)?, first_of_month(month + 1)?))
            }
            Frequency::Yearly => {
                let year = i64::from(first.year()).checked_add(passed)?;
                Some((first_of_month(year * 12)?, first_of_month(year * 12 + 12)?))
            }
            _ => {
                let begin = days(first, passed)?;
                Some((begin, days(begin, 1)?))
            }
        }
    }

    /// The first day of the week in which a date is.
    fn week_of(&self, date: NaiveDate) -> Option<NaiveDate> {
        let passed = date.weekday().days_since(self.week_start);
        date.checked_sub_days(Days::new(u64::from(passed)))
    }

    /// Whether the rule names a date, as far as its parts say. What no part says comes from the date on which
    /// the rule begins.
    pub(super) fn is_on(&self, date: NaiveDate, first: NaiveDate) -> bool {
        if !has_month(self.months, date.month()) {
            return false;
        }
        let names_days = !self.month_days.is_empty() || !self.weekdays.is_empty();
        if !names_days {
            let same_month = self.months != 0 || date.month() == first.month();
            return match self.frequency {
                Frequency::Yearly => same_month && date.day() == first.day(),
                Frequency::Monthly => date.day() == first.day(),
                Frequency::Weekly => date.weekday() == first.weekday(),
                _ => true,
            };
        }
        let day = i32::try_from(date.day()).unwrap_or_default();
        let from_end = day - days_in_month(date) - 1;
        let named = |one: &i32| *one == day || *one == from_end;
        let by_month_day = self.month_days.is_empty() || self.month_days.iter().any(named);
        let by_weekday = self.weekdays.is_empty()
            || self
                .weekdays
                .iter()
                .any(|(which, weekday)| self.is_weekday(date, *which, *weekday));
        by_month_day && by_weekday
    }

    /// Whether a date is this weekday, and the right one of its month or year.
    fn is_weekday(&self, date: NaiveDate, which: i32, weekday: Weekday) -> bool {
        if date.weekday() != weekday {
            return false;
        }
        if which == 0 {
            return true;
        }
        let of_year = self.frequency == Frequency::Yearly && self.months == 0;
        let (day, days) = match of_year {
            true => {
                let days = if date.leap_year() { 366 } else { 365 };
                (i32::try_from(date.ordinal()).unwrap_or_default(), days)
            }
            false => (
                i32::try_from(date.day()).unwrap_or_default(),
                days_in_month(date),
            ),
        };
        which == (day - 1) / 7 + 1 || which == -((days - day) / 7 + 1)
    }
}

/// The first time of these dates from `from` on.
fn first_of(dates: &[NaiveDate], times: &Times, from: NaiveDateTime) -> Option<NaiveDateTime> {
    dates
        .iter()
        .filter(|date| **date >= from.date())
        .find_map(|date| {
            let earliest = match *date == from.date() {
                true => from.time(),
                false => NaiveTime::MIN,
            };
            Some(date.and_time(times.next(earliest)?))
        })
}

/// The times of a day.
struct Times {
    hours: Vec<u32>,
    minutes: Vec<u32>,
    seconds: Vec<u32>,
}

impl Times {
    fn of(rule: &Rule, first: NaiveTime) -> Self {
        let or = |named: &[u32], own: u32| match named.is_empty() {
            true => vec![own],
            false => named.to_vec(),
        };
        Self {
            hours: or(&rule.hours, first.hour()),
            minutes: or(&rule.minutes, first.minute()),
            seconds: or(&rule.seconds, first.second()),
        }
    }

    /// How many there are; at least one.
    fn count(&self) -> usize {
        (self.hours.len() * self.minutes.len() * self.seconds.len()).max(1)
    }

    /// The time at a place of the list.
    fn at(&self, place: usize) -> Option<NaiveTime> {
        let (minutes, seconds) = (self.minutes.len().max(1), self.seconds.len().max(1));
        let hour = self.hours.get(place / (minutes * seconds))?;
        let minute = self.minutes.get(place / seconds % minutes)?;
        let second = self.seconds.get(place % seconds)?;
        NaiveTime::from_hms_opt(*hour, *minute, *second)
    }

    /// The first time from `from` on.
    fn next(&self, from: NaiveTime) -> Option<NaiveTime> {
        for hour in self.hours.iter().filter(|hour| **hour >= from.hour()) {
            for minute in &self.minutes {
                for second in &self.seconds {
                    let time = NaiveTime::from_hms_opt(*hour, *minute, *second)?;
                    if time >= from {
                        return Some(time);
                    }
                }
            }
        }
        None
    }
}

/// The months since the beginning of the year 0.
fn month_number(date: NaiveDate) -> i64 {
    i64::from(date.year()) * 12 + i64::from(date.month0())
}

fn first_of_month(number: i64) -> Option<NaiveDate> {
    let year = i32::try_from(number.div_euclid(12)).ok()?;
    let month = u32::try_from(number.rem_euclid(12)).ok()?;
    NaiveDate::from_ymd_opt(year, month + 1, 1)
}

fn days_in_month(date: NaiveDate) -> i32 {
    let next = first_of_month(month_number(date) + 1);
    let last = next.and_then(|next| next.pred_opt());
    last.map_or(31, |last| i32::try_from(last.day()).unwrap_or(31))
}
