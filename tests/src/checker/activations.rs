//! Checks V3 in one run's journal: within an activation, a stage has one result and no events after
//! it.
//!
//! Only a control stage that failed and starts another attempt starts the stages inside it again,
//! under the same addresses.

use std::collections::{HashMap, HashSet};

use super::journal::{Line, is_inside};

/// Adds violations to `found`.
pub fn check(id: &str, events: &[Line], found: &mut Vec<String>) {
    let mut over: HashSet<&str> = HashSet::new();
    let mut begun: HashSet<&str> = HashSet::new();
    // Stages between two attempts, with the number of the failed attempt.
    let mut between: HashMap<&str, i64> = HashMap::new();
    for event in events {
        let Some(stage) = event.stage.as_deref() else {
            continue;
        };
        if between.keys().any(|control| is_inside(stage, control)) {
            found.push(format!(
                "V3 {id}: {stage} has events between two attempts around it"
            ));
        }
        if event.kind == "stage.started" && event.attempt > 1 {
            if between.remove(stage) == Some(event.attempt - 1) {
                over.retain(|inner| !is_inside(inner, stage));
                begun.retain(|inner| !is_inside(inner, stage));
            } else if !over.contains(stage) {
                let attempt = event.attempt;
                found.push(format!("V3 {id}: {stage} starts attempt {attempt} unasked"));
            }
        }
        begun.insert(stage);
        let ends = match event.kind.as_str() {
            "stage.succeeded" | "stage.skipped" => true,
            "stage.failed" => {
                between.remove(stage);
                if !event.last {
                    between.insert(stage, event.attempt);
                }
                event.last
            }
            _ => false,
        };
        if matches!(event.kind.as_str(), "stage.succeeded" | "stage.failed") {
            let open = |inner: &&&str| is_inside(inner, stage) && !over.contains(*inner);
            if let Some(inner) = begun.iter().find(open) {
                found.push(format!("V3 {id}: {stage} ends before {inner} inside of it"));
            }
        }
        if ends && !over.insert(stage) {
            found.push(format!("V3 {id}: {stage} has two results"));
        } else if !ends && over.contains(stage) {
            found.push(format!("V3 {id}: {stage} has events after its result"));
        }
    }
}
