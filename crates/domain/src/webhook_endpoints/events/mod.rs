//! The catalogue of event types, each in a file of its own, and the bodies that are sent.
//!
//! A type's data may get more fields at any time; a change that breaks receivers gets a new version.

pub mod member_added;
pub mod member_removed;
pub mod pipeline_published;
pub mod run_cancelled;
pub mod run_failed;
pub mod run_succeeded;
mod runs;
pub mod trigger_disabled;
pub mod webhook_test;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value as Json, json};
use types::OrgId;

pub use runs::{EndedRun, ended};

use super::Format;

/// A type of event.
#[derive(Debug)]
pub struct EventType {
    /// The name: a thing and what happened to it (`run.failed`).
    pub name: &'static str,
    /// The version of its data.
    pub version: u32,
    /// When the event happens, in a sentence.
    pub description: &'static str,
    /// The status of the ended runs that it announces, if it does.
    pub run_status: Option<&'static str>,
    /// The JSON schema of its data.
    pub schema: fn() -> Json,
}

/// The types that endpoints can choose.
pub const ALL: &[&EventType] = &[
    &run_succeeded::TYPE,
    &run_failed::TYPE,
    &run_cancelled::TYPE,
    &pipeline_published::TYPE,
    &member_added::TYPE,
    &member_removed::TYPE,
    &trigger_disabled::TYPE,
];

/// The type with this name.
pub fn find(name: &str) -> Option<&'static EventType> {
    ALL.iter().copied().find(|kind| kind.name == name)
}

/// Something that happened.
#[derive(Debug)]
pub struct Event {
    /// Its type.
    pub kind: &'static EventType,
    /// Its data, by the type's schema.
    pub data: Json,
    /// What happened, in a sentence.
    pub words: String,
    /// The run that it announces, if it does.
    pub run: Option<uuid::Uuid>,
}

impl Event {
    /// An event that is not about a run.
    fn new(kind: &'static EventType, data: Json, words: String) -> Self {
        Self {
            kind,
            data,
            words,
            run: None,
        }
    }

    /// The body that is sent.
    pub fn body(&self, org: OrgId, format: Format, at: DateTime<Utc>) -> String {
        let body = match format {
            Format::Standard => json!({
                "type": self.kind.name,
                "version": self.kind.version,
                "timestamp": at.to_rfc3339_opts(SecondsFormat::Millis, true),
                "organizationId": org,
                "data": self.data,
            }),
            Format::Slack => json!({ "text": escaped(&self.words) }),
        };
        body.to_string()
    }
}

/// A text for Slack, in which names are no links, mentions or tags.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// The schema of an object with these required fields, each of which is a text.
fn texts(fields: &[(&str, &str)]) -> Json {
    let described = fields.iter().map(|(name, description)| {
        let field = json!({ "type": "string", "description": description });
        ((*name).to_owned(), field)
    });
    let properties: serde_json::Map<String, Json> = described.collect();
    let required: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": properties,
        "required": required,
    })
}
