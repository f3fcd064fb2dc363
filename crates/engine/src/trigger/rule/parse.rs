//! Reads a recurrence rule as text.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc, Weekday};

use super::{Excepted, Frequency, MAX_COUNT, Rule, Until};
use crate::trigger::Zone;

/// The longest rule, in bytes.
const MAX_LENGTH: usize = 512;

/// The largest `INTERVAL`.
const MAX_INTERVAL: u32 = 10_000;

impl Rule {
    /// Reads a rule, with or without `RRULE:` before it.
    ///
    /// # Errors
    /// A sentence that names the part and what to write instead.
    pub(in crate::trigger) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.len() > MAX_LENGTH {
            return Err(format!(
                "it has {} bytes; at most {MAX_LENGTH} are allowed",
                text.len()
            ));
        }
        if text.contains(['\n', '\r']) {
            return Err(
                "it has several lines; write only the rule here, `DTSTART` as `start` and `timezone`, \
                 `RDATE` as `rdate` and `EXDATE` as `exdate`"
                    .to_owned(),
            );
        }
        let upper = text.to_ascii_uppercase();
        let plain = upper.strip_prefix("RRULE:").unwrap_or(&upper);
        let mut rule = Self {
            text: plain.to_owned(),
            frequency: Frequency::Yearly,
            interval: 1,
            count: None,
            until: None,
            months: 0,
            month_days: Vec::new(),
            weekdays: Vec::new(),
            positions: Vec::new(),
            hours: Vec::new(),
            minutes: Vec::new(),
            seconds: Vec::new(),
            week_start: Weekday::Mon,
            added: Vec::new(),
            excepted: Vec::new(),
            last: None,
        };
        let mut seen: Vec<&str> = Vec::new();
        for part in plain.split(';').filter(|part| !part.is_empty()) {
            let (name, value) = part
                .split_once('=')
                .ok_or_else(|| format!("`{part}` must be a part such as FREQ=DAILY"))?;
            if seen.contains(&name) {
                return Err(format!("`{name}` is written twice"));
            }
            seen.push(name);
            rule.part(name, value)?;
        }
        if !seen.contains(&"FREQ") {
            return Err("it has no FREQ, such as FREQ=DAILY".to_owned());
        }
        rule.is_right()?;
        Ok(rule)
    }

    fn part(&mut self, name: &str, value: &str) -> Result<(), String> {
        match name {
            "FREQ" => {
                self.frequency = match value {
                    "SECONDLY" => Frequency::Secondly,
                    "MINUTELY" => Frequency::Minutely,
                    "HOURLY" => Frequency::Hourly,
                    "DAILY" => Frequency::Daily,
                    "WEEKLY" => Frequency::Weekly,
                    "MONTHLY" => Frequency::Monthly,
                    "YEARLY" => Frequency::Yearly,
                    _ => {
                        return Err(format!(
                            "FREQ: `{value}` must be YEARLY, MONTHLY, WEEKLY, DAILY, HOURLY, MINUTELY or \
                             SECONDLY"
                        ));
                    }
                }
            }
            "INTERVAL" => self.interval = number(name, value, 1, MAX_INTERVAL)?,
            "COUNT" => self.count = Some(number(name, value, 1, MAX_COUNT)?),
            "UNTIL" => self.until = Some(until(value)?),
            "BYMONTH" => {
                for month in list(name, value, |one| number(name, one, 1, 12))? {
                    self.months |= 1 << month;
                }
            }
            "BYMONTHDAY" => {
                self.month_days = list(name, value, |one| signed(name, one, 31))?;
            }
            "BYDAY" => self.weekdays = list(name, value, weekday)?,
            "BYSETPOS" => self.positions = list(name, value, |one| signed(name, one, 366))?,
            "BYHOUR" => self.hours = numbers(name, value, 23)?,
            "BYMINUTE" => self.minutes = numbers(name, value, 59)?,
            "BYSECOND" => self.seconds = numbers(name, value, 59)?,
            "WKST" => {
                self.week_start = day(value)
                    .ok_or_else(|| format!("WKST: `{value}` must be a weekday, such as MO"))?;
            }
            "BYWEEKNO" | "BYYEARDAY" => {
                return Err(format!(
                    "{name} is not supported; use BYMONTH, BYMONTHDAY or BYDAY"
                ));
            }
            "DTSTART" => return Err("write `DTSTART` as `start`".to_owned()),
            _ => return Err(format!("`{name}` is not a part of a rule")),
        }
        Ok(())
    }

    /// Refuses parts that do not belong together (RFC 5545, section 3.3.10).
    fn is_right(&self) -> Result<(), String> {
        if self.count.is_some() && self.until.is_some() {
            return Err("it has both COUNT and UNTIL; only one of them is allowed".to_owned());
        }
        let ordinals = self.weekdays.iter().any(|(which, _)| *which != 0);
        let long = matches!(self.frequency, Frequency::Monthly | Frequency::Yearly);
        if ordinals && !long {
            return Err(
                "BYDAY: a number before a weekday needs FREQ=MONTHLY or FREQ=YEARLY".to_owned(),
            );
        }
        if self.frequency == Frequency::Weekly && !self.month_days.is_empty() {
            return Err("BYMONTHDAY is not allowed with FREQ=WEEKLY; use FREQ=DAILY".to_owned());
        }
        let names = !self.month_days.is_empty()
            || !self.weekdays.is_empty()
            || !self.hours.is_empty()
            || !self.minutes.is_empty()
            || !self.seconds.is_empty()
            || self.months != 0;
        if !self.positions.is_empty() && !names {
            return Err("BYSETPOS needs another part that begins with BY".to_owned());
        }
        Ok(())
    }
}

impl Excepted {
    /// A time, or a date without a time: the whole day.
    pub(in crate::trigger) fn read(text: &str, zone: &Zone) -> Option<Self> {
        let forms = ["%Y-%m-%d", "%Y%m%d"];
        let date = forms
            .iter()
            .find_map(|form| NaiveDate::parse_from_str(text, form).ok());
        match date {
            Some(date) => Some(Self::Day(date)),
            None => instant(text, zone).map(Self::Instant),
        }
    }
}

/// An instant as in iCalendar, or as elsewhere in a definition.
pub(in crate::trigger) fn instant(text: &str, zone: &Zone) -> Option<DateTime<Utc>> {
    match basic(text) {
        Some((at, true)) => Some(at.and_utc()),
        Some((at, false)) => DateTime::from_timestamp(zone.instant(at), 0),
        None => zone.read(text),
    }
}

/// `19970902T090000`, and whether it ends with `Z`.
fn basic(text: &str) -> Option<(NaiveDateTime, bool)> {
    let plain = text.strip_suffix(['Z', 'z']);
    let at = NaiveDateTime::parse_from_str(plain.unwrap_or(text), "%Y%m%dT%H%M%S").ok()?;
    Some((at, plain.is_some()))
}

fn until(text: &str) -> Result<Until, String> {
    let wrong = || {
        format!(
            "UNTIL: `{text}` must be a time such as 20261224T090000Z, or a date such as 20261224"
        )
    };
    match basic(text) {
        Some((at, true)) => Ok(Until::Instant(at.and_utc())),
        Some((at, false)) => Ok(Until::Local(at)),
        None => {
            // A date is the whole day.
            let date = NaiveDate::parse_from_str(text, "%Y%m%d").ok();
            let end = date.and_then(|date| date.and_hms_opt(23, 59, 59));
            end.map(Until::Local).ok_or_else(wrong)
        }
    }
}

fn number(name: &str, text: &str, min: u32, max: u32) -> Result<u32, String> {
    let number = text.parse::<u32>().ok();
    number
        .filter(|number| (min..=max).contains(number))
        .ok_or_else(|| format!("{name}: `{text}` must be a number from {min} to {max}"))
}

fn signed(name: &str, text: &str, max: i32) -> Result<i32, String> {
    let number = text.parse::<i32>().ok();
    number
        .filter(|number| *number != 0 && (-max..=max).contains(number))
        .ok_or_else(|| {
            format!("{name}: `{text}` must be a number from 1 to {max}, or from -1 to -{max}")
        })
}

fn numbers(name: &str, text: &str, max: u32) -> Result<Vec<u32>, String> {
    let mut found = list(name, text, |one| number(name, one, 0, max))?;
    found.sort_unstable();
    Ok(found)
}

/// A list of different values.
fn list<T: PartialEq>(
    name: &str,
    text: &str,
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    let mut found = Vec::new();
    for part in text.split(',') {
        let value = read(part)?;
        if found.contains(&value) {
            return Err(format!("{name}: `{part}` is written twice"));
        }
        found.push(value);
    }
    Ok(found)
}

/// A weekday, perhaps with which one it is: `MO`, `-1FR`, `2TU`.
fn weekday(text: &str) -> Result<(i32, Weekday), String> {
    let wrong = || format!("BYDAY: `{text}` must be a weekday such as MO, 1MO or -1FR");
    let place = text.len().checked_sub(2).ok_or_else(wrong)?;
    let (which, name) = text.split_at_checked(place).ok_or_else(wrong)?;
    let weekday = day(name).ok_or_else(wrong)?;
    if which.is_empty() {
        return Ok((0, weekday));
    }
    Ok((signed("BYDAY", which, 53)?, weekday))
}

fn day(name: &str) -> Option<Weekday> {
    match name {
        "MO" => Some(Weekday::Mon),
        "TU" => Some(Weekday::Tue),
        "WE" => Some(Weekday::Wed),
        "TH" => Some(Weekday::Thu),
        "FR" => Some(Weekday::Fri),
        "SA" => Some(Weekday::Sat),
        "SU" => Some(Weekday::Sun),
        _ => None,
    }
}
