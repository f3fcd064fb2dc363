//! The pipeline of the kill test: 20 stages in four lanes, and the inner stages of a loop and a
//! try/catch. Twelve stages are effects; one of them fails in its first attempt.

use serde_json::{Value, json};

/// The calls of one undisturbed run: twelve stages, one retry, two loop items, one catch stage.
pub const EFFECTS: usize = 12 + 1 + 2 + 1;

/// A value, different for each run, that is stored as an artifact.
pub fn blob(label: u32) -> String {
    format!("{label} ").repeat(70_000 / 2)
}

/// Stages per lane; four lanes make 20 stages.
const LANE: usize = 5;

/// The pipeline file. Its effects call the sink at `address`.
pub fn source(address: &str) -> String {
    let mut stages = Vec::new();
    for lane in 0..4 {
        for place in 0..LANE {
            let id = format!("l{lane}-{place}");
            let before: Vec<String> = if place == 0 {
                vec![]
            } else {
                vec![format!("l{lane}-{}", place - 1)]
            };
            stages.push(stage(&id, &before, place, address));
        }
    }
    stages.extend(inner(address));
    json!({ "name": "kill test", "version": "1.0.0", "stages": stages }).to_string()
}

fn stage(id: &str, before: &[String], place: usize, address: &str) -> Value {
    match place {
        // Longer than the limit for values in the journal, so it is stored as an artifact.
        1 if id.starts_with("l0") => json!({ "id": id, "type": "variable_set",
            "depends_on": before, "config": { "name": "blob", "value": "{{input.blob}}" } }),
        1 if id.starts_with("l1") => json!({ "id": id, "type": "foreach", "depends_on": before,
            "config": { "items": [0, 1], "loop_stages": ["each"] } }),
        1 if id.starts_with("l2") => json!({ "id": id, "type": "trycatch", "depends_on": before,
            "config": { "try_stages": ["fails"], "catch_stages": ["rescue"],
                        "error_scope": "continue" } }),
        1 => json!({ "id": id, "type": "variable_set", "depends_on": before,
            "config": { "name": id.replace('-', "_"),
                        "value": format!("{{{{upstream.{}.body}}}}", before[0]) } }),
        3 => {
            json!({ "id": id, "type": "wait", "depends_on": before, "config": { "seconds": 0.2 } })
        }
        2 if id.starts_with("l3") => effect(id, before, &format!("http://{address}/flaky"), id),
        _ => effect(id, before, &format!("http://{address}/effect"), id),
    }
}

/// The inner stages of the loop and of the try/catch.
fn inner(address: &str) -> [Value; 3] {
    let url = format!("http://{address}/effect");
    [
        effect("each", &[], &url, "each {{context.index}}"),
        json!({ "id": "fails", "type": "variable_set",
            "config": { "name": "never", "value": "{{ 1 // 0 }}" } }),
        effect("rescue", &[], &url, "rescue"),
    ]
}

/// A stage that calls the sink, with a name that identifies the effect.
fn effect(id: &str, before: &[String], url: &str, name: &str) -> Value {
    json!({ "id": id, "type": "http_request", "depends_on": before,
        "retry_config": { "max_retries": 5, "initial_delay_ms": 100 },
        "config": { "url": url, "method": "POST",
                    "body": { "run": "{{input.run}}", "stage": name } } })
}
