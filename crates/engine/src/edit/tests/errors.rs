//! An edit that cannot be applied says why, and what to do.

use types::ErrorCode;

use super::{PIPELINE, refused, registry};
use crate::edit::apply;

#[test]
fn an_error_names_the_edit_the_field_and_the_way_out() {
    let cases = [
        (
            r#"{"op": "renameStage", "stage": "fetsh", "to": "x"}"#,
            ErrorCode::UnknownStage,
            "stage",
        ),
        (
            r#"{"op": "renameStage", "stage": "one", "to": "two"}"#,
            ErrorCode::DuplicateStage,
            "to",
        ),
        (
            r#"{"op": "renameStage", "stage": "one", "to": "a/b"}"#,
            ErrorCode::InvalidValue,
            "to",
        ),
        (
            r#"{"op": "addStage", "value": {"id": "one"}}"#,
            ErrorCode::DuplicateStage,
            "value",
        ),
        (
            r#"{"op": "addStage", "value": {"type": "logger"}}"#,
            ErrorCode::MissingField,
            "value",
        ),
        (
            r#"{"op": "addStage", "value": 3}"#,
            ErrorCode::WrongType,
            "value",
        ),
        (
            r#"{"op": "addStage", "value": {"id": "n"}, "at": {"after": "no"}}"#,
            ErrorCode::UnknownStage,
            "at",
        ),
        (
            r#"{"op": "setField", "stage": "one", "path": [], "value": 1}"#,
            ErrorCode::InvalidValue,
            "path",
        ),
        (
            r#"{"op": "setField", "stage": "one", "path": ["id"], "value": "x"}"#,
            ErrorCode::InvalidValue,
            "path",
        ),
        (
            r#"{"op": "setField", "path": ["name", "x"], "value": 1}"#,
            ErrorCode::WrongType,
            "$.name",
        ),
        (
            r#"{"op": "setField", "path": ["stages", "x"], "value": 1}"#,
            ErrorCode::WrongType,
            "$.stages",
        ),
        (
            r#"{"op": "unsetField", "stage": "one", "path": ["config", "x"]}"#,
            ErrorCode::MissingField,
            "$.config.x",
        ),
        (
            r#"{"op": "disconnect", "stage": "one", "on": "fetch"}"#,
            ErrorCode::MissingField,
            "$.depends_on",
        ),
        (
            r#"{"op": "include", "stage": "one", "into": {"control": "fetch", "list": "loop_stages"}}"#,
            ErrorCode::InvalidValue,
            "list",
        ),
        (
            r#"{"op": "include", "stage": "one", "into": {"control": "each", "list": "loop_stages", "key": "k"}}"#,
            ErrorCode::InvalidValue,
            "key",
        ),
        (
            r#"{"op": "moveStage", "stage": "each", "into": {"control": "each", "list": "loop_stages"}}"#,
            ErrorCode::Cycle,
            "into",
        ),
        (
            r#"{"op": "reformat", "text": "{"}"#,
            ErrorCode::InvalidJson,
            "text",
        ),
    ];
    for (edit, code, field) in cases {
        let good = r#"{"op": "setField", "path": ["name"], "value": "n"}"#;
        let error = refused(PIPELINE, &format!("[{good}, {edit}]"));
        assert_eq!(error.code, code, "{edit}: {error:?}");
        assert_eq!(error.edit, Some(1), "{edit}: {error:?}");
        assert_eq!(error.field.as_deref(), Some(field), "{edit}: {error:?}");
        assert!(error.help.is_some(), "{edit}: {error:?}");
    }
    let error = refused(PIPELINE, r#"[{"op": "removeStage", "stage": "fetsh"}]"#);
    assert_eq!(error.help.as_deref(), Some("did you mean `fetch`?"));
}

#[test]
fn a_text_that_is_not_a_json_object_is_refused() {
    for (text, code) in [
        ("", ErrorCode::InvalidJson),
        ("{", ErrorCode::InvalidJson),
        ("[]", ErrorCode::WrongType),
        (r#"{"a": 1, "a": 2}"#, ErrorCode::DuplicateKey),
    ] {
        let error = apply(text, &[], &registry()).unwrap_err();
        assert_eq!((error.code, error.edit), (code, None), "{text}");
        assert!(error.help.is_some(), "{text}");
    }
}

#[test]
fn a_stage_whose_id_two_stages_have_is_not_guessed() {
    let text = r#"{"name": "p", "stages": [{"id": "a"}, {"id": "a"}]}"#;
    let error = refused(text, r#"[{"op": "removeStage", "stage": "a"}]"#);
    assert_eq!(error.code, ErrorCode::DuplicateStage);
}

#[test]
fn a_value_that_nests_too_deep_is_refused() {
    let path = vec!["\"x\""; 120].join(",");
    let error = refused(
        PIPELINE,
        &format!(r#"[{{"op": "setField", "stage": "one", "path": [{path}], "value": 1}}]"#),
    );
    assert_eq!(error.code, ErrorCode::NestingTooDeep);
    // In several steps, too.
    let path = vec!["\"x\""; 60].join(",");
    let longer = vec!["\"x\""; 61].join(",");
    let deep = format!("{}1{}", "[".repeat(36), "]".repeat(36));
    let error = refused(
        PIPELINE,
        &format!(
            r#"[{{"op": "setField", "stage": "one", "path": [{path}], "value": {{}}}},
                {{"op": "setField", "stage": "one", "path": [{longer}], "value": {deep}}}]"#
        ),
    );
    assert_eq!(error.code, ErrorCode::NestingTooDeep);
}
