//! Writes a trigger as the text that [`Trigger::parse`] reads.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map as Object, Value as Json, json};

use super::{
    Answer, EventTrigger, Every, Place, Proof, RunTrigger, Test, Timing, Trigger, Webhook,
};
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
            Timing::Rule(rule) => {
                put("rrule", json!(rule.text()));
                let (added, excepted) = (rule.added_as_text(), rule.excepted_as_text());
                if !added.is_empty() {
                    put("rdate", json!(added));
                }
                if !excepted.is_empty() {
                    put("exdate", json!(excepted));
                }
            }
            Timing::Webhook(webhook) => {
                put("type", json!("webhook"));
                webhook.put(&mut put);
            }
            Timing::Run(run) => {
                put("type", json!("run_finished"));
                run.put(&mut put);
            }
            Timing::Event(event) => {
                put("type", json!("event"));
                event.put(&mut put);
            }
        }
        let is_schedule = schedule.timing.is_planned();
        if is_schedule {
            put("timezone", json!(schedule.zone.name()));
        }
        if let Some(start) = schedule.start {
            put("start", instant(start));
        }
        if let Some(end) = schedule.end {
            put("end", instant(end));
        }
        if let Some((calendar, how)) = schedule.calendar {
            put("calendar", json!(calendar.name()));
            put("on_holiday", json!(how.as_str()));
        }
        if schedule.jitter > 0 {
            put("jitter", json!(schedule.jitter));
        }
        if is_schedule {
            put("misfire", json!(schedule.misfire.as_str()));
        }
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

impl Webhook {
    /// Writes its fields.
    fn put(&self, put: &mut impl FnMut(&str, Json) -> Option<Json>) {
        put("signature", self.proof.to_serde());
        put("tolerance", json!(self.tolerance));
        put(
            "delivery_id",
            match &self.delivery_id {
                Some(source) => json!(source.to_string()),
                None => json!(false),
            },
        );
        let dedupe = match (self.delivery_id.is_some(), self.same_body) {
            (true, true) => "both",
            (true, false) => "id",
            (false, true) => "body",
            (false, false) => "none",
        };
        put("dedupe", json!(dedupe));
        put("dedupe_window", json!(self.remembered));
        put("max_bytes", json!(self.max_bytes));
        let accepts: Vec<&str> = self.accepts.iter().map(|kind| kind.as_str()).collect();
        put("accepts", json!(accepts));
        if !self.networks.is_empty() {
            let networks: Vec<String> = self.networks.iter().map(ToString::to_string).collect();
            put("networks", json!(networks));
        }
        put("rate", json!(self.rate));
        match self.answer {
            Answer::Run => {
                put("answer", json!("run"));
            }
            Answer::Result { seconds } => {
                put("answer", json!("result"));
                put("wait", json!(seconds));
            }
        }
        if !self.mapping.is_empty() {
            let mapping = self.mapping.iter();
            let mapping: Object<String, Json> = mapping
                .map(|(name, source)| (name.clone(), json!(source.to_string())))
                .collect();
            put("input_mapping", Json::Object(mapping));
        }
    }
}

impl RunTrigger {
    /// Writes its fields.
    fn put(&self, put: &mut impl FnMut(&str, Json) -> Option<Json>) {
        put("pipelines", json!(self.pipelines));
        match self.longer_than {
            Some(seconds) => {
                put("longer_than", json!(seconds));
            }
            None => {
                let states: Vec<&str> = self.states.iter().map(|state| state.as_str()).collect();
                put("states", json!(states));
            }
        }
        if self.all {
            put("all", json!(true));
        }
        if self.count > 1 {
            put("count", json!(self.count));
            put("within", json!(self.within));
        }
        if self.cooldown > 0 {
            put("cooldown", json!(self.cooldown));
        }
        put("pass_outputs", json!(self.pass_output));
        if !self.mapping.is_empty() {
            put("input_mapping", places(&self.mapping));
        }
    }
}

impl EventTrigger {
    /// Writes its fields.
    fn put(&self, put: &mut impl FnMut(&str, Json) -> Option<Json>) {
        for (name, patterns) in [("event_type", &self.types), ("source", &self.sources)] {
            if !patterns.is_empty() {
                let texts: Vec<String> = patterns.iter().map(ToString::to_string).collect();
                put(name, json!(texts));
            }
        }
        if !self.conditions.is_empty() {
            let mut all = Object::new();
            for condition in &self.conditions {
                let place = condition.place.to_string();
                let tests = all.entry(place).or_insert_with(|| json!({}));
                let (name, value) = condition.test.to_serde();
                if let Json::Object(tests) = tests {
                    tests.insert(name.to_owned(), value);
                }
            }
            put("where", Json::Object(all));
        }
        if self.cooldown > 0 {
            put("cooldown", json!(self.cooldown));
        }
        if !self.mapping.is_empty() {
            put("input_mapping", places(&self.mapping));
        }
    }
}

impl Test {
    /// The name of the test and what it compares with.
    fn to_serde(&self) -> (&'static str, Json) {
        match self {
            Self::AnyOf(values) => {
                let values = values.iter().map(Value::to_serde).collect();
                ("any_of", Json::Array(values))
            }
            Self::Exists(wanted) => ("exists", json!(wanted)),
            Self::Compares(how, number) => (how.as_str(), number.to_serde()),
        }
    }
}

fn places(mapping: &[(String, Place)]) -> Json {
    let mapping = mapping.iter();
    let mapping: Object<String, Json> = mapping
        .map(|(name, place)| (name.clone(), json!(place.to_string())))
        .collect();
    Json::Object(mapping)
}

impl Proof {
    /// The scheme, with its details if it has some.
    fn to_serde(&self) -> Json {
        let scheme = self.as_str();
        match self {
            Self::Secret { header } => json!({ "scheme": scheme, "header": header }),
            Self::Hmac {
                header,
                prefix,
                encoding,
                algorithm,
            } => json!({
                "scheme": scheme,
                "header": header,
                "prefix": prefix,
                "encoding": encoding.as_str(),
                "algorithm": algorithm.as_str(),
            }),
            _ => json!(scheme),
        }
    }
}

fn instant(at: DateTime<Utc>) -> Json {
    json!(at.to_rfc3339_opts(SecondsFormat::Secs, true))
}
