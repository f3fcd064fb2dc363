//! `webhook.test`, which no endpoint chooses: somebody has it sent to see whether it arrives.

use serde_json::{Value as Json, json};
use types::WebhookEndpointId;

use super::{Event, EventType, texts};

/// The event type.
pub const TYPE: EventType = EventType {
    name: "webhook.test",
    version: 1,
    description: "Somebody tested the endpoint.",
    run_status: None,
    schema,
};

fn schema() -> Json {
    texts(&[
        ("endpointId", "The endpoint's id"),
        ("testedBy", "The name of who tested it"),
    ])
}

/// The event.
pub fn event(id: WebhookEndpointId, by: &str) -> Event {
    let data = json!({ "endpointId": id, "testedBy": by });
    Event::new(&TYPE, data, format!("{by} tested this webhook"))
}
