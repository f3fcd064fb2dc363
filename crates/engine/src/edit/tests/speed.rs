//! What edits cost, so that nothing grows with the square of a pipeline.

use std::time::{Duration, Instant};

use super::registry;
use crate::edit::{Edit, Position, apply, between, rebase};

/// A pipeline of a chain of stages.
fn chain(number: usize) -> String {
    let stages: Vec<String> = (0..number)
        .map(|at| {
            let before = at.saturating_sub(1);
            format!(
                "    {{\n      \"id\": \"stage-{at}\",\n      \"type\": \"logger\",\n      \"depends_on\": [{}],\n      \"config\": {{\n        \"message\": \"number {at}: {{{{upstream.stage-{before}.text}}}} and some more words of a prompt\",\n        \"level\": \"info\"\n      }},\n      \"position\": {{ \"x\": {at}, \"y\": 0 }}\n    }}",
                if at == 0 { String::new() } else { format!("\"stage-{before}\"") },
            )
        })
        .collect();
    format!(
        "{{\n  \"name\": \"long\",\n  \"stages\": [\n{}\n  ]\n}}\n",
        stages.join(",\n")
    )
}

fn renames(number: usize) -> Vec<Edit> {
    let rename = |at: usize| Edit::RenameStage {
        stage: format!("stage-{at}"),
        to: format!("renamed-{at}"),
    };
    (0..number).map(rename).collect()
}

fn mixed(number: usize) -> Vec<Edit> {
    let json = |at: usize| {
        let edit = match at % 5 {
            0 => format!(
                r#"{{"op": "setField", "stage": "stage-{at}", "path": ["config", "message"], "value": "new"}}"#
            ),
            1 => format!(
                r#"{{"op": "connect", "stage": "stage-{at}", "on": "stage-0", "at": "first"}}"#
            ),
            2 => format!(r#"{{"op": "removeStage", "stage": "stage-{at}"}}"#),
            3 => format!(
                r#"{{"op": "addStage", "value": {{"id": "new-{at}", "type": "logger"}}, "at": {{"after": "stage-{at}"}}}}"#
            ),
            _ => format!(r#"{{"op": "reorderStage", "stage": "stage-{at}", "at": "first"}}"#),
        };
        serde_json::from_str(&edit).unwrap()
    };
    (0..number).map(json).collect()
}

fn took<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let begun = Instant::now();
    let done = work();
    (begun.elapsed(), done)
}

#[test]
fn a_thousand_edits_of_a_thousand_stages_take_no_thousand_times_as_long() {
    let text = chain(1_000);
    let registry = registry();
    for edits in [renames(1_000), mixed(1_000)] {
        let (all, done) = took(|| apply(&text, &edits, &registry).unwrap());
        // One takes milliseconds, so a thousand separate ones would take many seconds.
        assert!(all < Duration::from_secs(10), "{all:?}");
        let back = apply(&done.text, &done.inverse, &registry).unwrap();
        assert_eq!(back.text, text);
    }
}

#[test]
fn two_texts_of_a_thousand_stages_are_compared_in_time() {
    let text = chain(1_000);
    let registry = registry();
    for edits in [renames(100), mixed(1_000)] {
        let after = apply(&text, &edits, &registry).unwrap().text;
        let (time, found) = took(|| between(&text, &after, &registry).unwrap());
        assert!(time < Duration::from_secs(20), "{time:?}");
        assert_eq!(apply(&text, &found, &registry).unwrap().text, after);
    }
}

#[test]
fn two_long_lists_of_edits_are_rebased_in_time() {
    let text = chain(500);
    let registry = registry();
    let field = |key: &str| -> Vec<Edit> {
        let edit = |at: usize| Edit::SetField {
            stage: Some(format!("stage-{at}")),
            path: vec!["config".into(), key.into()],
            value: 1.into(),
            at: Position::Last,
            layout: Default::default(),
        };
        (0..500).map(edit).collect()
    };
    let (time, moved) = took(|| rebase(&text, &field("a"), &field("b"), &registry).unwrap());
    assert!(time < Duration::from_secs(10), "{time:?}");
    assert_eq!(moved.len(), 500);
}

/// Prints what single edits cost: `cargo test --release -p engine edit::tests::speed -- --ignored
/// --nocapture`.
#[test]
#[ignore = "a measurement"]
#[allow(clippy::print_stdout, reason = "its result")]
fn single_edits_at_a_thousand_stages() {
    let text = chain(1_000);
    let registry = registry();
    for edit in mixed(5).into_iter().chain(renames(1)) {
        let edits = [edit];
        let mut times: Vec<Duration> = (0..50)
            .map(|_| took(|| apply(&text, &edits, &registry).unwrap()).0)
            .collect();
        times.sort_unstable();
        println!(
            "{:?}: median {:?}, worst {:?}",
            edits[0], times[25], times[49]
        );
    }
    for edits in [renames(1_000), mixed(1_000)] {
        let (time, _) = took(|| apply(&text, &edits, &registry).unwrap());
        println!("1,000 edits: {time:?}");
    }
}
