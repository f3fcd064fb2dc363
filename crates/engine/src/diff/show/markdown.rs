//! A difference as Markdown, for comments on changes.

use super::{
    Names,
    lines::{Mark, marked},
    plain::{lines, members, one_line, printable, remarks},
};
use crate::diff::difference::{Difference, FieldChange};

/// The difference as Markdown.
pub fn markdown(difference: &Difference, names: Names<'_>) -> String {
    let mut out = format!(
        "### {} → {}\n\n{}.\n",
        code(names.before),
        code(names.after),
        difference.summary()
    );
    if !difference.fields.is_empty() {
        out.push_str("\n#### Pipeline\n\n");
        difference.fields.iter().for_each(|f| field(&mut out, f));
    }
    for (title, stages) in [
        ("Removed stages", &difference.removed),
        ("Added stages", &difference.added),
    ] {
        if stages.is_empty() {
            continue;
        }
        out.push_str(&format!("\n#### {title}\n\n"));
        for stage in stages {
            let (id, component) = (code(&stage.id), code(&stage.component));
            out.push_str(&format!("- {id} ({component})\n"));
        }
    }
    for stage in &difference.changed {
        let renamed = if stage.is_renamed() {
            format!(", renamed from {}", code(&stage.id.before))
        } else {
            String::new()
        };
        let (id, component) = (code(&stage.id.after), code(&stage.component.after));
        out.push_str(&format!("\n#### Stage {id} ({component}){renamed}\n\n"));
        for remark in remarks(stage) {
            out.push_str(&format!("- {}\n", escaped(&remark)));
        }
        stage.fields.iter().for_each(|f| field(&mut out, f));
    }
    out
}

fn field(out: &mut String, change: &FieldChange) {
    let name = code(&change.field);
    if change.follows_rename {
        out.push_str(&format!("- {name} follows the renaming\n"));
        return;
    }
    if let Some((added, removed)) = members(change) {
        let list = |sign: &str, names: Vec<String>| -> Vec<String> {
            let named = names.iter().map(|name| format!("{sign} {}", code(name)));
            named.collect()
        };
        let all = [list("removed", removed), list("added", added)].concat();
        out.push_str(&format!("- {name}: {}\n", all.join(", ")));
        return;
    }
    let (before, after) = match (&change.before, &change.after) {
        (None, Some(after)) => {
            out.push_str(&format!("- {name} added: {}\n", code(&one_line(after))));
            return;
        }
        (Some(before), None) => {
            out.push_str(&format!("- {name} removed: {}\n", code(&one_line(before))));
            return;
        }
        (Some(before), Some(after)) => (lines(before), lines(after)),
        (None, None) => return,
    };
    if let ([old], [new]) = (before.as_slice(), after.as_slice()) {
        out.push_str(&format!("- {name}: {} → {}\n", code(old), code(new)));
        return;
    }
    let old: Vec<&str> = before.iter().map(String::as_str).collect();
    let new: Vec<&str> = after.iter().map(String::as_str).collect();
    let body: String = marked(&old, &new)
        .into_iter()
        .map(|(mark, line)| match mark {
            Mark::Same => format!("    {line}\n"),
            Mark::Old => format!("  - {line}\n"),
            Mark::New => format!("  + {line}\n"),
        })
        .collect();
    let fence = "`".repeat(longest_run(&body).max(2) + 1);
    out.push_str(&format!("- {name}:\n\n  {fence}diff\n{body}  {fence}\n\n"));
}

/// The text as code, whatever is in it.
fn code(text: &str) -> String {
    let text = printable(text);
    if text.is_empty() {
        return "(empty)".to_owned();
    }
    let fence = "`".repeat(longest_run(&text) + 1);
    // A space keeps backticks of the text apart from those around it.
    if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) {
        return format!("{fence} {text} {fence}");
    }
    format!("{fence}{text}{fence}")
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// The text with the signs of Markdown and HTML escaped.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_punctuation() && !matches!(c, ',' | '.' | '/' | ':') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
