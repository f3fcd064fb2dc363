//! The pipeline of the kill test: 20 stages in four lanes and a join, twelve of them effects.

use serde_json::{Value, json};

/// Effects of one run.
pub const EFFECTS: usize = 12;

/// A value of a run's own that is stored as an artifact.
pub fn blob(label: u32) -> String {
    format!("{label} ").repeat(70_000 / 2)
}

/// Stages per lane; four lanes make 20 stages.
const LANE: usize = 5;

/// The source; effects go to the sink at `address`.
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
    json!({ "name": "kill test", "version": "1.0.0", "stages": stages }).to_string()
}

fn stage(id: &str, before: &[String], place: usize, address: &str) -> Value {
    match place {
        // Longer than what stands in a journal itself: an artifact.
        1 if id.starts_with("l0") => json!({ "id": id, "type": "variable_set",
            "depends_on": before, "config": { "name": "blob", "value": "{{input.blob}}" } }),
        1 => json!({ "id": id, "type": "variable_set", "depends_on": before,
            "config": { "name": id.replace('-', "_"),
                        "value": format!("{{{{upstream.{}.body}}}}", before[0]) } }),
        3 => {
            json!({ "id": id, "type": "wait", "depends_on": before, "config": { "seconds": 0.2 } })
        }
        _ => json!({ "id": id, "type": "http_request", "depends_on": before,
            "retry_config": { "max_retries": 5, "initial_delay_ms": 100 },
            "config": { "url": format!("http://{address}/effect"), "method": "POST",
                        "body": { "run": "{{input.run}}", "stage": id } } }),
    }
}
