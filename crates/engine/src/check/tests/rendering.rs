//! Findings as a terminal shows them.

use super::{super::render, found};

#[test]
fn a_finding_shows_the_line_a_mark_and_the_fix() {
    let text = "{\n\t\"name\": \"p\",\n  \"stages\": [{\"id\": \"a\", \"type\": \"genrator\"}]\n}";
    assert_eq!(
        render(&found(text), "x.pipeline.json", text),
        "error[UNKNOWN_COMPONENT]: Unknown component `genrator`; did you mean `generator`?\n \
         --> x.pipeline.json:3:34  $.stages[0].type\n\
         3 |   \"stages\": [{\"id\": \"a\", \"type\": \"genrator\"}]\n  \
         |                                  ^^^^^^^^^^\n\n",
        "a suggestion that is part of the message is not repeated"
    );
    let text = "{\"name\": \"p\", \"stages\": [{\"id\": \"a\", \"type\": \"zzz\"}]}";
    let shown = render(&found(text), "f", text);
    assert!(
        shown.contains("  | ") && shown.contains(" = help: "),
        "{shown}"
    );
}

#[test]
fn both_positions_of_a_duplicate_are_shown() {
    let text = "{\"name\": \"p\",\n\"name\": \"q\"}";
    let shown = render(&found(text), "f", text);
    assert!(
        shown.contains("2 | \"name\": \"q\"}\n  | ^^^^^^\n"),
        "{shown}"
    );
    assert!(
        shown.contains("  |  ^^^^^^ first use of \"name\"\n"),
        "{shown}"
    );
}

#[test]
fn long_lines_and_direction_marks_are_harmless() {
    let text = format!(
        "{{\"name\": \"\u{202e}\", \"x-pad\": \"{}\", \"stages\": 5}}",
        "é".repeat(5_000)
    );
    let shown = render(&found(&text), "f", &text);
    assert!(
        shown.lines().all(|line| line.chars().count() < 160),
        "{shown}"
    );
    assert!(shown.contains("…") && shown.contains("\"stages\": 5"));
    assert!(!shown.contains('\u{202e}'));
}

#[test]
fn a_finding_is_json_for_programs() {
    let found = found("{\"name\": \"p\", \"stages\": [{\"id\": \"a\", \"type\": \"genrator\"}]}");
    let json = serde_json::to_value(&found[0]).unwrap();
    assert_eq!(json["severity"], "error");
    assert_eq!(json["code"], "UNKNOWN_COMPONENT");
    assert_eq!(json["path"], "$.stages[0].type");
    assert_eq!(json["stage"], "a");
    assert_eq!((&json["line"], &json["column"]), (&1.into(), &46.into()));
    assert_eq!(json["span"]["start"], 45);
    assert!(json.get("related").is_none());
}
