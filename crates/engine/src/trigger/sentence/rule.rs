//! What a sentence means, as data: independent of which kinds of triggers this version can store.

use std::{
    collections::BTreeSet,
    fmt::{self, Display, Write as _},
};

use chrono::NaiveDate;

use super::super::Zone;
use super::is_name;

/// What starts the runs.
#[derive(Clone, Debug, PartialEq)]
pub enum Rule {
    /// The time.
    Schedule(ScheduleRule),
    /// Runs of pipelines.
    Runs(RunRule),
    /// What GitHub reports.
    GitHub(GitHubRule),
    /// An event of the organization.
    Event(EventRule),
}

/// A unit of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A second.
    Second,
    /// A minute.
    Minute,
    /// An hour.
    Hour,
    /// A day of the calendar.
    Day,
    /// Seven days.
    Week,
    /// A month of the calendar.
    Month,
    /// A year of the calendar.
    Year,
}

impl Unit {
    /// All units.
    pub const ALL: [Self; 7] = [
        Self::Second,
        Self::Minute,
        Self::Hour,
        Self::Day,
        Self::Week,
        Self::Month,
        Self::Year,
    ];

    /// Its English name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|unit| unit.as_str() == name)
    }

    /// How long it is in seconds; `None` for units that are not all equally long.
    pub(super) const fn seconds(self) -> Option<u64> {
        match self {
            Self::Second => Some(1),
            Self::Minute => Some(60),
            Self::Hour => Some(3_600),
            Self::Day => Some(86_400),
            Self::Week => Some(604_800),
            Self::Month | Self::Year => None,
        }
    }

    /// Whether it is shorter than a day.
    pub(super) const fn is_short(self) -> bool {
        matches!(self, Self::Second | Self::Minute | Self::Hour)
    }
}

/// The part of a day in which something repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first hour.
    pub from: u32,
    /// The hour at which it ends.
    pub to: u32,
    /// Whether it fires at the end, too.
    pub inclusive: bool,
}

/// What happens on a holiday.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnHoliday {
    /// Nothing.
    Skip,
    /// It fires on the working day after it.
    NextWorkingDay,
    /// It fires on the working day before it.
    PreviousWorkingDay,
}

impl OnHoliday {
    /// All choices.
    pub const ALL: [Self; 3] = [Self::Skip, Self::NextWorkingDay, Self::PreviousWorkingDay];

    /// The name in a definition.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::NextWorkingDay => "next_working_day",
            Self::PreviousWorkingDay => "previous_working_day",
        }
    }
}

/// The last day of a month, among the days of [`ScheduleRule::month_days`].
pub const LAST_DAY: u32 = 32;

/// When something fires. What is empty or `None` was not said.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScheduleRule {
    /// The interval.
    pub every: Option<(u32, Unit)>,
    /// Weekdays; 0 is Sunday.
    pub days: BTreeSet<u32>,
    /// One weekday of a month: the weekday, and which one; 0 is the last.
    pub nth: BTreeSet<(u32, u32)>,
    /// Days of the month.
    pub month_days: BTreeSet<u32>,
    /// Days of the year: month and day.
    pub dates: BTreeSet<(u32, u32)>,
    /// Months.
    pub months: BTreeSet<u32>,
    /// Times of the day: hour and minute.
    pub at: BTreeSet<(u32, u32)>,
    /// The minute of each hour.
    pub minute: Option<u32>,
    /// The part of the day.
    pub window: Option<Window>,
    /// The IANA name of the time zone.
    pub zone: Option<String>,
    /// What happens on a holiday.
    pub on_holiday: Option<OnHoliday>,
    /// The calendar with the holidays.
    pub calendar: Option<String>,
    /// The first day.
    pub start: Option<NaiveDate>,
    /// The last day.
    pub end: Option<NaiveDate>,
}

impl ScheduleRule {
    pub(super) fn is_short(&self) -> bool {
        self.every.is_some_and(|(_, unit)| unit.is_short())
    }

    /// How many kinds of days it names.
    pub(super) fn kinds_of_days(&self) -> usize {
        let named = [
            !self.days.is_empty(),
            !self.nth.is_empty(),
            !self.month_days.is_empty(),
            !self.dates.is_empty(),
        ];
        named.into_iter().filter(|named| *named).count()
    }

    /// Whether a short interval counts in some hours or on some days only.
    pub(super) fn is_bound(&self) -> bool {
        self.kinds_of_days() > 0
            || !self.months.is_empty()
            || self.window.is_some()
            || self.minute.is_some()
    }

    pub(super) fn zone(&self) -> Option<Zone> {
        Zone::named(self.zone.as_deref()?)
    }
}

/// Runs that something waits for.
#[derive(Clone, Debug, PartialEq)]
pub struct RunRule {
    /// The names of the pipelines; empty: the sentence names none.
    pub pipelines: Vec<String>,
    /// Whether all of them have to have ended.
    pub all: bool,
    /// The states in which a run counts: `succeeded`, `failed`, `cancelled`.
    pub states: Vec<&'static str>,
    /// How often.
    pub count: Option<u32>,
    /// Within how many seconds.
    pub within: Option<u64>,
    /// After how many seconds a run takes long.
    pub longer: Option<u64>,
}

/// Something that GitHub reports.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GitHubRule {
    /// The name of the event; empty: any.
    pub event: String,
    /// The action, if the event has one.
    pub action: Option<String>,
    /// Whether the pull request was merged.
    pub merged: bool,
    /// A label that it has.
    pub label: Option<String>,
    /// The branch that it goes to.
    pub branch: Option<String>,
    /// The repository.
    pub repository: Option<String>,
}

/// A comparison of a field of an event.
#[derive(Clone, Debug, PartialEq)]
pub enum Comparison {
    /// The number is more.
    More(u32),
    /// The number is less.
    Less(u32),
    /// The text is this one.
    Is(String),
}

/// An event of the organization.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventRule {
    /// Its type.
    pub kind: String,
    /// Whether the type only begins with that.
    pub prefix: bool,
    /// Its source.
    pub source: Option<String>,
    /// What has to be true of its data.
    pub conditions: Vec<(String, Comparison)>,
}

/// A rule in one line, for people who read data: `schedule days=1-5 at=09:00 zone=Europe/Berlin`.
impl Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Schedule(rule) => rule.fmt(f),
            Self::Runs(rule) => rule.fmt(f),
            Self::GitHub(rule) => rule.fmt(f),
            Self::Event(rule) => rule.fmt(f),
        }
    }
}

impl Display for ScheduleRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("schedule")?;
        if let Some((count, unit)) = self.every {
            write!(f, " every={count}{}", unit.as_str())?;
        }
        if !self.days.is_empty() {
            write!(f, " days={}", weekdays(&self.days))?;
        }
        if !self.nth.is_empty() {
            let nth = self.nth.iter().map(|(day, which)| format!("{day}#{which}"));
            write!(f, " nth={}", joined(nth))?;
        }
        if !self.month_days.is_empty() {
            write!(f, " monthdays={}", month_days(&self.month_days))?;
        }
        if !self.dates.is_empty() {
            let dates = self
                .dates
                .iter()
                .map(|(month, day)| format!("{day}.{month}"));
            write!(f, " dates={}", joined(dates))?;
        }
        if !self.months.is_empty() {
            write!(f, " months={}", joined(&self.months))?;
        }
        if !self.at.is_empty() {
            let at = self
                .at
                .iter()
                .map(|(hour, minute)| format!("{hour:02}:{minute:02}"));
            write!(f, " at={}", joined(at))?;
        }
        if let Some(minute) = self.minute {
            write!(f, " minute={minute}")?;
        }
        if let Some(window) = self.window {
            let before = if window.inclusive { "" } else { "<" };
            write!(f, " window={}-{before}{}", window.from, window.to)?;
        }
        if let Some(zone) = &self.zone {
            write!(f, " zone={zone}")?;
        }
        if let Some(holiday) = self.on_holiday {
            write!(f, " holiday={}", holiday.as_str())?;
        }
        if let Some(calendar) = &self.calendar {
            write!(f, " calendar={}", quoted(calendar))?;
        }
        if let Some(start) = self.start {
            write!(f, " start={start}")?;
        }
        if let Some(end) = self.end {
            write!(f, " end={end}")?;
        }
        Ok(())
    }
}

impl Display for RunRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way = if self.all { "all" } else { "any" };
        let names = match self.pipelines.is_empty() {
            true => "*".to_owned(),
            false => joined(self.pipelines.iter().map(|name| quoted(name))),
        };
        write!(f, "run {way}:{names}")?;
        if !self.states.is_empty() {
            write!(f, " state={}", self.states.join(","))?;
        }
        if let Some(seconds) = self.longer {
            write!(f, " longer={seconds}")?;
        }
        if let Some(count) = self.count {
            write!(f, " count={count}")?;
        }
        if let Some(seconds) = self.within {
            write!(f, " within={seconds}")?;
        }
        Ok(())
    }
}

impl Display for GitHubRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let event = match self.event.as_str() {
            "" => "*",
            event => event,
        };
        write!(f, "github {event}")?;
        if let Some(action) = &self.action {
            write!(f, " {action}")?;
        }
        if self.merged {
            f.write_str(" merged")?;
        }
        let named = [
            ("label", &self.label),
            ("branch", &self.branch),
            ("repository", &self.repository),
        ];
        for (name, value) in named {
            if let Some(value) = value {
                write!(f, " {name}={}", quoted(value))?;
            }
        }
        Ok(())
    }
}

impl Display for EventRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let more = if self.prefix { "*" } else { "" };
        write!(f, "event type={}{more}", quoted(&self.kind))?;
        if let Some(source) = &self.source {
            write!(f, " source={}", quoted(source))?;
        }
        for (field, comparison) in &self.conditions {
            let field = quoted(field);
            match comparison {
                Comparison::More(number) => write!(f, " {field}>{number}")?,
                Comparison::Less(number) => write!(f, " {field}<{number}")?,
                Comparison::Is(text) => write!(f, " {field}={}", quoted(text))?,
            }
        }
        Ok(())
    }
}

/// Values with commas between them.
pub(super) fn joined<T: Display>(values: impl IntoIterator<Item = T>) -> String {
    let mut out = String::new();
    for value in values {
        if !out.is_empty() {
            out.push(',');
        }
        let _ = write!(out, "{value}");
    }
    out
}

/// Weekdays as in a cron expression.
pub(super) fn weekdays(days: &BTreeSet<u32>) -> String {
    let days: Vec<u32> = days.iter().copied().collect();
    match days.as_slice() {
        [1, 2, 3, 4, 5] => "1-5".to_owned(),
        [1, 2, 3, 4, 5, 6] => "1-6".to_owned(),
        days => joined(days),
    }
}

/// Days of the month as in a cron expression.
pub(super) fn month_days(days: &BTreeSet<u32>) -> String {
    joined(days.iter().map(|day| match *day {
        LAST_DAY => "L".to_owned(),
        day => day.to_string(),
    }))
}

/// A name, in quotation marks unless it is one word.
pub(super) fn quoted(name: &str) -> String {
    match is_name(name) {
        true => name.to_owned(),
        false => format!("\"{name}\""),
    }
}
