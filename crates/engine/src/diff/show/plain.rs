//! Values as text that is safe to print.

use crate::{
    Value,
    diagnostic::is_hidden,
    diff::difference::{Change, FieldChange, StageChange},
};

/// The text with control characters, and characters that change the direction of the text around
/// them, as escapes.
pub(in crate::diff) fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) {
            out.push_str(&format!("\\u{{{:x}}}", c as u32));
        } else {
            out.push(c);
        }
    }
    out
}

/// A value on one line.
pub(super) fn one_line(value: &Value) -> String {
    printable(&value.to_json())
}

/// A value as lines: a text by its own lines, anything else as JSON.
pub(super) fn lines(value: &Value) -> Vec<String> {
    match value.as_str() {
        Some(text) if text.contains('\n') => text.split('\n').map(printable).collect(),
        _ => vec![one_line(value)],
    }
}

/// What only one of two lists of texts has: what was added and what was removed. `None` if one is
/// no such list, or if both have the same.
pub(super) fn members(change: &FieldChange) -> Option<(Vec<String>, Vec<String>)> {
    let texts = |value: &Option<Value>| -> Option<Vec<String>> {
        let items = value.as_ref()?.as_list()?;
        let texts = items.iter().map(|item| item.as_str().map(printable));
        texts.collect()
    };
    let (before, after) = (texts(&change.before)?, texts(&change.after)?);
    let only = |a: &[String], b: &[String]| -> Vec<String> {
        a.iter().filter(|name| !b.contains(name)).cloned().collect()
    };
    let (added, removed) = (only(&after, &before), only(&before, &after));
    (!added.is_empty() || !removed.is_empty()).then_some((added, removed))
}

/// The lists of inner stages that a stage is in, in words.
pub(super) fn home(lists: &[String]) -> String {
    if lists.is_empty() {
        return "the top level".to_owned();
    }
    let lists: Vec<String> = lists.iter().map(|list| printable(list)).collect();
    lists.join(" and ")
}

/// What happened to a stage besides its fields, as sentences without a period.
pub(super) fn remarks(stage: &StageChange) -> Vec<String> {
    let mut out = Vec::new();
    if let Some(Change { before, after }) = &stage.control {
        out.push(format!("moved from {} to {}", home(before), home(after)));
    }
    if stage.reordered {
        let Change { before, after } = stage.index;
        out.push(if before == after {
            "moved within the file".to_owned()
        } else {
            let (before, after) = (before + 1, after + 1);
            format!("moved within the file, from place {before} to {after}")
        });
    }
    out
}
