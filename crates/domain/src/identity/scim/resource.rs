//! Resources as they are sent.

use chrono::{DateTime, SecondsFormat, Utc};
use scim::{Object, Schema, etag};
use serde_json::{Value as Json, json};

use crate::App;

/// What a resource has besides its content.
pub struct Frame<'a> {
    /// Its id, as text.
    pub id: String,
    /// Its version.
    pub version: i64,
    /// When it was created, and last changed.
    pub times: (DateTime<Utc>, DateTime<Utc>),
    /// Its schema.
    pub schema: &'a Schema,
}

/// The address of a resource.
pub fn location(app: &App, schema: &Schema, id: &str) -> String {
    format!("{}{}/{id}", super::base_url(app), schema.endpoint)
}

impl Frame<'_> {
    /// The whole resource.
    pub fn around(self, app: &App, content: Object) -> Object {
        let time = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
        let mut out = Object::new();
        out.insert("schemas".to_owned(), json!(self.schema.of(&content)));
        out.insert("id".to_owned(), json!(self.id));
        out.extend(content);
        let meta = json!({
            "resourceType": self.schema.name,
            "created": time(self.times.0),
            "lastModified": time(self.times.1),
            "location": location(app, self.schema, &self.id),
            "version": etag(self.version),
        });
        out.insert("meta".to_owned(), meta);
        out
    }
}

/// A stored resource.
pub fn stored(text: &str) -> Object {
    match serde_json::from_str(text) {
        Ok(Json::Object(content)) => content,
        _ => Object::new(),
    }
}
