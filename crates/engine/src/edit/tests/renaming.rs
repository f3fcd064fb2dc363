//! A rename changes every reference, and never what a run does.

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use proptest::prelude::*;
use tokio::sync::mpsc;

use super::{
    PIPELINE, PROMISES, after, cases, edits,
    made::{Dice, bytes},
    refused,
};
use crate::{
    component::Registry,
    edit::{Edit, apply},
    model::Pipeline,
    plan::Plan,
    run::{self, Outcome, RunResult, drive},
};

fn rename(text: &str, from: &str, to: &str) -> String {
    after(
        text,
        &format!(r#"[{{"op": "renameStage", "stage": "{from}", "to": "{to}"}}]"#),
    )
}

#[test]
fn a_rename_reaches_every_spelling_of_a_reference() {
    let new = rename(PIPELINE, "one", "first");
    let wanted = PIPELINE
        .replace("\"one\"", "\"first\"")
        .replace("one.output", "first.output")
        .replace("upstream.one", "upstream.first");
    assert_eq!(new, wanted);
    let new = rename(PIPELINE, "each", "loop");
    assert_eq!(new, PIPELINE.replace("\"each\"", "\"loop\""));
}

/// The message of a stage after the stage `a` (or another one) was renamed.
fn message(from: &str, to: &str, message: &str) -> String {
    let quoted = crate::source::quote(message);
    let text = format!(
        r#"{{"name": "p", "stages": [{{"id": "{from}", "type": "logger"}}, {{"id": "a-b", "type": "logger"}},
            {{"id": "m", "type": "logger", "config": {{"message": {quoted}}}}}]}}"#
    );
    let new = rename(&text, from, to);
    let value = crate::source::Document::parse(new).unwrap().root().value();
    let stages = value.get("stages").unwrap().as_list().unwrap();
    let config = stages[2].get("config").unwrap();
    config.get("message").unwrap().as_str().unwrap().to_owned()
}

#[test]
fn names_in_expressions_are_told_from_words_and_literals() {
    for (old, new) in [
        ("{{upstream.a.x}}", "{{upstream.b.x}}"),
        ("a {{ upstream.a }} a", "a {{ upstream.b }} a"),
        ("{{upstream['a'].x + 'a'}}", "{{upstream['b'].x + 'a'}}"),
        ("{{upstream[\"a\"]}}", "{{upstream[\"b\"]}}"),
        ("{{a.output.x}}", "{{b.output.x}}"),
        ("{{stages.a.output}}", "{{stages.b.output}}"),
        ("{{input.a}} {{context.a}}", "{{input.a}} {{context.a}}"),
        ("{{upstream.a.a.a}}", "{{upstream.b.a.a}}"),
        ("{{upstream.a-b}}", "{{upstream.a-b}}"),
        ("{{upstream.a - 1}}", "{{upstream.b - 1}}"),
        ("{{[a for a in upstream.a]}}", "{{[a for a in upstream.b]}}"),
        ("{{f'{upstream.a}a'}}", "{{f'{upstream.b}a'}}"),
        ("{{dict(a=upstream.a)}}", "{{dict(a=upstream.b)}}"),
        ("{{upstream.get('a')}}", "{{upstream.get('b')}}"),
        ("{{'a' in upstream}}", "{{'b' in upstream}}"),
        (
            "{{'a' not in upstream or 1}}",
            "{{'b' not in upstream or 1}}",
        ),
        ("{{'a' in upstream.a.keys}}", "{{'a' in upstream.b.keys}}"),
        ("{{\"\\n\"}}{{\nupstream.a}}", "{{\"\\n\"}}{{\nupstream.b}}"),
        // What does not compile is followed as far as it can be told.
        ("{{upstream.a.}}", "{{upstream.b.}}"),
        ("{{upstream.a", "{{upstream.a"),
    ] {
        assert_eq!(message("a", "b", old), new, "{old}");
    }
}

#[test]
fn a_new_id_that_is_no_name_is_written_as_a_literal() {
    for (to, old, new) in [
        ("x y", "{{upstream.a.n}}", "{{upstream['x y'].n}}"),
        ("x.y", "{{a.output.n}}", "{{stages['x.y'].output.n}}"),
        ("x-1", "{{upstream.a.n}}", "{{upstream.x-1.n}}"),
        ("2nd", "{{upstream.a.n}}", "{{upstream.2nd.n}}"),
        ("len", "{{a.output.n}}", "{{len.output.n}}"),
        ("len", "{{a}}", "{{upstream.len}}"),
        ("from", "{{upstream.a.n}}", "{{upstream.from.n}}"),
        ("a-b-c", "{{upstream.a-1}}", "{{upstream.a-b-c-1}}"),
    ] {
        assert_eq!(message("a", to, old), new, "{to}: {old}");
    }
}

#[test]
fn a_rename_that_would_catch_another_name_is_refused() {
    let text = r#"{"name": "p", "stages": [
  {"id": "a", "type": "foreach", "config": {"items": [1], "loop_stages": ["b"]}},
  {"id": "b", "type": "logger", "config": {"message": "{{item}}"}}]}"#;
    let error = refused(
        text,
        r#"[{"op": "renameStage", "stage": "a", "to": "item"}]"#,
    );
    assert_eq!(error.code, types::ErrorCode::Unsupported);
    assert_eq!(error.field.as_deref(), Some("$.config.message"));
}

/// The spellings with which a stage can be read.
fn reading(dice: &mut Dice<'_>, id: &str) -> String {
    let word = id.chars().all(|c| c.is_alphanumeric() || c == '_')
        && !id.starts_with(|c: char| c.is_ascii_digit());
    let dotted = !id.contains(['.', ' ']);
    match dice.roll(11) {
        0 if dotted => format!("{{{{upstream.{id}}}}}"),
        1 if word => format!("{{{{{id}.output}}}}"),
        2 if dotted => format!("{{{{ stages.{id}.output }}}}"),
        3 if dotted => format!("{id}: {{{{upstream.{id}}}}}, '{{{{upstream.{id}.v or 'x'}}}}'"),
        4 if dotted => format!("{{{{[{{'{id}': x}} for x in [upstream.{id}]]}}}}"),
        5 if dotted => format!("{{{{f'<{{upstream.{id}}}>'}}}}"),
        6 => format!("{{{{(upstream[\"{id}\"], upstream['{id}'])}}}}"),
        7 => format!("{{{{upstream.get('{id}')}}}}"),
        8 => format!("{{{{'{id}' in upstream and upstream['{id}']}}}}"),
        9 if dotted => format!("{{{{upstream.{id} if upstream.{id} else -1}}}}"),
        _ => format!("{{{{upstream['{id}']}}}} {id}"),
    }
}

const IDS: &[&str] = &[
    "a",
    "b-1",
    "b",
    "fetch",
    "fetch-2",
    "third.one",
    "two words",
];
const NEW: &[&str] = &[
    "new", "a-b", "2nd", "x.y", "p q", "len", "from", "fetch_3", "v", "x", "value", "ä",
];

/// A pipeline in which each stage waits for all before it and reads some of them.
fn pipeline(dice: &mut Dice<'_>) -> (Vec<&'static str>, String) {
    let number = 2 + dice.roll(IDS.len() - 1);
    let ids: Vec<&str> = IDS.iter().copied().take(number).collect();
    let quoted = |ids: &[&str]| -> String {
        let ids: Vec<String> = ids.iter().map(|id| format!("\"{id}\"")).collect();
        ids.join(", ")
    };
    let looped = number > 3 && dice.roll(2) == 0;
    let mut stages = Vec::new();
    for (at, id) in ids.iter().enumerate() {
        let mut readings: Vec<String> = vec![crate::source::quote("{{input.n}}")];
        for _ in 0..dice.roll(4) {
            if at > 0 {
                let read = ids[dice.roll(at)];
                readings.push(crate::source::quote(&reading(dice, read)));
            }
        }
        if looped && at + 1 == number {
            stages.push(format!(
                r#"{{"id": "{id}", "type": "foreach", "depends_on": ["{}"],
                    "config": {{"items": [1, 2], "loop_stages": [{}]}}}}"#,
                ids[0],
                quoted(&ids[1..at])
            ));
        } else {
            stages.push(format!(
                r#"{{"id": "{id}", "type": "echo", "depends_on": [{}], "config": {{"value": [{}]}}}}"#,
                quoted(&ids[..at]),
                readings.join(", ")
            ));
        }
    }
    let text = format!(
        r#"{{"name": "p", "stages": [{}], "output_stage_id": "{}"}}"#,
        stages.join(",\n"),
        ids[number - 1]
    );
    (ids, text)
}

/// The components of the executor's tests.
fn components() -> Registry {
    static REGISTRY: LazyLock<Registry> = LazyLock::new(run::tests::registry);
    REGISTRY.clone()
}

fn result(text: &str, runtime: &tokio::runtime::Runtime) -> Result<RunResult, String> {
    let registry = components();
    let pipeline = Pipeline::parse(text, &registry).map_err(|errors| format!("{errors:#?}"))?;
    let plan = Plan::compile(&pipeline, &registry).map_err(|errors| format!("{errors:#?}"))?;
    let rig = run::tests::Rig::new(Arc::new(plan));
    let (_sender, signals) = mpsc::channel(4);
    let driven = drive(rig.spec(), rig.host.clone(), Vec::new(), signals);
    let outcome =
        runtime.block_on(async { tokio::time::timeout(Duration::from_secs(20), driven).await });
    match outcome {
        Ok(Outcome::Finished(result)) => Ok(result),
        other => Err(format!("{other:?}")),
    }
}

proptest! {
    #![proptest_config(cases(PROMISES))]
    #[test]
    fn a_rename_never_changes_the_result_of_a_run(bytes in bytes()) {
        let mut dice = Dice::new(&bytes);
        let (ids, text) = pipeline(&mut dice);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let before = result(&text, &runtime);
        let before = before.map_err(TestCaseError::fail)?;
        let registry = components();
        let mut now = text.clone();
        let mut names: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
        for _ in 0..=dice.roll(3) {
            let at = dice.roll(names.len());
            let to = dice.pick(NEW).to_owned();
            if names.contains(&to) {
                continue;
            }
            let edit = Edit::RenameStage { stage: names[at].clone(), to: to.clone() };
            match apply(&now, &[edit], &registry) {
                Ok(done) => {
                    let back = apply(&done.text, &done.inverse, &registry).unwrap();
                    prop_assert_eq!(&back.text, &now);
                    now = done.text;
                    names[at] = to;
                }
                // Another name would be caught.
                Err(error) => prop_assert_eq!(error.code, types::ErrorCode::Unsupported),
            }
        }
        let after = result(&now, &runtime).map_err(|e| TestCaseError::fail(format!("{e}\n{now}")))?;
        let shown = |result: &RunResult| format!("{:?}", result.output);
        // Texts that are no templates keep the old words.
        prop_assert_eq!(shown(&after), shown(&before), "{}\n{}", text, now);
        prop_assert_eq!(after.status, before.status);
    }
}

#[test]
fn many_renames_in_one_list_follow_each_other() {
    let json = r#"[{"op": "renameStage", "stage": "one", "to": "x"},
        {"op": "renameStage", "stage": "two", "to": "one"},
        {"op": "renameStage", "stage": "x", "to": "two"},
        {"op": "renameStage", "stage": "fetch", "to": "f"},
        {"op": "renameStage", "stage": "each", "to": "e"}]"#;
    let new = after(PIPELINE, json);
    assert!(new.contains(r#""loop_stages": ["two", "one"]"#), "{new}");
    assert!(new.contains("upstream.two.n > 1"), "{new}");
    assert!(new.contains("{{upstream.f.rows}}"), "{new}");
    assert_eq!(edits(json).len(), 5);
}
