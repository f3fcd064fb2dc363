//! Cron expressions: five fields, or six with seconds first.
//!
//! `*`, lists, ranges, steps and names as usual; `L` as day of the month is its last day, `5L` as weekday
//! the last Friday, `5#2` the second one. If both the day of the month and the weekday are restricted, a
//! day matches that is one of the two, unless one of the fields begins with `*`: then it has to be both.

use std::fmt;

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike};

/// The longest expression, in bytes.
const MAX_LENGTH: usize = 256;

/// A field of an expression.
struct Field {
    name: &'static str,
    min: u32,
    max: u32,
    /// The largest number that may be written: 7 is Sunday, too.
    limit: u32,
    /// Names of the values from `min` on.
    words: &'static [&'static str],
}

const SECOND: Field = Field {
    name: "second",
    min: 0,
    max: 59,
    limit: 59,
    words: &[],
};
const MINUTE: Field = Field {
    name: "minute",
    ..SECOND
};
const HOUR: Field = Field {
    name: "hour",
    max: 23,
    limit: 23,
    ..SECOND
};
const DAY: Field = Field {
    name: "day of the month",
    min: 1,
    max: 31,
    limit: 31,
    ..SECOND
};
const MONTH: Field = Field {
    name: "month",
    min: 1,
    max: 12,
    limit: 12,
    words: &[
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ],
};
const WEEKDAY: Field = Field {
    name: "weekday",
    min: 0,
    max: 6,
    limit: 7,
    words: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
};

/// A cron expression. The sets are bits: bit 3 of `hours` is three o'clock.
#[derive(Clone, PartialEq, Eq)]
pub struct Cron {
    text: String,
    pub(super) seconds: u64,
    pub(super) minutes: u64,
    pub(super) hours: u64,
    pub(super) days: u64,
    pub(super) last_day: bool,
    pub(super) months: u64,
    pub(super) weekdays: u64,
    /// Weekdays of which only one in the month counts: the weekday, and which one; 0 is the last.
    pub(super) nth: Vec<(u32, u32)>,
    /// Whether a day has to match both the day of the month and the weekday.
    both: bool,
}

impl Cron {
    /// Reads an expression.
    ///
    /// # Errors
    /// A sentence that names the field, the value and what to write instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.len() > MAX_LENGTH {
            return Err(format!(
                "it has {} bytes; at most {MAX_LENGTH} are allowed",
                text.len()
            ));
        }
        let plain = match text.to_ascii_lowercase().as_str() {
            "@yearly" | "@annually" => "0 0 1 1 *",
            "@monthly" => "0 0 1 * *",
            "@weekly" => "0 0 * * 0",
            "@daily" | "@midnight" => "0 0 * * *",
            "@hourly" => "0 * * * *",
            other if other.starts_with('@') => {
                return Err(format!(
                    "`{other}` is not known; use @yearly, @monthly, @weekly, @daily or @hourly"
                ));
            }
            _ => text,
        };
        let fields: Vec<&str> = plain.split_ascii_whitespace().collect();
        let (second, [minute, hour, day, month, weekday]) = match fields.as_slice() {
            [minute, hour, day, month, weekday] => ("0", [*minute, *hour, *day, *month, *weekday]),
            [second, minute, hour, day, month, weekday] => {
                (*second, [*minute, *hour, *day, *month, *weekday])
            }
            other => {
                return Err(format!(
                    "a cron expression has five fields (minute, hour, day of the month, month, weekday), \
                     or six with the second first, not {}",
                    other.len()
                ));
            }
        };
        let (days, last_day) = days(day)?;
        let (weekdays, nth) = weekdays(weekday)?;
        let open = |field: &str| field.starts_with(['*', '?']);
        Ok(Self {
            text: text.to_owned(),
            seconds: set(&SECOND, second)?,
            minutes: set(&MINUTE, minute)?,
            hours: set(&HOUR, hour)?,
            days,
            last_day,
            months: set(&MONTH, month)?,
            weekdays,
            nth,
            both: open(day) || open(weekday),
        })
    }

    /// The expression as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it fires in every hour of a day: then it follows real time when the clock changes.
    pub(super) fn is_hourly(&self) -> bool {
        self.hours == full(&HOUR)
    }

    /// The first matching local time from `from` on and before `to`.
    pub(super) fn next(&self, from: NaiveDateTime, to: NaiveDateTime) -> Option<NaiveDateTime> {
        let mut date = from.date();
        let mut earliest = from.time();
        while date <= to.date() {
            if !has(self.months, date.month()) {
                date = first_of_next_month(date)?;
                earliest = NaiveTime::MIN;
                continue;
            }
            if self.is_on(date)
                && let Some(time) = self.time(earliest)
            {
                let found = date.and_time(time);
                return (found < to).then_some(found);
            }
            date = date.succ_opt()?;
            earliest = NaiveTime::MIN;
        }
        None
    }

    /// Whether a local time matches.
    #[cfg(test)]
    pub(super) fn matches(&self, at: NaiveDateTime) -> bool {
        has(self.months, at.month())
            && self.is_on(at.date())
            && has(self.hours, at.hour())
            && has(self.minutes, at.minute())
            && has(self.seconds, at.second())
    }

    /// Whether it fires on a day of a month that matches.
    fn is_on(&self, date: NaiveDate) -> bool {
        let last = days_in_month(date);
        let day = has(self.days, date.day()) || (self.last_day && date.day() == last);
        let weekday = date.weekday().num_days_from_sunday();
        let which = (date.day() - 1) / 7 + 1;
        let is_last = date.day() + 7 > last;
        let weekday = has(self.weekdays, weekday)
            || self
                .nth
                .iter()
                .any(|(of, nth)| *of == weekday && (*nth == which || (*nth == 0 && is_last)));
        match self.both {
            true => day && weekday,
            false => day || weekday,
        }
    }

    /// The first matching time of a day from `from` on.
    fn time(&self, from: NaiveTime) -> Option<NaiveTime> {
        let (hour, minute, second) = (from.hour(), from.minute(), from.second());
        let first = u64::trailing_zeros;
        if has(self.hours, hour) {
            if has(self.minutes, minute)
                && let Some(second) = at_least(self.seconds, second)
            {
                return NaiveTime::from_hms_opt(hour, minute, second);
            }
            if let Some(minute) = at_least(self.minutes, minute + 1) {
                return NaiveTime::from_hms_opt(hour, minute, first(self.seconds));
            }
        }
        let hour = at_least(self.hours, hour + 1)?;
        NaiveTime::from_hms_opt(hour, first(self.minutes), first(self.seconds))
    }
}

impl fmt::Debug for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Whether a set has a number.
pub(super) const fn has(set: u64, number: u32) -> bool {
    number < 64 && (set >> number) & 1 == 1
}

/// The smallest number of a set that is at least `number`.
const fn at_least(set: u64, number: u32) -> Option<u32> {
    if number >= 64 {
        return None;
    }
    let rest = (set >> number) << number;
    if rest == 0 {
        return None;
    }
    Some(rest.trailing_zeros())
}

const fn full(field: &Field) -> u64 {
    (1 << (field.max + 1)) - (1 << field.min)
}

fn first_of_next_month(date: NaiveDate) -> Option<NaiveDate> {
    match date.month() {
        12 => NaiveDate::from_ymd_opt(date.year().checked_add(1)?, 1, 1),
        month => NaiveDate::from_ymd_opt(date.year(), month + 1, 1),
    }
}

fn days_in_month(date: NaiveDate) -> u32 {
    let last = first_of_next_month(date).and_then(|next| next.pred_opt());
    last.map_or(31, |last| last.day())
}

/// The days of the month, and whether the last one is among them.
fn days(text: &str) -> Result<(u64, bool), String> {
    let (mut bits, mut last) = (0, false);
    for part in text.split(',') {
        match part {
            "L" | "l" => last = true,
            part if part.ends_with(['W', 'w']) => {
                return Err(format!(
                    "day of the month: `{part}` (the nearest working day) is not supported; name the days"
                ));
            }
            part => bits |= range(&DAY, part)?,
        }
    }
    Ok((bits, last))
}

/// The weekdays, and those of which one in the month counts.
fn weekdays(text: &str) -> Result<(u64, Vec<(u32, u32)>), String> {
    let (mut bits, mut nth) = (0, Vec::new());
    for part in text.split(',') {
        if let Some((day, which)) = part.split_once('#') {
            let which = which
                .parse::<u32>()
                .ok()
                .filter(|which| (1..=5).contains(which));
            let which = which
                .ok_or_else(|| format!("weekday: `{part}` must be from #1 to #5, such as 5#2"))?;
            nth.push((value(&WEEKDAY, day)? % 7, which));
        } else if let Some(day) = part.strip_suffix(['L', 'l']).filter(|day| !day.is_empty()) {
            nth.push((value(&WEEKDAY, day)? % 7, 0));
        } else {
            bits |= range(&WEEKDAY, part)?;
        }
    }
    if has(bits, 7) {
        bits = (bits | 1) & full(&WEEKDAY);
    }
    Ok((bits, nth))
}

fn set(field: &Field, text: &str) -> Result<u64, String> {
    let mut bits = 0;
    for part in text.split(',') {
        bits |= range(field, part)?;
    }
    Ok(bits)
}

/// One part of a list: a value, a range or `*`, each perhaps with a step.
fn range(field: &Field, part: &str) -> Result<u64, String> {
    let (values, step) = match part.split_once('/') {
        Some((values, step)) => (values, Some(step)),
        None => (part, None),
    };
    let (from, to) = match (values, values.split_once('-')) {
        ("*" | "?", _) => (field.min, field.max),
        (_, Some((from, to))) => (value(field, from)?, value(field, to)?),
        (one, None) => {
            let one = value(field, one)?;
            (
                one,
                if step.is_some() {
                    field.max.max(one)
                } else {
                    one
                },
            )
        }
    };
    if from > to {
        return Err(format!(
            "{}: `{part}` ends before it begins; write two ranges, separated by a comma",
            field.name
        ));
    }
    let step = match step {
        None => 1,
        Some(step) => step
            .parse::<u32>()
            .ok()
            .filter(|step| (1..=field.limit).contains(step))
            .ok_or_else(|| {
                format!(
                    "{}: the step of `{part}` must be from 1 to {}",
                    field.name, field.limit
                )
            })?,
    };
    let mut bits = 0;
    let mut number = from;
    while number <= to {
        bits |= 1 << number;
        number += step;
    }
    Ok(bits)
}

/// A number, or the name of one.
fn value(field: &Field, text: &str) -> Result<u32, String> {
    let lower = text.to_ascii_lowercase();
    let mut words = field.words.iter().zip(field.min..);
    let named = words.find(|(word, _)| **word == lower.as_str());
    let number = match named {
        Some((_, number)) => Some(number),
        None => lower.parse::<u32>().ok(),
    };
    number
        .filter(|number| (field.min..=field.limit).contains(number))
        .ok_or_else(|| {
            let names = match field.words {
                [first, .., last] => format!(", or a name ({first} … {last})"),
                _ => String::new(),
            };
            format!(
                "{}: `{text}` must be a number from {} to {}{names}",
                field.name, field.min, field.limit
            )
        })
}
