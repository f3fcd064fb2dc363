//! What starts runs by itself: schedules, webhooks, the ends of other runs, and events, as a pipeline's file
//! declares them.
//!
//! This module is pure. It reads a definition ([`Trigger::parse`]), says when it fires
//! ([`Schedule::next_after`]), what is due after a pause ([`Schedule::due`]) and with which input
//! ([`Trigger::input_at`], [`Webhook::input`], [`RunTrigger::input`], [`EventTrigger::input`]). What a trigger
//! waits for is its [`Timing`]. The service keeps the same definition as text and reads it with the same
//! function, so a definition with a field that this version does not know never fires without it.
//!
//! Cron expressions are read here rather than by a library: what happens in the hour of a change of the
//! clock is then one documented rule (`cron`, `schedule`), which interval schedules share. The time zones
//! are those of the library jiff, built in, so that every machine has the same ones.

mod bus;
mod cron;
mod declared;
mod due;
mod duration;
mod finished;
mod holidays;
mod moved;
mod network;
mod parse;
mod payload;
mod place;
mod rule;
mod schedule;
pub mod sentence;
mod signal_parse;
#[cfg(test)]
mod signal_tests;
#[cfg(test)]
mod tests;
mod webhook;
mod webhook_parse;
#[cfg(test)]
mod webhook_tests;
mod words;
mod write;
mod zone;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

pub use bus::{Comparison, Condition, EventTrigger, Pattern, Test};
pub use cron::Cron;
pub(crate) use declared::read;
pub use due::{Due, MAX_CATCH_UP, TOLERANCE};
pub use finished::{RunEnd, RunState, RunTrigger};
pub use holidays::{Calendar, OnHoliday};
pub use network::Network;
pub use payload::{Part, Source};
pub use place::Place;
pub use rule::Rule;
pub use schedule::{Every, Misfire, Overlap, Schedule, Timing};
pub use webhook::{
    Algorithm, Answer, BodyKind, Encoding, Event, MAX_BODY, MAX_WAIT, Proof, Webhook,
};
pub use zone::Zone;

use crate::{Map, Value};

/// The largest number of triggers that a file may declare.
pub const MAX_TRIGGERS: usize = 50;

/// The largest definition of a trigger, in bytes.
pub(crate) const MAX_BYTES: usize = 64 * 1024;

/// A trigger: what fires, and with which input.
#[derive(Clone, Debug, PartialEq)]
pub struct Trigger {
    /// Its name, unique in the pipeline.
    pub name: String,
    /// What it is for; empty if nobody wrote it.
    pub description: String,
    /// When it fires.
    pub schedule: Schedule,
    /// Inputs of each run, by name.
    pub input: Map,
    /// Inputs that come from the firing of a schedule: the name of the input, and the field of the event.
    /// Those of a webhook are in [`Webhook::mapping`].
    pub mapping: Vec<(String, EventField)>,
}

/// A field of the event that a schedule's firing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventField {
    /// The trigger's name.
    Trigger,
    /// `schedule`.
    Type,
    /// The instant for which the firing was planned, in UTC.
    ScheduledAt,
    /// The same instant in the schedule's time zone, with its offset.
    LocalTime,
    /// The date of that instant in the schedule's time zone.
    Date,
    /// The name of the time zone.
    Timezone,
}

impl EventField {
    /// All fields.
    pub const ALL: [Self; 6] = [
        Self::Trigger,
        Self::Type,
        Self::ScheduledAt,
        Self::LocalTime,
        Self::Date,
        Self::Timezone,
    ];

    /// The name, as it is written in an `input_mapping`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trigger => "trigger",
            Self::Type => "type",
            Self::ScheduledAt => "scheduled_at",
            Self::LocalTime => "local_time",
            Self::Date => "date",
            Self::Timezone => "timezone",
        }
    }

    /// The field with this name, with or without `$.` before it.
    fn parse(text: &str) -> Option<Self> {
        let name = text.strip_prefix("$.").unwrap_or(text);
        Self::ALL.into_iter().find(|field| field.as_str() == name)
    }
}

impl Trigger {
    /// What it accepts, if it is a webhook.
    pub fn webhook(&self) -> Option<&Webhook> {
        match &self.schedule.timing {
            Timing::Webhook(webhook) => Some(webhook),
            _ => None,
        }
    }

    /// The runs for which it waits, if it waits for runs.
    pub fn run(&self) -> Option<&RunTrigger> {
        match &self.schedule.timing {
            Timing::Run(run) => Some(run),
            _ => None,
        }
    }

    /// The events for which it waits, if it waits for events.
    pub fn event(&self) -> Option<&EventTrigger> {
        match &self.schedule.timing {
            Timing::Event(event) => Some(event),
            _ => None,
        }
    }

    /// The input of the run of one firing: the same one each time it is asked for.
    pub fn input_at(&self, at: DateTime<Utc>) -> Value {
        let mut input = self.input.clone();
        for (name, field) in &self.mapping {
            input.insert(name.as_str().into(), self.field_at(*field, at));
        }
        input.into()
    }

    fn field_at(&self, field: EventField, at: DateTime<Utc>) -> Value {
        let zone = &self.schedule.zone;
        match field {
            EventField::Trigger => self.name.as_str().into(),
            EventField::Type => "schedule".into(),
            EventField::ScheduledAt => at.to_rfc3339_opts(SecondsFormat::Secs, true).into(),
            EventField::LocalTime => zone.text_of(at).into(),
            EventField::Date => {
                let date = at + TimeDelta::seconds(zone.offset_at(at.timestamp()));
                date.format("%Y-%m-%d").to_string().into()
            }
            EventField::Timezone => zone.name().into(),
        }
    }
}
