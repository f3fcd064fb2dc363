//! What the events of ended runs have in common.

use chrono::{DateTime, SecondsFormat, Utc};
use sea_orm::FromQueryResult;
use serde_json::{Value as Json, json};
use types::{PipelineId, RunId};
use uuid::Uuid;

use super::{ALL, Event};

/// An ended run, as it is announced.
#[derive(Clone, Debug, FromQueryResult)]
pub struct EndedRun {
    /// The run's id.
    pub id: Uuid,
    /// The pipeline's id.
    pub pipeline_id: Uuid,
    /// The pipeline's name; `None` if it is purged.
    pub pipeline_name: Option<String>,
    /// `succeeded`, `failed` or `cancelled`.
    pub status: String,
    /// The environment.
    pub environment: String,
    /// Who started it.
    pub started_by_name: String,
    /// When it was requested.
    pub created_at: DateTime<Utc>,
    /// When a worker first started it.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: DateTime<Utc>,
    /// The error's code.
    pub error_code: Option<String>,
    /// The stage that failed.
    pub error_stage: Option<String>,
}

/// The event of an ended run. `base_url`: that of the dashboard. `None`: runs with this status are not
/// announced.
pub fn ended(run: &EndedRun, base_url: &str) -> Option<Event> {
    let status = Some(run.status.as_str());
    let kind = ALL.iter().copied().find(|kind| kind.run_status == status)?;
    let id = RunId(run.id);
    let url = format!("{base_url}/runs/{id}");
    let time = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
    let error = run.error_code.as_ref();
    let error = error.map(|code| json!({ "code": code, "stage": run.error_stage }));
    let data = json!({
        "runId": id,
        "pipelineId": PipelineId(run.pipeline_id),
        "pipelineName": run.pipeline_name,
        "environment": run.environment,
        "status": run.status,
        "startedBy": run.started_by_name,
        "createdAt": time(run.created_at),
        "startedAt": run.started_at.map(time),
        "finishedAt": time(run.finished_at),
        "error": error,
        "url": url,
    });
    let name = run.pipeline_name.as_deref().unwrap_or("a deleted pipeline");
    let did = match run.status.as_str() {
        "cancelled" => "was cancelled",
        other => other,
    };
    let why = error_words(run);
    let words = format!("A run of {name} in {} {did}{why}: {url}", run.environment);
    Some(Event {
        kind,
        data,
        words,
        run: Some(run.id),
    })
}

fn error_words(run: &EndedRun) -> String {
    match (&run.error_code, &run.error_stage) {
        (Some(code), Some(stage)) => format!(" ({code} in stage {stage})"),
        (Some(code), None) => format!(" ({code})"),
        (None, _) => String::new(),
    }
}

/// The schema of their data.
pub fn schema() -> Json {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {
            "runId": { "type": "string", "description": "The run's id" },
            "pipelineId": { "type": "string", "description": "The pipeline's id" },
            "pipelineName": { "type": ["string", "null"], "description": "The pipeline's name" },
            "environment": { "type": "string", "enum": ["development", "staging", "production"] },
            "status": { "type": "string", "enum": ["succeeded", "failed", "cancelled"] },
            "startedBy": { "type": "string", "description": "The name of who started it" },
            "createdAt": { "type": "string", "format": "date-time" },
            "startedAt": { "type": ["string", "null"], "format": "date-time" },
            "finishedAt": { "type": "string", "format": "date-time" },
            "error": {
                "type": ["object", "null"],
                "properties": {
                    "code": { "type": "string", "description": "The error's code" },
                    "stage": { "type": ["string", "null"], "description": "The stage that failed" },
                },
            },
            "url": { "type": "string", "description": "The run's page" },
        },
        "required": ["runId", "pipelineId", "environment", "status", "startedBy", "createdAt",
            "finishedAt", "url"],
    })
}
