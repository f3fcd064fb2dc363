//! Each fix is applied, and its problem is gone.

use super::fix;
use crate::{
    check::{Diagnostic, check, fixtures, parse},
    edit,
    model::structure,
    value::Value,
};

/// The label of the first fix in a text, and the text with it.
fn fixed(text: &str) -> (String, String) {
    let registry = fixtures::registry();
    let pipeline = parse(text, &registry).unwrap();
    let structure = structure(&pipeline, &registry);
    let problems: Vec<Diagnostic> = check(&pipeline, &registry);
    let found = problems
        .iter()
        .find_map(|problem| Some((problem, fix(&pipeline, &structure, problem)?)));
    let (problem, fix) = found.unwrap_or_else(|| panic!("no fix: {problems:#?}"));
    let applied = edit::apply(text, &fix.edits, &registry).unwrap();
    let again = parse(&applied.text, &registry).unwrap();
    let left = check(&again, &registry);
    assert!(
        !left.iter().any(|one| one.message == problem.message),
        "{problem:#?}: {left:#?}"
    );
    (fix.label, applied.text)
}

fn of_stages(stages: &str) -> String {
    format!(r#"{{"name":"p","stages":[{{"id":"fetch","type":"logger"}},{stages}]}}"#)
}

#[test]
fn a_name_that_is_similar_to_a_known_one_is_replaced() {
    for (stage, label, then) in [
        (
            r#"{"id":"a","type":"logger","depends_on":["fetsh"]}"#,
            "Use fetch",
            r#""depends_on":["fetch"]"#,
        ),
        (
            r#"{"id":"a","type":"loger"}"#,
            "Use logger",
            r#""type":"logger""#,
        ),
        (
            r#"{"id":"a","type":"logger","depends_on":["fetch"],"config":{"message":"is {{upstream.fetsh}} so"}}"#,
            "Use fetch",
            r#""is {{upstream.fetch}} so""#,
        ),
        (
            r#"{"id":"a","type":"logger","depend_on":["fetch"]}"#,
            "Rename to depends_on",
            r#""depends_on":["fetch"]"#,
        ),
        (
            r#"{"id":"a","type":"logger","config":{"mesage":"x"}}"#,
            "Rename to message",
            r#""message":"x""#,
        ),
    ] {
        let (told, text) = fixed(&of_stages(stage));
        assert_eq!(told, label);
        let plain = |text: &str| text.replace(char::is_whitespace, "");
        assert!(plain(&text).contains(&plain(then)), "{text}");
    }
}

#[test]
fn a_dependency_is_added_or_removed() {
    let (told, text) = fixed(&of_stages(
        r#"{"id":"a","type":"logger","config":{"message":"{{upstream.fetch}}"}}"#,
    ));
    assert_eq!(told, "Wait for fetch");
    let stages = Value::parse_json(&text).unwrap();
    let stage = stages.get("stages").and_then(|all| match all {
        Value::List(items) => items.get(1).cloned(),
        _ => None,
    });
    let waits = stage.and_then(|stage| stage.get("depends_on").cloned());
    assert_eq!(
        waits.map(|waits| waits.to_json()).as_deref(),
        Some(r#"["fetch"]"#)
    );
    let (told, _) = fixed(&of_stages(
        r#"{"id":"a","type":"logger","depends_on":["a"]}"#,
    ));
    assert_eq!(told, "Remove a");
}

#[test]
fn what_a_person_has_to_decide_has_no_fix() {
    let registry = fixtures::registry();
    let text = of_stages(r#"{"id":"a","type":"something-else","depends_on":["weather"]}"#);
    let pipeline = parse(text.as_str(), &registry).unwrap();
    let structure = structure(&pipeline, &registry);
    let problems = check(&pipeline, &registry);
    assert!(!problems.is_empty());
    for problem in &problems {
        assert_eq!(fix(&pipeline, &structure, problem), None, "{problem:#?}");
    }
}
