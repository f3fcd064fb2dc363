//! How differences are printed.

use super::{
    super::{Names, html, markdown, outline, text},
    REGISTRY, difference,
};

const BEFORE: &str = r#"{"name":"p","stages":[
  {"id":"a","type":"generator","config":{"prompt":"Line one\nLine two\nLine three\nLine four"}},
  {"id":"b","type":"logger","depends_on":["a"]}]}"#;

const AFTER: &str = r#"{"name":"q","stages":[
  {"id":"a","type":"generator","config":{"prompt":"Line one\nLine two\nLine 3\nLine four"}},
  {"id":"c","type":"filter","config":{"data":[1]}},
  {"id":"b","type":"logger","depends_on":["c"]}]}"#;

const NAMES: Names<'static> = Names {
    before: "old.json",
    after: "new.json",
};

#[test]
fn a_terminal_shows_changed_lines_with_the_lines_around_them() {
    let found = difference(BEFORE, AFTER);
    let expected = "\
1 stage added, 2 modified, 1 field of the pipeline changed

~ pipeline
    name
      - \"p\"
      + \"q\"

+ stage c (filter)
    config: {\"data\":[1]}

~ stage a (generator)
    config.prompt
        Line one
        Line two
      - Line three
      + Line 3
        Line four

~ stage b (logger)
    depends_on
      - a
      + c
";
    assert_eq!(text(&found, false), expected);
    let coloured = text(&found, true);
    assert!(coloured.contains("\u{1b}[32m      + Line 3\u{1b}[0m\n"));
}

#[test]
fn f02_markdown_keeps_hostile_texts_in_code() {
    let hostile = BEFORE.replace("Line two", "``` <b>*x*</b>");
    let out = markdown(&difference(&hostile, AFTER), NAMES);
    assert!(out.starts_with("### `old.json` → `new.json`\n"), "{out}");
    assert!(out.contains("  ````diff\n"), "{out}");
    let out = markdown(
        &difference(BEFORE, &AFTER.replace("\"q\"", "\"`q\"")),
        NAMES,
    );
    assert!(out.contains("- `name`: `\"p\"` → ``\"`q\"``"), "{out}");
}

#[test]
fn f01_a_page_escapes_everything_and_loads_nothing() {
    let hostile = AFTER
        .replace("Line 3", "<script>alert('&')</script>")
        .replace("\"q\"", r#""\"><img src=x onerror=y>""#)
        .replace("\"c\"", r#""<i>""#);
    let names = Names {
        before: "<old>",
        after: "\"new\"",
    };
    let out = html(&difference(BEFORE, &hostile), names);
    for bad in ["<script", "<img", "<i>", "<old>", "http:", "https:", "src="] {
        let found = out.replace("src=x", "").contains(bad);
        assert!(!found, "{bad}: {out}");
    }
    assert!(out.contains("&lt;"));
    assert!(out.contains("default-src 'none'"));
}

#[test]
fn f01_control_characters_and_direction_marks_are_escapes_in_every_form() {
    let hostile = AFTER.replace("\"q\"", r#""\u001b[31m\u202e""#);
    let found = difference(BEFORE, &hostile);
    for out in [
        text(&found, false),
        markdown(&found, NAMES),
        html(&found, NAMES),
    ] {
        let bad = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!out.chars().any(bad), "{out:?}");
    }
}

#[test]
fn an_outline_has_a_line_for_each_field_and_for_each_line_of_a_text() {
    let expected = "\
name: \"p\"

stage a: generator
  config.prompt:
    | Line one
    | Line two
    | Line three
    | Line four

stage b: logger
  depends_on: [\"a\"]
";
    assert_eq!(outline(BEFORE, &REGISTRY).as_deref(), Some(expected));
    assert_eq!(outline("{", &REGISTRY), None);
}
