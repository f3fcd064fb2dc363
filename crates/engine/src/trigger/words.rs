//! A schedule in words, made from what it does.

use std::fmt::Write as _;

use super::{Cron, Every, OnHoliday, Schedule, Timing, cron::has};

pub(super) const WEEKDAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const WHICH: [&str; 6] = ["last", "first", "second", "third", "fourth", "fifth"];

impl Schedule {
    /// When it fires, in English: `at 09:00 from Monday to Friday (Europe/Berlin)`.
    pub fn words(&self) -> String {
        let mut out = match &self.timing {
            Timing::Cron(cron) => words_of(cron),
            Timing::Interval { every, .. } => interval(*every),
            Timing::Rule(rule) => rule.words(&self.zone, self.start),
            Timing::Webhook(webhook) => webhook.words(),
            Timing::Run(run) => run.words(),
            Timing::Event(event) => event.words(),
        };
        if self.timing.is_planned() {
            let _ = write!(out, " ({})", self.zone.name());
        }
        if let Some((calendar, how)) = self.calendar {
            let what = match how {
                OnHoliday::Skip => "except on",
                OnHoliday::NextWorkingDay => "on the next working day instead of",
                OnHoliday::PreviousWorkingDay => "on the working day before instead of",
            };
            let _ = write!(out, ", {what} public holidays ({})", calendar.title());
        }
        if let Some(start) = self.start {
            let _ = write!(out, ", from {} on", self.zone.text_of(start));
        }
        if let Some(end) = self.end {
            let _ = write!(out, ", until {}", self.zone.text_of(end));
        }
        if self.jitter > 0 {
            let _ = write!(out, ", up to {} later", length(u64::from(self.jitter)));
        }
        if self.paused {
            out.push_str(", paused in its definition");
        }
        out
    }
}

fn interval(every: Every) -> String {
    match every {
        Every::Days(1) => "every day, at the same time".to_owned(),
        Every::Days(days) => format!("every {days} days, at the same time"),
        Every::Seconds(seconds) => each(u64::from(seconds)),
    }
}

/// `every minute`, `every 15 minutes`.
fn each(seconds: u64) -> String {
    let length = length(seconds);
    format!("every {}", length.strip_prefix("1 ").unwrap_or(&length))
}

/// A number of seconds in the largest unit that divides it.
pub(super) fn length(seconds: u64) -> String {
    let (number, unit) = match seconds {
        s if s % 3_600 == 0 => (s / 3_600, "hour"),
        s if s % 60 == 0 => (s / 60, "minute"),
        s => (s, "second"),
    };
    match number {
        1 => format!("1 {unit}"),
        number => format!("{number} {unit}s"),
    }
}

fn words_of(cron: &Cron) -> String {
    let Some(time) = time(cron) else {
        return format!("by the cron expression `{}`", cron.text());
    };
    let Some(days) = days(cron) else {
        return format!("by the cron expression `{}`", cron.text());
    };
    let when = match (time.starts_with("every"), days.as_str()) {
        (true, "every day") => time,
        _ => format!("{time} {days}"),
    };
    let months = numbers(cron.months, 12);
    match months.len() {
        12 => when,
        _ => {
            let names: Vec<&str> = months
                .iter()
                .filter_map(|month| MONTHS.get(*month as usize - 1).copied())
                .collect();
            format!("{when} in {}", list(&names))
        }
    }
}

/// The time of the day; `None` for what has no short words.
fn time(cron: &Cron) -> Option<String> {
    let seconds = numbers(cron.seconds, 59);
    let minutes = numbers(cron.minutes, 59);
    let hours = numbers(cron.hours, 23);
    match (hours.as_slice(), minutes.as_slice(), seconds.as_slice()) {
        (hours, [minute], [0]) if hours.len() <= 4 => {
            let times: Vec<String> = hours
                .iter()
                .map(|hour| format!("{hour:02}:{minute:02}"))
                .collect();
            let times: Vec<&str> = times.iter().map(String::as_str).collect();
            Some(format!("at {}", list(&times)))
        }
        (hours, [0], [0]) if hours.len() == 24 => Some("every hour".to_owned()),
        (hours, [minute], [0]) if hours.len() == 24 => {
            Some(format!("every hour at minute {minute}"))
        }
        (hours, minutes, [0]) if hours.len() == 24 => {
            let step = step(minutes, 60)?;
            Some(each(u64::from(step) * 60))
        }
        (hours, minutes, seconds) if hours.len() == 24 && minutes.len() == 60 => {
            let step = step(seconds, 60)?;
            Some(each(u64::from(step)))
        }
        _ => None,
    }
}

/// The step of a set that begins with 0 and goes around evenly.
fn step(set: &[u32], of: u32) -> Option<u32> {
    let count = u32::try_from(set.len()).ok().filter(|count| *count > 0)?;
    let step = of / count;
    let even = set
        .iter()
        .zip(0u32..)
        .all(|(number, n)| *number == n * step);
    (even && step * count == of).then_some(step)
}

/// The days; `None` for what has no short words.
fn days(cron: &Cron) -> Option<String> {
    let days = numbers(cron.days, 31);
    let weekdays = numbers(cron.weekdays, 6);
    let every_weekday = weekdays.len() == 7;
    match (days.len(), cron.last_day, every_weekday) {
        (31, false, true) => Some("every day".to_owned()),
        (31, false, false) => Some(format!("on {}", named(cron, &weekdays))),
        (0, true, true) => Some("on the last day of the month".to_owned()),
        (count, false, true) if count <= 4 => {
            let texts: Vec<String> = days.iter().map(u32::to_string).collect();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            Some(format!("on day {} of the month", list(&texts)))
        }
        _ => None,
    }
}

fn named(cron: &Cron, weekdays: &[u32]) -> String {
    if cron.nth.is_empty() && weekdays == [1, 2, 3, 4, 5] {
        return "Monday to Friday".to_owned();
    }
    let name = |day: u32| WEEKDAYS.get(day as usize).copied().unwrap_or_default();
    let mut names: Vec<String> = weekdays.iter().map(|day| name(*day).to_owned()).collect();
    for (day, which) in &cron.nth {
        let which = WHICH.get(*which as usize).copied().unwrap_or_default();
        names.push(format!("the {which} {} of the month", name(*day)));
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    list(&names)
}

fn numbers(set: u64, max: u32) -> Vec<u32> {
    (0..=max).filter(|number| has(set, *number)).collect()
}

pub(super) fn list(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
