//! `trigger.disabled`.

use serde_json::{Value as Json, json};
use types::{PipelineId, TriggerId};

use super::{Event, EventType, texts};

/// The event type.
pub const TYPE: EventType = EventType {
    name: "trigger.disabled",
    version: 1,
    description: "A trigger was disabled, by a person or because its firings were refused.",
    run_status: None,
    schema,
};

fn schema() -> Json {
    texts(&[
        ("triggerId", "The trigger's id"),
        ("name", "The trigger's name"),
        ("pipelineId", "The id of its pipeline"),
        ("environment", "The environment in which it started runs"),
    ])
}

/// The event.
pub fn event((id, name): (TriggerId, &str), pipeline: PipelineId, environment: &str) -> Event {
    let data = json!({
        "triggerId": id,
        "name": name,
        "pipelineId": pipeline,
        "environment": environment,
    });
    let words = format!("The trigger {name} in {environment} was disabled");
    Event::new(&TYPE, data, words)
}
