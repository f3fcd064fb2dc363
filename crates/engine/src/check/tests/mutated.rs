//! For any text: no panic, and every position lies inside the text.

use proptest::prelude::*;

use super::{super::render, found};
use crate::advice;

const VALID: &str = r#"{"name": "p", "version": "1.0.0", "output_stage_id": "end",
 "input_schema": {"type": "object", "properties": {"x": {}}, "required": ["x"]},
 "stages": [
  {"id": "a-1", "component_type": "json-transform", "config": {"data": "{{input.x}}", "template": {"n": "{{len(data)}} é\n"}}, "position": {"x": 1, "y": 2}},
  {"id": "each", "type": "foreach", "depends_on": ["a-1"], "config": {"items": "{{upstream.a-1}}", "loop_stages": ["in", "try"]}},
  {"id": "in", "type": "filter", "config": {"data": "{{context.item}}", "condition": "data > 1"}, "retry_config": {"max_retries": 2}},
  {"id": "try", "type": "trycatch", "depends_on": ["in"], "config": {"try_stages": ["t"], "catch_stages": ["c"]}},
  {"id": "t", "type": "generator", "config": {"prompt": "{{upstream.in.data}} \u00e9"}, "llm_settings": {"provider": "x"}},
  {"id": "c", "type": "logger", "error_handling": {"on_error": "retry", "max_retries": 1, "retry_delay": 5}},
  {"id": "end", "type": "variable_set", "depends_on": ["each"], "config": {"name": "v", "value": "{{env.X}}"}, "timeout_ms": 5}
 ]}"#;

#[test]
fn the_file_is_valid_to_begin_with() {
    let found = found(VALID);
    assert!(found.is_empty(), "{found:#?}");
}

fn inside(text: &str) -> Result<(), TestCaseError> {
    let all = found(text);
    for one in &all {
        prop_assert!(
            one.span.start <= one.span.end && one.span.end <= text.len(),
            "{one:?}"
        );
        prop_assert!(text.is_char_boundary(one.span.start), "{one:?}");
        prop_assert!(text.is_char_boundary(one.span.end), "{one:?}");
        prop_assert!(one.line >= 1 && one.line <= text.matches('\n').count() + 1);
        prop_assert!(one.column >= 1 && one.path.starts_with('$'));
        prop_assert!(!one.message.is_empty() && one.message.len() < 4_000);
    }
    advised(text)?;
    let shown = render(&all, "p.json", text);
    let allowed = |c: char| c == '\n' || !c.is_control();
    prop_assert!(shown.chars().all(allowed), "{shown:?}");
    Ok(())
}

/// Advice about any text has positions inside it and harmless words, too.
fn advised(text: &str) -> Result<(), TestCaseError> {
    let registry = super::fixtures::registry();
    let Ok(pipeline) = super::parse(text, &registry) else {
        return Ok(());
    };
    let found = advice::findings(&pipeline, &registry);
    for one in &found {
        prop_assert!(one.span.start <= one.span.end && one.span.end <= text.len());
        prop_assert!(text.is_char_boundary(one.span.start), "{one:?}");
        prop_assert!(text.is_char_boundary(one.span.end), "{one:?}");
        prop_assert!(!one.message.is_empty() && !one.message.contains(char::is_control));
    }
    let hidden = advice::without_secrets(&pipeline);
    prop_assert_eq!(hidden.len(), text.len());
    advice::render(&found, "p.json", &hidden);
    let explained = advice::explain(&pipeline, &registry).text();
    let allowed = |c: char| c == '\n' || !c.is_control();
    prop_assert!(explained.chars().all(allowed), "{explained:?}");
    Ok(())
}

proptest! {
    #[test]
    fn random_text_never_panics(text in any::<String>()) {
        inside(&text)?;
    }

    #[test]
    fn changed_characters_never_panic(
        edits in prop::collection::vec((any::<prop::sample::Index>(), "[\\[\\]{},:\"'\\\\/a1e\\-. \n\t\u{202e}é😀\u{0}]{0,3}"), 1..6),
    ) {
        let mut chars: Vec<String> = VALID.chars().map(String::from).collect();
        for (at, new) in edits {
            let at = at.index(chars.len());
            chars[at] = new;
        }
        inside(&chars.concat())?;
    }

    #[test]
    fn exchanged_words_never_panic(
        swaps in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..8),
    ) {
        // Shuffle words, numbers and texts: mostly still valid JSON, but nonsense.
        let mut words: Vec<&str> = VALID.split_inclusive(['"', ',', ':', ' ']).collect();
        for (a, b) in swaps {
            let (a, b) = (a.index(words.len()), b.index(words.len()));
            words.swap(a, b);
        }
        inside(&words.concat())?;
    }

    #[test]
    fn any_value_in_any_place_never_panics(
        pick in any::<prop::sample::Index>(),
        value in prop_oneof![
            Just("null".to_owned()), Just("true".to_owned()), Just("-1".to_owned()),
            Just("1e300".to_owned()), Just("[]".to_owned()), Just("{}".to_owned()),
            Just("\"\"".to_owned()), Just("[[\"a-1\"]]".to_owned()), Just("{\"in\": [\"in\"]}".to_owned()),
            Just("\"{{\"".to_owned()), Just("\"{{upstream.end.x}}\"".to_owned()),
            Just("\"each\"".to_owned()), Just("[\"each\", \"try\", \"a-1\", \"end\"]".to_owned()),
            any::<String>().prop_map(|text| crate::source::quote(&text)),
        ],
    ) {
        let document = crate::source::Document::parse(VALID).unwrap();
        let mut paths = Vec::new();
        let mut id = 0;
        while let Some(node) = document.node(id) {
            paths.push(node.path().to_string());
            id += 1;
        }
        let edited = document.replace(&paths[pick.index(paths.len())], &value).unwrap();
        inside(edited.text())?;
    }
}
