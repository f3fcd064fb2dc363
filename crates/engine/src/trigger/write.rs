//! Writes a trigger as the text that [`Trigger::parse`] reads.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map as Object, Value as Json, json};

use super::{Every, Timing, Trigger};
use crate::Value;

impl Trigger {
    /// The definition as a JSON object, in the spelling of the documentation.
    pub fn to_serde(&self) -> Json {
        let mut out = Object::new();
        let mut put = |key: &str, value: Json| out.insert(key.to_owned(), value);
        let schedule = &self.schedule;
        put("name", json!(self.name));
        if !self.description.is_empty() {
            put("description", json!(self.description));
        }
        match &schedule.timing {
            Timing::Cron(cron) => {
                put("cron", json!(cron.text()));
            }
            Timing::Interval { every, anchor } => {
                let every = match every {
                    Every::Days(days) => format!("{days}d"),
                    Every::Seconds(seconds) => format!("{seconds}s"),
                };
                put("interval", json!(every));
                if let Some(anchor) = anchor {
                    put("anchor", instant(*anchor));
                }
            }
        }
        put("timezone", json!(schedule.zone.name()));
        if let Some(start) = schedule.start {
            put("start", instant(start));
        }
        if let Some(end) = schedule.end {
            put("end", instant(end));
        }
        if schedule.jitter > 0 {
            put("jitter", json!(schedule.jitter));
        }
        put("misfire", json!(schedule.misfire.as_str()));
        put("overlap", json!(schedule.overlap.as_str()));
        if schedule.paused {
            put("enabled", json!(false));
        }
        if !self.input.is_empty() {
            put("input", Value::from(self.input.clone()).to_serde());
        }
        if !self.mapping.is_empty() {
            let mapping = self.mapping.iter();
            let mapping: Object<String, Json> = mapping
                .map(|(name, field)| (name.clone(), json!(field.as_str())))
                .collect();
            put("input_mapping", Json::Object(mapping));
        }
        Json::Object(out)
    }
}

fn instant(at: DateTime<Utc>) -> Json {
    json!(at.to_rfc3339_opts(SecondsFormat::Secs, true))
}
