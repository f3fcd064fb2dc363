//! Finds JSON in a model's answer. All components that read JSON from a model's text use this
//! module.
//!
//! The JSON may be the whole text, in code fences or between other text. Common mistakes of models
//! are accepted (trailing commas, line breaks in strings, `True`). An answer that is cut off is
//! distinguished from one without JSON. The candidates are sorted, the likeliest first; the caller
//! chooses.

mod read;

use serde_json::Value;

use read::{Failure, read_at};

/// The JSON found in a text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SearchOutcome {
    /// The objects and lists, the likeliest first: objects before lists, later ones before earlier
    /// ones.
    pub candidates: Vec<Value>,
    /// Whether the text is cut off inside an object or a list.
    pub cut: bool,
}

/// The most candidates that are kept.
const MAX_CANDIDATES: usize = 32;

/// The most bytes that a search reads, as a multiple of the text's length, so that a long text full
/// of brackets costs only a few passes.
const MAX_PASSES: usize = 8;

/// Finds the JSON objects and lists in a text.
pub fn search(text: &str) -> SearchOutcome {
    let text = text.trim();
    if let Ok(whole) = serde_json::from_str::<Value>(text) {
        return SearchOutcome {
            candidates: ranked(Some(whole).filter(is_structure).into_iter().collect()),
            cut: false,
        };
    }
    let mut found = Vec::new();
    let mut cut = false;
    let mut budget = text.len().saturating_mul(MAX_PASSES);
    let mut at = 0;
    while let Some(next) = text[at..].find(['{', '[']) {
        let start = at + next;
        match read_at(text, start) {
            Ok((value, end)) => {
                budget = budget.saturating_sub(end - start);
                found.push(value);
                at = end;
            }
            Err(Failure::Cut { begun: true }) => {
                // JSON inside is a part of it, never an answer by itself.
                cut = true;
                break;
            }
            Err(Failure::Cut { begun: false }) => break,
            Err(Failure::Bad { reached }) => {
                budget = budget.saturating_sub(reached - start + 1);
                at = start + 1;
            }
        }
        if budget == 0 {
            break;
        }
    }
    SearchOutcome {
        candidates: ranked(found),
        cut,
    }
}

/// Sorts the candidates, the likeliest first.
fn ranked(found: Vec<Value>) -> Vec<Value> {
    let (mut candidates, lists): (Vec<_>, Vec<_>) = found.into_iter().partition(Value::is_object);
    candidates.reverse();
    candidates.extend(lists.iter().rev().cloned());
    // The only object of a list is a candidate too.
    let inside = lists
        .iter()
        .rev()
        .filter_map(|list| match list.as_array()?.as_slice() {
            [item] if item.is_object() => Some(item.clone()),
            _ => None,
        });
    candidates.extend(inside);
    candidates.truncate(MAX_CANDIDATES);
    candidates
}

/// The likeliest JSON object or list in a text; `None` if there is none or if the text is cut off
/// inside one.
pub fn find_json(text: &str) -> Option<Value> {
    let outcome = search(text);
    outcome
        .candidates
        .into_iter()
        .next()
        .filter(|_| !outcome.cut)
}

fn is_structure(value: &Value) -> bool {
    value.is_object() || value.is_array()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_is_found_alone_in_a_fence_and_between_text() {
        for text in [
            r#"{"a":1}"#,
            "```json\n{\"a\":1}\n```",
            "```JSON {\"a\":1}```",
            "Here you are:\n```\n{\"a\":1}\n```\nBye",
            r#"I think {this} is it: {"a":1} – good?"#,
            // The last object is the answer; lists before it are notes.
            r#"First {"a":0}, no: {"a":1}"#,
            r#"[1] and [2] say so: {"a":1}"#,
            r#"{"a":1} as asked [1]"#,
            "```json\n{\"a\":0}\n```\nBetter:\n```json\n{\"a\":1}\n```",
            // Common mistakes of models.
            r#"{"a":1,}"#,
            "{\"a\":1,\n \"b\":[1,2,],\n}",
            "{\"a\":1, \"text\":\"line\nbreak\tand tab\"}",
            r#"{"a":1, "b":True, "c":None, "d":False}"#,
            "{\"a\":1, // why\n \"b\":2}",
            "{\"a\":1} and then { or [",
        ] {
            assert_eq!(find_json(text).unwrap_or_default()["a"], 1, "{text}");
        }
        for text in [
            "",
            "no",
            "5",
            "{broken",
            "\"text\"",
            "[x]",
            "a } b ] {",
            "{}x}",
        ] {
            let outcome = search(text);
            assert!(!outcome.cut, "{text}");
            assert!(
                outcome
                    .candidates
                    .iter()
                    .all(|c| c == &serde_json::json!({})),
                "{text}"
            );
        }
        let list = find_json(r#"The rows: [{"a":1},{"a":2}] (two)"#).unwrap();
        assert_eq!(list, serde_json::json!([{"a":1},{"a":2}]));
    }

    #[test]
    fn an_answer_that_is_cut_off_is_reported_and_its_parts_are_not_used() {
        for text in [
            r#"{"selected_index": 1, "reasoning": "bet"#,
            r#"{"outer": {"selected_index": 1}, "#,
            r#"{"selected_index":"#,
            "```json\n{\"score\": 8, \"improvements\": [\"a\", \"b",
            r#"[{"a":1},{"a":"#,
            r#"First {"a":0}, then {"a"#,
            r#"{"a": tr"#,
        ] {
            assert!(search(text).cut, "{text}");
            assert_eq!(find_json(text), None, "{text}");
        }
    }

    #[test]
    fn hostile_texts_cost_a_few_passes() {
        let start = std::time::Instant::now();
        for text in [
            "[".repeat(200_000),
            "{\"a\":".repeat(100_000),
            "{\"a\" ".repeat(100_000),
            "[{x".repeat(100_000),
            "[1,[2,x".repeat(50_000),
            format!("{}x", "[".repeat(90)).repeat(2_000),
        ] {
            search(&text);
        }
        assert!(start.elapsed() < std::time::Duration::from_secs(10));
    }
}
