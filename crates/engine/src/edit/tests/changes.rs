//! What each edit does to a text.

use super::{PIPELINE, after, applied, differences, edits};
use crate::edit::Edit;

#[test]
fn setting_a_field_changes_the_bytes_of_its_value() {
    let new = after(
        PIPELINE,
        r#"[{"op": "setField", "stage": "fetch", "path": ["config", "message"], "value": "hi"}]"#,
    );
    assert_eq!(new, PIPELINE.replace("{{input.url}}", "hi"));
    let new = after(
        PIPELINE,
        r#"[{"op": "setField", "path": ["name"], "value": "news 2"}]"#,
    );
    assert_eq!(new, PIPELINE.replace("\"news\"", "\"news 2\""));
}

#[test]
fn a_new_field_is_written_like_its_neighbours() {
    let new = after(
        PIPELINE,
        r#"[{"op": "setField", "stage": "fetch", "path": ["timeout_ms"], "value": 100},
            {"op": "setField", "stage": "each", "path": ["config", "max_parallel"], "value": 2}]"#,
    );
    let (_, came) = differences(PIPELINE, &new);
    assert_eq!(
        came,
        [
            r#"      "config": { "message": "{{input.url}}" },"#,
            r#"      "timeout_ms": 100"#,
            r#"     "config": {"items": "{{upstream.fetch.rows}}", "loop_stages": ["one", "two"], "max_parallel": 2}},"#,
        ]
    );
}

#[test]
fn objects_on_the_way_to_a_field_are_added_and_removed_with_it() {
    let new = after(
        PIPELINE,
        r#"[{"op": "setField", "stage": "one", "path": ["retry_config", "max_retries"], "value": 2}]"#,
    );
    assert!(
        new.contains(r#""retry_config": {"max_retries": 2}}"#),
        "{new}"
    );
}

#[test]
fn an_object_that_is_set_keeps_the_text_of_what_stays() {
    let text = r#"{"name": "p", "stages": [{"id": "a", "type": "logger",
  "config": {"message":   "x",  "data": 1.50, "level": "info"}}]}"#;
    let new = after(
        text,
        r#"[{"op": "setField", "stage": "a", "path": ["config"],
             "value": {"data": 1.5, "message": "y", "times": 2}}]"#,
    );
    assert!(
        new.contains(r#""config": {"message":   "y",  "times":   2,  "data": 1.50}"#),
        "{new}"
    );
}

#[test]
fn a_stage_is_added_where_it_is_asked_for() {
    let new = after(
        PIPELINE,
        r#"[{"op": "addStage", "at": {"after": "fetch"},
             "value": {"id": "log", "type": "logger", "depends_on": ["fetch"]}}]"#,
    );
    let at = |id: &str| new.find(&format!("\"id\": \"{id}\"")).unwrap();
    assert!(at("fetch") < at("log") && at("log") < at("each"), "{new}");
    let (lost, came) = differences(PIPELINE, &new);
    assert!(lost.is_empty(), "{lost:?}");
    assert_eq!(
        came,
        [
            "    {",
            r#"      "id": "log","#,
            r#"      "type": "logger","#,
            r#"      "depends_on": ["fetch"]"#,
            "    },",
        ],
        "{new}"
    );
}

#[test]
fn a_stage_is_added_to_a_list_of_a_control_stage() {
    let new = after(
        PIPELINE,
        r#"[{"op": "addStage", "value": {"id": "zero", "type": "logger"},
             "into": {"control": "each", "list": "loop_stages"}, "at": {"before": "one"}}]"#,
    );
    assert!(new.contains(r#"["zero", "one", "two"]"#), "{new}");
    let at = |id: &str| new.find(&format!("\"id\": \"{id}\"")).unwrap();
    assert!(at("zero") < at("one"), "{new}");
}

#[test]
fn removing_a_stage_removes_what_names_it() {
    let new = after(PIPELINE, r#"[{"op": "removeStage", "stage": "fetch"}]"#);
    assert!(new.contains(r#""depends_on": []"#), "{new}");
    assert!(!new.contains(r#""id": "fetch""#));
    let new = after(PIPELINE, r#"[{"op": "removeStage", "stage": "one"}]"#);
    assert!(new.contains(r#""loop_stages": ["two"]"#), "{new}");
    let new = after(PIPELINE, r#"[{"op": "removeStage", "stage": "each"}]"#);
    assert!(!new.contains("output_stage_id"), "{new}");
    let new = after(
        PIPELINE,
        r#"[{"op": "removeStage", "stage": "each", "keepReferences": true}]"#,
    );
    assert!(new.contains(r#""output_stage_id": "each""#), "{new}");
}

#[test]
fn stages_move_into_control_stages_and_out_of_them() {
    let new = after(PIPELINE, r#"[{"op": "moveStage", "stage": "two"}]"#);
    assert_eq!(new, PIPELINE.replace(r#"["one", "two"]"#, r#"["one"]"#));
    let new = after(
        &new,
        r#"[{"op": "moveStage", "stage": "two", "at": "first",
             "into": {"control": "each", "list": "loop_stages"}}]"#,
    );
    assert_eq!(
        new,
        PIPELINE.replace(r#"["one", "two"]"#, r#"["two", "one"]"#)
    );
}

#[test]
fn a_list_that_is_missing_or_a_single_id_becomes_a_list() {
    let text = r#"{"name": "p", "stages": [
  {"id": "c", "type": "conditional", "config": {"condition": "input.x", "true_branch_stages": "a"}},
  {"id": "r", "type": "router", "config": {"value": "{{input.x}}", "default": "a", "routes": {"x": ["a"]}}},
  {"id": "a", "type": "logger"}, {"id": "b", "type": "logger"}]}"#;
    let into = |control: &str, list: &str, key: &str| {
        after(
            text,
            &format!(
                r#"[{{"op": "include", "stage": "b",
                      "into": {{"control": "{control}", "list": "{list}"{key}}}}}]"#
            ),
        )
    };
    let new = into("c", "true_branch_stages", "");
    assert!(new.contains(r#""true_branch_stages": ["a", "b"]"#), "{new}");
    let new = into("c", "false_branch_stages", "");
    assert!(new.contains(r#""false_branch_stages": ["b"]"#), "{new}");
    // A synonym stays.
    let new = into("r", "default_route", "");
    assert!(new.contains(r#""default": ["a", "b"]"#), "{new}");
    let new = into("r", "routes", r#", "key": "x""#);
    assert!(new.contains(r#""routes": {"x": ["a", "b"]}"#), "{new}");
    let new = into("r", "routes", r#", "key": "y""#);
    assert!(
        new.contains(r#""routes": {"x": ["a"], "y": ["b"]}"#),
        "{new}"
    );
}

#[test]
fn stages_are_connected_disconnected_and_reordered() {
    let new = after(
        PIPELINE,
        r#"[{"op": "connect", "stage": "two", "on": "one"},
            {"op": "connect", "stage": "two", "on": "fetch", "at": "first"},
            {"op": "disconnect", "stage": "each", "on": "fetch"}]"#,
    );
    assert!(new.contains(r#""depends_on": ["fetch", "one"]"#), "{new}");
    assert!(new.contains(r#""depends_on": []"#), "{new}");
    // Connecting twice changes nothing.
    assert_eq!(
        after(
            PIPELINE,
            r#"[{"op": "connect", "stage": "each", "on": "fetch"}]"#
        ),
        PIPELINE
    );
    let new = after(
        PIPELINE,
        r#"[{"op": "reorderStage", "stage": "fetch"},
            {"op": "reorderStage", "stage": "two", "at": "first"}]"#,
    );
    let at = |id: &str| new.find(&format!("\"id\": \"{id}\"")).unwrap();
    assert!(at("two") < at("each") && at("one") < at("fetch"), "{new}");
}

#[test]
fn a_byte_order_mark_line_endings_and_odd_blanks_stay() {
    let text = "\u{feff}\r\n{\r\n\t\"name\" :\"p\",\r\n\t\"stages\":[ {\"id\":\"a\" , \"type\":\"logger\"}\r\n]\r\n}\r\n\r\n";
    let new = after(
        text,
        r#"[{"op": "setField", "stage": "a", "path": ["name"], "value": "A"},
            {"op": "addStage", "value": {"id": "b", "type": "logger"}},
            {"op": "setField", "path": ["version"], "value": "1.0.0", "at": {"after": "name"}}]"#,
    );
    assert!(new.starts_with("\u{feff}\r\n{\r\n\t\"name\" :\"p\",\r\n\t\"version\" :\"1.0.0\","));
    assert!(new.ends_with("}\r\n\r\n"));
    assert!(!new.replace("\r\n", "").contains('\n'));
}

#[test]
fn a_list_item_is_set_added_and_removed() {
    let text = r#"{"name": "p", "tags": ["a", "b"], "stages": []}"#;
    let new = after(
        text,
        r#"[{"op": "setField", "path": ["tags", 1], "value": "c"},
            {"op": "setField", "path": ["tags", 2], "value": "d"},
            {"op": "unsetField", "path": ["tags", 0]}]"#,
    );
    assert_eq!(new, r#"{"name": "p", "tags": ["c", "d"], "stages": []}"#);
}

#[test]
fn reformatting_changes_the_layout_and_nothing_else() {
    let text = r#"{"name": "p", "stages": [{"id": "a", "type": "logger", "config": {"data": 1}}]}"#;
    let layout = "{\n \"stages\": [\n {\"type\": \"logger\", \"id\": \"a\", \"config\": {\"data\": 2}}\n ],\n \"name\": \"other\"}\n";
    let new = applied(
        text,
        &[Edit::Reformat {
            text: layout.to_owned(),
        }],
    );
    assert_eq!(
        new,
        layout
            .replace("\"other\"", "\"p\"")
            .replace("\"data\": 2", "\"data\": 1")
    );
}

#[test]
fn edits_are_read_from_json_and_written_without_defaults() {
    let json = r#"[{"op":"renameStage","stage":"a","to":"b"},{"op":"setField","path":["tags",0],"value":null},{"op":"moveStage","stage":"a","into":{"control":"c","list":"routes","key":"x"},"at":{"before":"d"}}]"#;
    assert_eq!(serde_json::to_string(&edits(json)).unwrap(), json);
    for wrong in [
        r#"[{"op": "renameStage", "stage": "a"}]"#,
        r#"[{"op": "renameStage", "stage": "a", "to": "b", "more": 1}]"#,
        r#"[{"op": "explode"}]"#,
        r#"[{"op": "setField", "path": ["a"]}]"#,
    ] {
        assert!(serde_json::from_str::<Vec<Edit>>(wrong).is_err(), "{wrong}");
    }
}
