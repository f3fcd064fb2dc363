//! `pipeline.published`.

use serde_json::{Value as Json, json};
use types::{PipelineId, PublicationId};

use super::{Event, EventType};

/// The event type.
pub const TYPE: EventType = EventType {
    name: "pipeline.published",
    version: 1,
    description: "A version of a pipeline was published to staging or production.",
    run_status: None,
    schema,
};

fn schema() -> Json {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {
            "publicationId": { "type": "string", "description": "The publication's id" },
            "pipelineId": { "type": "string", "description": "The pipeline's id" },
            "pipelineName": { "type": "string", "description": "The pipeline's name" },
            "environment": { "type": "string", "enum": ["staging", "production"] },
            "version": { "type": "integer", "description": "The number of the version" },
            "publishedBy": { "type": "string", "description": "The name of who published or approved it" },
        },
        "required": ["publicationId", "pipelineId", "pipelineName", "environment", "version",
            "publishedBy"],
    })
}

/// The event. `place`: the pipeline with its name, and the environment.
pub fn event(
    id: PublicationId,
    (pipeline, name, environment): (PipelineId, &str, &str),
    version: i32,
    by: &str,
) -> Event {
    let data = json!({
        "publicationId": id,
        "pipelineId": pipeline,
        "pipelineName": name,
        "environment": environment,
        "version": version,
        "publishedBy": by,
    });
    let words = format!("{by} published version {version} of {name} to {environment}");
    Event::new(&TYPE, data, words)
}
