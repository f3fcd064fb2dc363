//! Pages of the events of a run's journal, in the form that the API returns.
//!
//! A value stored outside the journal is replaced by its size and its first characters. The value
//! itself is available as [`super::Content`].

use chrono::{DateTime, Utc};
use engine::run::{DecodeError, artifact_ref};
use serde_json::{Map as JsonMap, Value as Json, json};
use types::RunId;

use super::{MEDIA_TYPE, Run, RunError, repo, seen};
use crate::{
    Ctx,
    error::{AppError, Result},
};

/// One event in the form that the API returns.
#[derive(Clone, Debug, PartialEq)]
pub struct RunEvent {
    /// The number: 1, 2, 3 … without gaps.
    pub seq: u64,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// The type, such as `stage.succeeded`.
    pub kind: String,
    /// The address of the stage run that it is about; `None` if it is about the whole run.
    pub stage: Option<String>,
    /// The other fields. A truncated value is null; `truncated` then has an entry under the field's
    /// name, with `bytes`, `mediaType` and `preview`.
    pub body: JsonMap<String, Json>,
}

/// The fields of an event that may be a reference to an artifact.
const VALUES: [&str; 2] = ["input", "output"];

/// The name of the field that describes the truncated values.
const TRUNCATED: &str = "truncated";

impl RunEvent {
    /// Parses a line of a journal. A value that is stored as an artifact is truncated.
    pub fn parse(line: &[u8]) -> Result<Self> {
        let damaged = |why: String| AppError::from(RunError::Journal(DecodeError::Damaged(why)));
        let mut body: JsonMap<String, Json> =
            serde_json::from_slice(line).map_err(|e| damaged(e.to_string()))?;
        let seq = body.shift_remove("seq").and_then(|seq| seq.as_u64());
        let at = body
            .shift_remove("at")
            .and_then(|at| DateTime::parse_from_rfc3339(at.as_str()?).ok());
        let kind = body
            .shift_remove("type")
            .and_then(|kind| kind.as_str().map(str::to_owned));
        let stage = body
            .shift_remove("stage")
            .and_then(|s| s.as_str().map(str::to_owned));
        cut(&mut body);
        match (seq, at, kind) {
            (Some(seq), Some(at), Some(kind)) => Ok(Self {
                seq,
                at: at.with_timezone(&Utc),
                kind,
                stage,
                body,
            }),
            _ => Err(damaged("an event lacks seq, at or type".to_owned())),
        }
    }
}

/// Replaces the references in an event, because the storage of values is an internal detail.
fn cut(body: &mut JsonMap<String, Json>) {
    name_pins(body);
    let mut truncated = JsonMap::new();
    for name in VALUES {
        let Some(value @ Json::Object(_)) = body.get_mut(name) else {
            continue;
        };
        let stored = engine::Value::from_json(value)
            .ok()
            .and_then(|value| artifact_ref(&value));
        if let Some(stored) = stored {
            *value = Json::Null;
            let told = json!({
                "bytes": stored.size, "mediaType": MEDIA_TYPE, "preview": stored.preview,
            });
            truncated.insert(name.to_owned(), told);
        }
    }
    if !truncated.is_empty() {
        body.insert(TRUNCATED.to_owned(), Json::Object(truncated));
    }
}

/// Leaves only the names of the pinned stages: their outputs are values, and in the events of the stages.
fn name_pins(body: &mut JsonMap<String, Json>) {
    let reused = body.get_mut("reused").and_then(Json::as_object_mut);
    let pins = reused.and_then(|reused| reused.get_mut("pinned")?.as_array_mut());
    for pin in pins.into_iter().flatten() {
        *pin = pin.get("stage").cloned().unwrap_or_default();
    }
}

/// Up to `first` events (at most 1,000) after position `after` (0: from the start).
pub async fn events(
    ctx: &Ctx,
    run: RunId,
    after: Option<i64>,
    first: Option<i32>,
) -> Result<Vec<RunEvent>> {
    let run = super::get(ctx, run).await?;
    events_of(ctx, &run, after, first).await
}

/// Like [`events`], for a run that was already read. Does not read the whole journal: only the
/// segments of the page, and at most a batch of segments beyond it.
pub async fn events_of(
    ctx: &Ctx,
    run: &Run,
    after: Option<i64>,
    first: Option<i32>,
) -> Result<Vec<RunEvent>> {
    seen::require(ctx, run).await?;
    let mut last = u64::try_from(after.unwrap_or(0))
        .map_err(|_| AppError::invalid("after", "is negative; positions begin at 0"))?;
    let first = match first {
        None => 1_000,
        Some(first) => usize::try_from(first)
            .ok()
            .filter(|first| (1..=1_000).contains(first))
            .ok_or_else(|| {
                AppError::invalid("first", format!("is {first}; it must be 1 to 1000"))
            })?,
    };
    let mut events = Vec::new();
    loop {
        let (segments, more) = repo::segments_after(ctx, run.id, last).await?;
        for body in &segments {
            for line in body.split(|byte| *byte == b'\n').filter(|l| !l.is_empty()) {
                let event = RunEvent::parse(line)?;
                if event.seq > last {
                    last = event.seq;
                    events.push(event);
                }
                if events.len() == first {
                    return Ok(events);
                }
            }
        }
        if !more {
            return Ok(events);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_value_is_returned_as_its_size_and_its_start_and_never_as_a_reference() {
        for field in VALUES {
            let line = format!(
                r#"{{"seq":4,"at":"2026-11-24T09:15:49.000100Z","type":"x","{field}":{{"$artifact":{{"sha256":"ab","size":70002,"preview":"\"zz"}}}}}}"#
            );
            let event = RunEvent::parse(line.as_bytes()).unwrap();
            assert_eq!(event.body[field], Json::Null);
            let told = &event.body["truncated"][field];
            assert_eq!(told["bytes"], 70002);
            assert_eq!(told["mediaType"], "application/json");
            let text = serde_json::to_string(&event.body).unwrap();
            assert!(
                !text.contains("artifact") && !text.contains("sha256"),
                "{text}"
            );
        }
        let small = br#"{"seq":1,"at":"2026-11-24T09:15:49Z","type":"x","output":{"a":1}}"#;
        let event = RunEvent::parse(small).unwrap();
        assert_eq!(event.body["output"]["a"], 1);
        assert!(!event.body.contains_key("truncated"));
    }

    #[test]
    fn of_pinned_outputs_only_the_names_of_the_stages_are_returned() {
        let line = br#"{"seq":1,"at":"2026-11-24T09:15:49Z","type":"run.started","input":{},
            "reused":{"run":"","through":1,"pinned":[{"stage":"a","output":{"secret":1}}]}}"#;
        let event = RunEvent::parse(line).unwrap();
        assert_eq!(event.body["reused"]["pinned"], json!(["a"]));
        assert_eq!(event.body["reused"]["through"], 1);
    }
}
