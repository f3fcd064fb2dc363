//! What is merged, what is a conflict, and which bytes change.

use super::{super::ConflictKind, Side, chosen, difference, favoring, merged};

const BASE: &str = r#"{
  "name": "p",
  "stages": [
    { "id": "a", "type": "logger", "config": { "message": "one", "level": "info" } },

    { "id": "b", "type": "logger", "depends_on": ["a"], "config": {} },
    { "id": "each", "type": "foreach",
      "config": { "items": [1], "loop_stages": ["in"] } },
    { "id": "in", "type": "logger" }
  ]
}
"#;

fn with(edits: &[(&str, &str)]) -> String {
    edits.iter().fold(BASE.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    })
}

#[test]
fn changes_of_different_fields_are_merged_into_the_bytes_of_ours() {
    let ours = with(&[
        ("\"one\"", "\"uno\""),
        ("\"config\": {}", "\"config\":   {  }"),
    ]);
    let theirs = with(&[("\"info\"", "\"error\""), ("[1]", "[1, 2]")]);
    let out = merged(BASE, &ours, &theirs);
    assert!(out.is_clean(), "{out:#?}");
    let expected = ours
        .replace("\"info\"", "\"error\"")
        .replace("[1]", "[1, 2]");
    assert_eq!(out.text, expected);
}

#[test]
fn a_side_without_changes_gives_the_other_text_as_it_is() {
    let other = with(&[("\"name\": \"p\"", "\"name\":\t\"q\"")]);
    assert_eq!(merged(BASE, &other, BASE).text, other);
    assert_eq!(merged(BASE, BASE, &other).text, other);
    assert_eq!(merged(BASE, &other, &other).text, other);
}

#[test]
fn both_may_add_stages_at_the_same_place_and_edges_to_the_same_stage() {
    let last = "    { \"id\": \"in\", \"type\": \"logger\" }";
    let ours = with(&[
        (
            last,
            &format!("{last},\n    {{ \"id\": \"y\", \"type\": \"logger\" }}"),
        ),
        ("[\"a\"]", "[\"a\", \"in\"]"),
    ]);
    let theirs = with(&[
        (
            last,
            &format!("{last},\n    {{ \"id\": \"x\", \"type\": \"logger\" }}"),
        ),
        ("[\"a\"]", "[\"a\", \"each\"]"),
    ]);
    let out = merged(BASE, &ours, &theirs);
    assert!(out.conflicts.is_empty(), "{out:#?}");
    let (x, y) = (
        out.text.find("\"x\"").unwrap(),
        out.text.find("\"y\"").unwrap(),
    );
    assert!(x < y, "{}", out.text);
    assert!(
        out.text
            .contains("    { \"id\": \"x\", \"type\": \"logger\" },\n    { \"id\": \"y\"")
    );
    let edges = difference(BASE, &out.text);
    let b = edges.changed.iter().find(|s| s.id.after == "b").unwrap();
    assert_eq!(
        b.fields[0].after.as_ref().unwrap().as_list().unwrap().len(),
        3
    );
    let other = merged(BASE, &theirs, &ours);
    assert!(difference(&out.text, &other.text).is_empty());
}

#[test]
fn stages_that_move_keep_their_bytes_and_their_changes() {
    let a = "    { \"id\": \"a\", \"type\": \"logger\", \"config\": { \"message\": \"one\", \"level\": \"info\" } },\n";
    let last = "    { \"id\": \"in\", \"type\": \"logger\" }\n";
    let theirs = with(&[
        (a, ""),
        (
            last,
            &format!(
                "{},\n{}",
                last.trim_end(),
                a.trim_end().trim_end_matches(',').to_owned() + "\n"
            ),
        ),
    ]);
    let ours = with(&[("\"one\"", "\"uno\"")]);
    let out = merged(BASE, &ours, &theirs);
    assert!(out.is_clean(), "{out:#?}");
    let found = difference(&theirs, &out.text);
    assert_eq!(found.summary(), "1 stage modified", "{}", out.text);
}

#[test]
fn what_one_side_removed_is_gone() {
    let ours = with(&[("\"message\": \"one\", ", "")]);
    let theirs = with(&[
        (",\n    { \"id\": \"in\", \"type\": \"logger\" }", ""),
        ("[\"in\"]", "[]"),
    ]);
    let out = merged(BASE, &ours, &theirs);
    assert!(out.conflicts.is_empty());
    assert!(
        !out.text.contains("message") && !out.text.contains("\"in\""),
        "{}",
        out.text
    );
}

#[test]
fn both_changed_a_field_differently_is_a_conflict_with_both_values() {
    let ours = with(&[("\"one\"", "\"uno\"")]);
    let theirs = with(&[("\"one\"", "\"eins\"")]);
    let out = merged(BASE, &ours, &theirs);
    assert_eq!(out.conflicts.len(), 1);
    let conflict = &out.conflicts[0];
    assert_eq!(conflict.kind, ConflictKind::Changed);
    assert_eq!(conflict.stage.as_deref(), Some("a"));
    assert_eq!(conflict.field, "config.message");
    assert_eq!(
        conflict.line(),
        "stage `a`, config.message: both changed it; OURS has \"uno\", THEIRS has \"eins\""
    );
    assert_eq!(
        chosen(&out.text, Side::Ours).replace([' ', '\n'], ""),
        ours.replace([' ', '\n'], "")
    );
    assert!(difference(&chosen(&out.text, Side::Theirs), &theirs).is_empty());
    assert!(
        out.text.contains("\n<<<<<<< OURS (a: config.message)\n"),
        "{}",
        out.text
    );
    assert!(
        out.text.contains("\n>>>>>>> THEIRS (a: config.message)\n"),
        "{}",
        out.text
    );
}

#[test]
fn removing_and_changing_the_same_stage_is_a_conflict() {
    let last = ",\n    { \"id\": \"in\", \"type\": \"logger\" }";
    let ours = with(&[(last, ""), ("[\"in\"]", "[]")]);
    let theirs = with(&[(last, ",\n    { \"id\": \"in\", \"type\": \"filter\" }")]);
    let out = merged(BASE, &ours, &theirs);
    let kinds: Vec<_> = out.conflicts.iter().map(|c| (c.kind, c.place())).collect();
    assert_eq!(kinds, [(ConflictKind::Removed, "stage `in`".to_owned())]);
    for (side, count) in [(Side::Ours, 3), (Side::Theirs, 4)] {
        let text = chosen(&out.text, side);
        let json: serde_json::Value = serde_json::from_str(&text).expect(&text);
        assert_eq!(json["stages"].as_array().unwrap().len(), count);
        let decided = favoring(side, BASE, &ours, &theirs);
        assert_eq!(decided.decided.len(), 1);
        assert!(difference(&text, &decided.text).is_empty());
    }
}

#[test]
fn objects_of_which_every_part_is_in_doubt_are_written_once_for_each_side() {
    let ours = with(&[(
        "\"message\": \"one\", \"level\": \"info\"",
        "\"message\": \"uno\"",
    )]);
    let theirs = with(&[(
        "\"message\": \"one\", \"level\": \"info\"",
        "\"level\": \"error\"",
    )]);
    let out = merged(BASE, &ours, &theirs);
    assert_eq!(out.conflicts.len(), 2);
    assert!(difference(&chosen(&out.text, Side::Ours), &ours).is_empty());
    assert!(difference(&chosen(&out.text, Side::Theirs), &theirs).is_empty());
}

#[test]
fn two_new_orders_of_the_stages_are_a_conflict_of_the_order_only() {
    let text = |order: &str, message: &str| {
        let stage = |id: char| match id {
            'a' => format!(r#"{{"id":"a","type":"logger","config":{{"message":"{message}"}}}}"#),
            id => format!(r#"{{"id":"{id}","type":"logger"}}"#),
        };
        let stages: Vec<String> = order.chars().map(stage).collect();
        format!(r#"{{"name":"p","stages":[{}]}}"#, stages.join(","))
    };
    let out = merged(&text("abc", "x"), &text("cab", "x"), &text("bca", "y"));
    assert_eq!(out.conflicts.len(), 1);
    assert_eq!(out.conflicts[0].kind, ConflictKind::Order);
    assert_eq!(out.conflicts[0].place(), "the order of stages");
    assert_eq!(out.text, text("cab", "y"));
    // Only one new order is none.
    let out = merged(&text("abc", "x"), &text("cab", "x"), &text("abcd", "x"));
    assert!(out.conflicts.is_empty());
    assert_eq!(out.text, text("cdab", "x"));
}

#[test]
fn a_merge_that_makes_a_pipeline_invalid_says_why() {
    let ours = with(&[(
        "\"id\": \"a\", \"type\": \"logger\",",
        "\"id\": \"a\", \"type\": \"logger\", \"depends_on\": [\"each\"],",
    )]);
    let theirs = with(&[(
        "\"type\": \"foreach\",",
        "\"type\": \"foreach\", \"depends_on\": [\"b\"],",
    )]);
    let out = merged(BASE, &ours, &theirs);
    assert!(out.conflicts.is_empty());
    assert!(out.new_errors && !out.is_clean(), "{}", out.text);
    assert!(!out.errors.is_empty());
    // An error that a side has already is not due to the merge.
    let wrong = with(&[("\"type\": \"foreach\"", "\"type\": \"foreeach\"")]);
    let other = with(&[("\"one\"", "\"uno\"")]);
    let out = merged(BASE, &wrong, &other);
    assert!(!out.errors.is_empty() && !out.new_errors && out.is_clean());
}

#[test]
fn line_ends_and_a_byte_order_mark_stay() {
    let windows = |text: &str| format!("\u{feff}{}", text.replace('\n', "\r\n"));
    let ours = windows(&with(&[("\"one\"", "\"uno\"")]));
    let theirs = windows(&with(&[("\"one\"", "\"eins\""), ("\"p\"", "\"q\"")]));
    let out = merged(&windows(BASE), &ours, &theirs);
    assert!(out.text.starts_with('\u{feff}'));
    assert_eq!(
        out.text.matches('\n').count(),
        out.text.matches("\r\n").count()
    );
}
