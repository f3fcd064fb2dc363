//! Which components a model is told about: those of the pipeline, and those that full-text search finds
//! for the request.

use std::collections::BTreeSet;

use crate::component::{Descriptor, Registry};

/// The most components that search adds.
const MOST_FOUND: usize = 5;

/// Words that say nothing about a component.
const COMMON: &[&str] = &[
    "the", "and", "for", "with", "that", "this", "from", "into", "stage", "stages", "pipeline",
    "add", "set", "make", "use", "each", "one", "all", "not", "are", "its", "input", "output",
    "value", "values", "should", "please", "change", "before", "after", "when", "then", "than",
    "have", "has", "was", "can",
];

/// Other words for what a component does.
const OTHER_WORDS: &[(&str, &[&str])] = &[
    (
        "http_request",
        &[
            "url", "api", "rest", "webhook", "fetch", "download", "post", "get", "call", "send",
        ],
    ),
    (
        "generator",
        &[
            "model",
            "llm",
            "write",
            "summarize",
            "summarise",
            "prompt",
            "text",
            "translate",
            "classify",
            "ask",
        ],
    ),
    ("critic", &["review", "judge", "critique", "rate", "score"]),
    ("improver", &["improve", "rewrite", "revise", "better"]),
    ("selector", &["choose", "pick", "best", "select"]),
    ("synthesizer", &["combine", "merge", "together"]),
    (
        "foreach",
        &["every", "loop", "iterate", "items", "list", "parallel"],
    ),
    (
        "conditional",
        &["branch", "only", "unless", "otherwise", "condition"],
    ),
    ("router", &["route", "switch", "case", "depending", "kind"]),
    (
        "trycatch",
        &[
            "error", "fail", "fails", "failure", "catch", "fallback", "recover",
        ],
    ),
    ("return_", &["stop", "early", "finish", "end", "abort"]),
    ("wait", &["sleep", "pause", "delay", "seconds", "later"]),
    ("filter", &["keep", "drop", "remove", "where"]),
    ("aggregate", &["sum", "count", "average", "group", "total"]),
    (
        "json_transform",
        &["transform", "reshape", "map", "extract", "rename", "fields"],
    ),
    ("schema_validate", &["validate", "check", "schema", "valid"]),
    ("variable_set", &["variable", "remember", "store"]),
    ("logger", &["log", "note", "record", "message"]),
];

/// A line for each component.
pub(super) fn list(registry: &Registry) -> String {
    registry
        .iter()
        .map(|component| format!("- {}: {}\n", component.name, summary(component)))
        .collect()
}

fn summary(component: &Descriptor) -> &'static str {
    component.description.lines().next().unwrap_or_default()
}

/// The inputs of a component as JSON schema.
pub(super) fn inputs(component: &Descriptor) -> String {
    let mut schema = (component.input_schema)();
    if let Some(object) = schema.as_object_mut() {
        for key in ["$schema", "title"] {
            object.remove(key);
        }
    }
    schema.to_string()
}

/// The components that fit the words best, without those that are `known`.
pub(super) fn found(
    words: &str,
    registry: &Registry,
    known: &BTreeSet<&'static str>,
) -> Vec<&'static Descriptor> {
    let lower = words.to_lowercase();
    let asked: BTreeSet<&str> = lower
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| word.chars().count() > 2 && !COMMON.contains(word))
        .collect();
    let mut scored: Vec<(usize, &'static Descriptor)> = registry
        .iter()
        .filter(|component| !known.contains(component.name))
        .filter_map(|component| {
            let score: usize = asked.iter().map(|word| score(component, word)).sum();
            (score > 0).then_some((score, component))
        })
        .collect();
    // Sorted by name before, so that equal ones are in a fixed order.
    scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    scored.truncate(MOST_FOUND);
    scored.into_iter().map(|(_, component)| component).collect()
}

fn score(component: &Descriptor, word: &str) -> usize {
    let stem = |text: &str| text.trim_end_matches('s').to_owned();
    let word = stem(word);
    let same = |other: &str| stem(other) == word;
    if component.name.split('_').any(same) || component.name == word {
        return 8;
    }
    let others = OTHER_WORDS
        .iter()
        .find(|(name, _)| *name == component.name)
        .map_or(&[][..], |(_, words)| *words);
    if others.iter().any(|other| same(other)) {
        return 4;
    }
    let text = component.description.to_lowercase();
    let mut text = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    usize::from(text.any(same))
}
