//! Reads the journal's lines according to `docs/journal.md`, without the engine, as any program
//! could.

use serde_json::Value;

/// The parts of an event that the checker needs.
#[derive(Clone, Debug)]
pub struct Line {
    /// The event's number.
    pub seq: i64,
    /// The event's type, such as `stage.succeeded`.
    pub kind: String,
    /// The stage's address.
    pub stage: Option<String>,
    /// The final status, for `run.finished`.
    pub status: Option<String>,
    /// The attempt, for events of stages.
    pub attempt: i64,
    /// Whether no attempt follows, for `stage.failed`.
    pub last: bool,
    /// The hashes of the artifacts that the event refers to.
    pub artifacts: Vec<String>,
}

/// The events of one segment.
pub fn lines(body: &[u8]) -> Result<Vec<Line>, String> {
    body.split(|b| *b == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| {
            let json: Value = serde_json::from_slice(line)
                .map_err(|e| format!("a line that is no JSON ({e}): {line:?}"))?;
            let text = |key: &str| json[key].as_str().map(str::to_owned);
            let mut artifacts = Vec::new();
            collect_artifacts(&json, &mut artifacts);
            Ok(Line {
                seq: json["seq"].as_i64().ok_or("an event without a number")?,
                kind: text("type").ok_or("an event without a type")?,
                stage: text("stage"),
                status: text("status"),
                attempt: json["attempt"].as_i64().unwrap_or(1),
                last: json["final"].as_bool().unwrap_or(true),
                artifacts,
            })
        })
        .collect()
}

fn collect_artifacts(json: &Value, found: &mut Vec<String>) {
    match json {
        Value::Object(map) => {
            if let Some(sha256) = map.get("$artifact").and_then(|a| a["sha256"].as_str()) {
                found.push(sha256.to_owned());
            }
            map.values()
                .for_each(|value| collect_artifacts(value, found));
        }
        Value::Array(items) => items
            .iter()
            .for_each(|value| collect_artifacts(value, found)),
        _ => {}
    }
}

/// Whether `address` belongs to a stage inside the control stage with the address `control`.
pub fn is_inside(address: &str, control: &str) -> bool {
    address
        .strip_prefix(control)
        .is_some_and(|rest| rest.starts_with(['/', '[']))
}
