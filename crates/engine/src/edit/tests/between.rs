//! Text typed by hand becomes edits.

use super::{PIPELINE, applied, registry};
use crate::edit::{Edit, between};

/// The edits between two texts, as JSON, shown to lead there.
fn found(before: &str, after: &str) -> String {
    let edits = between(before, after, &registry()).unwrap();
    assert_eq!(applied(before, &edits), after);
    serde_json::to_string(&edits).unwrap()
}

#[test]
fn a_changed_value_is_one_edit() {
    assert_eq!(
        found(PIPELINE, &PIPELINE.replace("input.url", "input.uri")),
        r#"[{"op":"setField","stage":"fetch","path":["config","message"],"value":"{{input.uri}}"}]"#
    );
    assert_eq!(
        found(PIPELINE, &PIPELINE.replace("\"news\"", "\"olds\"")),
        r#"[{"op":"setField","path":["name"],"value":"olds"}]"#
    );
    assert_eq!(found(PIPELINE, PIPELINE), "[]");
}

#[test]
fn a_line_that_is_typed_or_deleted_is_one_edit() {
    let more = PIPELINE.replace("  \"x-note\"", "  \"version\": \"1.0.0\",\n  \"x-note\"");
    assert_eq!(
        found(PIPELINE, &more),
        r#"[{"op":"setField","path":["version"],"value":"1.0.0","at":{"after":"name"}}]"#
    );
    assert_eq!(
        found(&more, PIPELINE),
        r#"[{"op":"unsetField","path":["version"]}]"#
    );
}

#[test]
fn dependencies_and_members_of_lists_are_found() {
    assert_eq!(
        found(PIPELINE, &PIPELINE.replace("[\"fetch\"]", "[]")),
        r#"[{"op":"disconnect","stage":"each","on":"fetch"}]"#
    );
    assert_eq!(
        found(
            PIPELINE,
            &PIPELINE.replace("[\"fetch\"]", "[\"fetch\", \"x\"]")
        ),
        r#"[{"op":"connect","stage":"each","on":"x"}]"#
    );
    assert_eq!(
        found(
            PIPELINE,
            &PIPELINE.replace("[\"one\", \"two\"]", "[\"one\"]")
        ),
        r#"[{"op":"moveStage","stage":"two"}]"#
    );
    assert_eq!(
        found(
            &PIPELINE.replace("[\"one\", \"two\"]", "[\"two\"]"),
            PIPELINE
        ),
        r#"[{"op":"moveStage","stage":"one","into":{"control":"each","list":"loop_stages"},"at":"first"}]"#
    );
}

#[test]
fn a_renamed_stage_is_one_edit_with_all_its_references() {
    let after = PIPELINE
        .replace("\"fetch\"", "\"load\"")
        .replace("upstream.fetch", "upstream.load");
    assert_eq!(
        found(PIPELINE, &after),
        r#"[{"op":"renameStage","stage":"fetch","to":"load"}]"#
    );
    // Also if it changed a little.
    assert_eq!(
        found(
            PIPELINE,
            &after.replace(
                "      \"type\": \"logger\",\n",
                "      \"type\": \"logger\",\n      \"timeout_ms\": 5,\n"
            )
        ),
        r#"[{"op":"renameStage","stage":"fetch","to":"load"},{"op":"setField","stage":"load","path":["timeout_ms"],"value":5,"at":{"after":"type"}}]"#
    );
}

#[test]
fn stages_that_came_went_or_stand_elsewhere_are_found() {
    let removed = applied(
        PIPELINE,
        &[Edit::RemoveStage {
            stage: "one".to_owned(),
            keep_references: false,
            layout: Default::default(),
        }],
    );
    assert_eq!(
        found(PIPELINE, &removed),
        r#"[{"op":"removeStage","stage":"one"}]"#
    );
    let edits = between(&removed, PIPELINE, &registry()).unwrap();
    assert!(matches!(edits[0], Edit::AddStage { .. }), "{edits:?}");
    assert_eq!(edits.len(), 2, "{edits:?}");
    let text = r#"{"name": "p", "stages": [{"id": "a"}, {"id": "b"}, {"id": "c"}, {"id": "d"}]}"#;
    let moved = r#"{"name": "p", "stages": [{"id": "d"}, {"id": "a"}, {"id": "b"}, {"id": "c"}]}"#;
    assert_eq!(
        found(text, moved),
        r#"[{"op":"reorderStage","stage":"d","at":"first"}]"#
    );
}

#[test]
fn another_layout_of_the_same_is_one_reformat() {
    let compact = crate::source::Document::parse(PIPELINE)
        .unwrap()
        .root()
        .value()
        .to_json();
    let edits = between(PIPELINE, &compact, &registry()).unwrap();
    assert!(matches!(&edits[..], [Edit::Reformat { .. }]), "{edits:?}");
    assert_eq!(applied(PIPELINE, &edits), compact);
    let text = PIPELINE.replace("\"x-note\": \"kept\",\n", "\"x-note\":\n\"kept\",\n");
    let edits = between(PIPELINE, &text, &registry()).unwrap();
    assert!(matches!(&edits[..], [Edit::Reformat { .. }]), "{edits:?}");
}

#[test]
fn stages_without_an_id_of_their_own_are_set_as_a_whole() {
    let odd = r#"{"name": "p", "stages": [{"id": "a"}, {"id": "a"}, 5]}"#;
    let edits = between(PIPELINE, odd, &registry()).unwrap();
    assert_eq!(applied(PIPELINE, &edits), odd);
    assert_eq!(
        applied(odd, &between(odd, PIPELINE, &registry()).unwrap()),
        PIPELINE
    );
}
