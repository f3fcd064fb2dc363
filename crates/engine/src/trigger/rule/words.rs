//! A recurrence rule in words.

use std::fmt::Write as _;

use chrono::{DateTime, Timelike, Utc, Weekday};

use super::{Frequency, Rule, Until, local};
use crate::trigger::{
    Zone,
    words::{MONTHS, WEEKDAYS, list},
};

/// The largest number of times of a day that are named one by one.
const NAMED: usize = 4;

impl Rule {
    /// When it fires, in English: `every month on the last Friday of the month at 09:00`.
    pub(in crate::trigger) fn words(&self, zone: &Zone, start: Option<DateTime<Utc>>) -> String {
        let mut out = match self.interval {
            1 => format!("every {}", self.unit()),
            number => format!("every {number} {}s", self.unit()),
        };
        let days = self.days();
        if !days.is_empty() {
            let _ = write!(out, " on {days}");
        }
        if self.months != 0 {
            let months = MONTHS.iter().zip(1u32..);
            let names: Vec<&str> = months
                .filter(|(_, month)| super::has(self.months, *month))
                .map(|(name, _)| *name)
                .collect();
            let _ = write!(out, " in {}", list(&names));
        }
        out.push_str(&self.times(zone, start));
        if !self.positions.is_empty() {
            let which: Vec<String> = self.positions.iter().map(|one| which(*one)).collect();
            let which: Vec<&str> = which.iter().map(String::as_str).collect();
            let _ = write!(
                out,
                ", of these the {} of each {}",
                list(&which),
                self.unit()
            );
        }
        match (self.count, self.until) {
            (Some(1), _) => out.push_str(", once"),
            (Some(count), _) => {
                let _ = write!(out, ", {count} times");
            }
            (None, Some(Until::Instant(at))) => {
                let _ = write!(out, ", until {}", zone.text_of(at));
            }
            (None, Some(Until::Local(at))) => {
                let _ = write!(out, ", until {}", at.format("%Y-%m-%dT%H:%M:%S"));
            }
            (None, None) => {}
        }
        match self.added.len() {
            0 => {}
            1 => out.push_str(", and at one further time"),
            count => {
                let _ = write!(out, ", and at {count} further times");
            }
        }
        match self.excepted.len() {
            0 => {}
            1 => out.push_str(", with one exception"),
            count => {
                let _ = write!(out, ", with {count} exceptions");
            }
        }
        out
    }

    const fn unit(&self) -> &'static str {
        match self.frequency {
            Frequency::Secondly => "second",
            Frequency::Minutely => "minute",
            Frequency::Hourly => "hour",
            Frequency::Daily => "day",
            Frequency::Weekly => "week",
            Frequency::Monthly => "month",
            Frequency::Yearly => "year",
        }
    }

    /// The days that the rule names; empty if it names none.
    fn days(&self) -> String {
        let period = match self.frequency == Frequency::Yearly && self.months == 0 {
            true => "year",
            false => "month",
        };
        let weekdays: Vec<String> = self
            .weekdays
            .iter()
            .map(|(number, weekday)| match number {
                0 => name(*weekday).to_owned(),
                number => format!("the {} {} of the {period}", which(*number), name(*weekday)),
            })
            .collect();
        let weekdays: Vec<&str> = weekdays.iter().map(String::as_str).collect();
        let days: Vec<String> = self
            .month_days
            .iter()
            .map(|day| match day {
                -1 => "the last day of the month".to_owned(),
                day if *day < 0 => format!("the {} day of the month", which(*day)),
                day => format!("day {day} of the month"),
            })
            .collect();
        let days: Vec<&str> = days.iter().map(String::as_str).collect();
        match (weekdays.is_empty(), days.is_empty()) {
            (false, false) => format!("{} if it is {}", list(&days), list(&weekdays)),
            (false, true) => list(&weekdays),
            _ => list(&days),
        }
    }

    /// The times of the day.
    fn times(&self, zone: &Zone, start: Option<DateTime<Utc>>) -> String {
        let values = |values: &[u32]| {
            let texts: Vec<String> = values.iter().map(u32::to_string).collect();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            list(&texts)
        };
        let named = |out: &mut String, what: &str, of: &[u32]| {
            if !of.is_empty() {
                let _ = write!(out, ", {what} {}", values(of));
            }
        };
        let mut out = String::new();
        let first = start
            .map(|at| at.timestamp())
            .and_then(|at| local(at, zone.offset_at(at)));
        let own = |named: &[u32], own: Option<u32>| match named.is_empty() {
            true => vec![own.unwrap_or_default()],
            false => named.to_vec(),
        };
        let hours = own(&self.hours, first.map(|first| first.hour()));
        let minutes = own(&self.minutes, first.map(|first| first.minute()));
        let seconds = own(&self.seconds, first.map(|first| first.second()));
        let of_days = self.frequency.seconds().is_none();
        let count = hours.len() * minutes.len() * seconds.len();
        if !of_days || count > NAMED {
            named(&mut out, "hour", &self.hours);
            named(&mut out, "minute", &self.minutes);
            named(&mut out, "second", &self.seconds);
            return out;
        }
        let mut times = Vec::with_capacity(count);
        for hour in &hours {
            for minute in &minutes {
                for second in &seconds {
                    times.push(match second {
                        0 => format!("{hour:02}:{minute:02}"),
                        second => format!("{hour:02}:{minute:02}:{second:02}"),
                    });
                }
            }
        }
        let times: Vec<&str> = times.iter().map(String::as_str).collect();
        format!(" at {}", list(&times))
    }
}

fn name(weekday: Weekday) -> &'static str {
    let number = weekday.num_days_from_sunday() as usize;
    WEEKDAYS.get(number).copied().unwrap_or_default()
}

/// `first`, `last`, `second to last`, `20th`.
fn which(number: i32) -> String {
    let size = number.unsigned_abs();
    let plain = match size {
        1 => "first".to_owned(),
        2 => "second".to_owned(),
        3 => "third".to_owned(),
        4 => "fourth".to_owned(),
        5 => "fifth".to_owned(),
        size => {
            let end = match (size % 10, size % 100) {
                (_, 11..=13) => "th",
                (1, _) => "st",
                (2, _) => "nd",
                (3, _) => "rd",
                _ => "th",
            };
            format!("{size}{end}")
        }
    };
    match number {
        -1 => "last".to_owned(),
        number if number < 0 => format!("{plain} to last"),
        _ => plain,
    }
}
