//! Texts filled in with the values of real runs.

use super::{Filled, StageText, StageTexts};
use crate::{
    model::{Pipeline, structure},
    run::{
        Recorded,
        tests::{Rig, registry, run},
    },
};

const STAGES: &str = r#"
    {"id":"load","component":"echo","config":{"value":{"city":"Oslo","password":"hunter2Tr0ub4dor","list":["a","b"]}}},
    {"id":"each","component":"foreach","config":{"items":["x","y"],"loop_stages":["in"]},"depends_on":["load"]},
    {"id":"in","component":"echo","config":{"value":"{{context.item}}!"}},
    {"id":"end","component":"echo","config":{"value":"{{upstream.load.city}}"},"depends_on":["load"]}"#;

/// What texts of a stage come to. The stages of the draft are those of the run, and one more.
fn filled(rig: &Rig, stage: &str, texts: &[&str]) -> Vec<Filled> {
    let registry = registry();
    let more = r#"{"id":"new","component":"echo","depends_on":["end"]},
        {"id":"late","component":"echo"}"#;
    let text = format!(r#"{{"name":"t","stages":[{STAGES},{more}]}}"#);
    let pipeline = Pipeline::parse(text.as_str(), &registry).unwrap();
    let structure = structure(&pipeline, &registry);
    let texts = texts.iter().map(|text| StageText {
        text: (*text).to_owned(),
        field: Some("value".to_owned()),
    });
    let texts = StageTexts::compile(&pipeline, &structure, stage, texts.collect());
    let events = rig.events();
    let (plan, asked) = (&rig.plan, texts.asked());
    let recorded = Recorded::of(plan, rig.run_id, &events, texts.stage(), asked).unwrap();
    texts.fill(Some(&recorded))
}

fn value(filled: &Filled) -> &str {
    &filled
        .value
        .as_ref()
        .unwrap_or_else(|| panic!("{filled:?}"))
        .text
}

#[tokio::test]
async fn a_text_is_filled_in_with_what_the_stage_read_in_the_run() {
    let (_, rig) = run(STAGES).await;
    let texts = [
        "In {{ upstream.load.city }}: {{input.n}}",
        "{{upstream.load.list}}",
        "plain",
    ];
    let found = filled(&rig, "end", &texts);
    assert_eq!(value(&found[0]), "In Oslo: 1");
    assert_eq!(value(&found[1]), r#"["a","b"]"#);
    assert!(found[1].value.as_ref().unwrap().is_json);
    assert!(!found[2].computed && found[2].value.is_none());
}

#[tokio::test]
async fn a_stage_that_the_run_did_not_have_reads_what_the_run_recorded() {
    let (_, rig) = run(STAGES).await;
    let found = filled(&rig, "new", &["{{upstream.end}}", "{{upstream.late.x}}"]);
    assert_eq!(value(&found[0]), "Oslo");
    assert_eq!(found[1].missing, ["upstream.late"]);
    assert!(found[1].problem.is_none() && found[1].value.is_none());
}

#[tokio::test]
async fn inside_a_loop_it_is_the_first_item() {
    let (_, rig) = run(STAGES).await;
    let found = filled(&rig, "in", &["{{context.item}} in {{upstream.load.city}}"]);
    assert_eq!(value(&found[0]), "x in Oslo");
    // A stage outside of the loop has no item.
    let found = filled(&rig, "end", &["{{context.item}}"]);
    assert_eq!(found[0].missing, ["context.item"]);
}

#[tokio::test]
async fn nothing_secret_is_shown() {
    let (_, rig) = run(STAGES).await;
    let texts = [
        "key {{env.HOME}}",
        "{{upstream.load.password}}",
        "{{upstream.load}}",
    ];
    let found = filled(&rig, "end", &texts);
    assert_eq!(value(&found[0]), "key ***");
    assert_eq!(value(&found[1]), "***");
    let whole = value(&found[2]);
    assert!(
        whole.contains("Oslo") && !whole.contains("hunter2"),
        "{whole}"
    );
}

#[tokio::test]
async fn a_problem_says_where_it_is_and_whether_the_text_is_wrong() {
    let (_, rig) = run(STAGES).await;
    let texts = ["é {{ 1 + }}", "{{upstream.load.gone}}"];
    let found = filled(&rig, "end", &texts);
    let problem = found[0].problem.as_ref().unwrap();
    assert!(problem.in_text, "{problem:?}");
    assert!((4..=11).contains(&problem.offset), "{problem:?}");
    let problem = found[1].problem.as_ref().unwrap();
    assert!(!problem.in_text && problem.offset >= 2, "{problem:?}");
    assert!(found[1].missing.is_empty());
}
