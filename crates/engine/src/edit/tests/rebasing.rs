//! Edits of two people against one text.

use super::{PIPELINE, after, edits, registry};
use crate::edit::{Conflict, Edit, Place, RebaseError, apply, rebase};

fn text(text: &str, edits: &[Edit]) -> String {
    apply(text, edits, &registry())
        .unwrap_or_else(|error| panic!("{error:?}\n{edits:#?}"))
        .text
}

/// The text with both, which is the same whoever comes first.
fn both(mine: &str, theirs: &str) -> String {
    let (mine, theirs) = (edits(mine), edits(theirs));
    let over = |a: &[Edit], b: &[Edit]| {
        let moved = rebase(PIPELINE, a, b, &registry()).unwrap_or_else(|e| panic!("{e:#?}"));
        text(&text(PIPELINE, b), &moved)
    };
    let (one, other) = (over(&mine, &theirs), over(&theirs, &mine));
    assert_eq!(one, other);
    one
}

fn conflicts(mine: &str, theirs: &str) -> Vec<Conflict> {
    let (mine, theirs) = (edits(mine), edits(theirs));
    let one = rebase(PIPELINE, &mine, &theirs, &registry());
    let other = rebase(PIPELINE, &theirs, &mine, &registry());
    match (one, other) {
        (Err(RebaseError::Conflicts(one)), Err(RebaseError::Conflicts(other))) => {
            assert_eq!(one.len(), other.len());
            one
        }
        both => panic!("{both:#?}"),
    }
}

fn set(path: &str, value: &str) -> String {
    format!(r#"[{{"op": "setField", "stage": "fetch", "path": [{path}], "value": {value}}}]"#)
}

const RENAME: &str = r#"[{"op": "renameStage", "stage": "fetch", "to": "load"}]"#;
const REMOVE: &str = r#"[{"op": "removeStage", "stage": "fetch"}]"#;

#[test]
fn different_fields_commute_and_the_same_field_conflicts() {
    let message = r#""config", "message""#;
    both(
        &set(message, "\"x\""),
        &set(r#""config", "level""#, "\"info\""),
    );
    both(
        &set(r#""config", "data""#, "1"),
        &set(r#""config", "level""#, "2"),
    );
    both(&set(r#""notes", "a""#, "1"), &set(r#""notes", "b""#, "2"));
    let found = conflicts(&set(message, "\"x\""), &set(message, "\"y\""));
    assert_eq!(
        found[0].place,
        Place::Field {
            stage: Some("fetch".to_owned()),
            path: vec!["config".into(), "message".into()],
        }
    );
    assert_eq!(found[0].base, Some("{{input.url}}".into()));
    assert_eq!(
        found[0].message,
        "both changed `$.config.message` of the stage `fetch` differently"
    );
    assert_eq!((found[0].mine_index, found[0].theirs_index), (0, 0));
    // The same change is made once.
    let same = set(message, "\"x\"");
    assert_eq!(
        rebase(PIPELINE, &edits(&same), &edits(&same), &registry()),
        Ok(Vec::new())
    );
}

#[test]
fn a_whole_object_conflicts_only_in_the_fields_that_differ() {
    let whole = set(r#""config""#, r#"{"message": "{{input.url}}", "data": 1}"#);
    let new = both(&whole, &set(r#""config", "message""#, "\"x\""));
    assert!(new.contains(r#"{ "message": "x", "data": 1 }"#), "{new}");
    assert_eq!(
        conflicts(&whole, &set(r#""config", "data""#, "2"))[0].place,
        Place::Field {
            stage: Some("fetch".to_owned()),
            path: vec!["config".into(), "data".into()],
        }
    );
}

#[test]
fn what_was_changed_back_is_no_change() {
    let back = r#"[{"op": "setField", "path": ["name"], "value": "x"},
                   {"op": "setField", "path": ["name"], "value": "news"}]"#;
    let new = both(
        back,
        r#"[{"op": "setField", "path": ["name"], "value": "y"}]"#,
    );
    assert!(new.contains("\"y\""));
}

#[test]
fn a_rename_reaches_what_the_other_one_writes() {
    let theirs = r#"[{"op": "setField", "stage": "one", "path": ["config", "message"], "value": "{{upstream.fetch.n}}"},
        {"op": "connect", "stage": "one", "on": "fetch"},
        {"op": "setField", "stage": "fetch", "path": ["timeout_ms"], "value": 5},
        {"op": "addStage", "value": {"id": "n", "type": "logger", "depends_on": ["fetch"],
            "config": {"message": "{{fetch.output}}"}}},
        {"op": "setField", "path": ["output_stage_id"], "value": "fetch"}]"#;
    let new = both(RENAME, theirs);
    assert!(!new.contains("fetch"), "{new}");
    both(RENAME, RENAME);
    let found = conflicts(
        RENAME,
        r#"[{"op": "renameStage", "stage": "fetch", "to": "get"}]"#,
    );
    assert!(matches!(&found[0].place, Place::Id { stage } if stage == "fetch"));
    // Both take the same new id.
    conflicts(
        RENAME,
        r#"[{"op": "renameStage", "stage": "one", "to": "load"}]"#,
    );
    conflicts(
        RENAME,
        r#"[{"op": "addStage", "value": {"id": "load", "type": "logger"}}]"#,
    );
}

#[test]
fn removing_a_stage_conflicts_with_changes_of_it_and_with_new_references() {
    let field = set(r#""timeout_ms""#, "5");
    for other in [
        field.as_str(),
        RENAME,
        r#"[{"op": "connect", "stage": "one", "on": "fetch"}]"#,
        r#"[{"op": "connect", "stage": "fetch", "on": "one"}]"#,
        r#"[{"op": "addStage", "value": {"id": "n", "type": "logger", "depends_on": ["fetch"]}}]"#,
        r#"[{"op": "setField", "path": ["output_stage_id"], "value": "fetch"}]"#,
        r#"[{"op": "include", "stage": "fetch", "into": {"control": "each", "list": "loop_stages"}}]"#,
    ] {
        conflicts(REMOVE, other);
    }
    for other in [
        REMOVE,
        r#"[{"op": "disconnect", "stage": "each", "on": "fetch"}]"#,
        r#"[{"op": "removeStage", "stage": "each"}]"#,
        r#"[{"op": "setField", "stage": "one", "path": ["config", "message"], "value": "x"}]"#,
        r#"[{"op": "addStage", "value": {"id": "n", "type": "logger"}}]"#,
    ] {
        both(REMOVE, other);
    }
}

#[test]
fn stages_added_at_the_same_place_stand_in_the_order_of_their_ids() {
    let add = |id: &str, at: &str| {
        format!(r#"[{{"op": "addStage", "value": {{"id": "{id}", "type": "logger"}}{at}}}]"#)
    };
    for at in ["", r#", "at": "first""#, r#", "at": {"after": "one"}"#] {
        let new = both(&add("m", at), &add("l", at));
        assert!(new.find("\"l\"") < new.find("\"m\""), "{new}");
    }
    both(&add("m", ""), &add("m", ""));
    conflicts(
        &add("m", ""),
        r#"[{"op": "addStage", "value": {"id": "m", "type": "filter"}}]"#,
    );
}

#[test]
fn moves_to_different_lists_conflict_and_other_entries_commute() {
    let out = r#"[{"op": "moveStage", "stage": "two"}]"#;
    both(out, out);
    both(out, r#"[{"op": "moveStage", "stage": "one"}]"#);
    both(
        out,
        r#"[{"op": "include", "stage": "fetch", "into": {"control": "each", "list": "loop_stages"}}]"#,
    );
    let two = r#"{"op": "addStage", "value": {"id": "c", "type": "conditional"}}"#;
    let into = format!(
        r#"[{two}, {{"op": "moveStage", "stage": "two", "into": {{"control": "c", "list": "true_branch_stages"}}}}]"#
    );
    let found = conflicts(&into, out);
    assert!(matches!(&found[0].place, Place::Member { stage, .. } if stage == "two"));
    let connect = |on: &str| format!(r#"[{{"op": "connect", "stage": "two", "on": "{on}"}}]"#);
    let new = both(&connect("one"), &connect("fetch"));
    assert!(new.contains(r#"["fetch", "one"]"#), "{new}");
}

#[test]
fn an_undone_edit_leaves_later_ones_of_others() {
    let mine =
        edits(r#"[{"op": "setField", "stage": "fetch", "path": ["notes", "a"], "value": 1}]"#);
    let done = apply(PIPELINE, &mine, &registry()).unwrap();
    let theirs =
        edits(r#"[{"op": "setField", "stage": "fetch", "path": ["notes", "b"], "value": 2}]"#);
    let undo = rebase(&done.text, &done.inverse, &theirs, &registry()).unwrap();
    let new = text(&text(&done.text, &theirs), &undo);
    let only = after(
        PIPELINE,
        r#"[{"op": "setField", "stage": "fetch", "path": ["notes", "b"], "value": 2}]"#,
    );
    let value = |text: &str| crate::source::Document::parse(text).unwrap().root().value();
    assert_eq!(value(&new), value(&only));
}

#[test]
fn edits_that_cannot_be_applied_to_the_base_say_whose_they_are() {
    let wrong = edits(r#"[{"op": "removeStage", "stage": "nobody"}]"#);
    let right = edits(REMOVE);
    let mine = rebase(PIPELINE, &wrong, &right, &registry());
    assert!(matches!(mine, Err(RebaseError::Mine(error)) if error.edit == Some(0)));
    let theirs = rebase(PIPELINE, &right, &wrong, &registry());
    assert!(matches!(theirs, Err(RebaseError::Theirs(error)) if error.edit == Some(0)));
}
