//! Formats findings for a terminal, each with its source line.

use std::collections::BTreeMap;

use super::{Diagnostic, Severity};
use crate::source::{Lines, Span};

/// The most characters of a source line that are shown.
const WIDTH: usize = 100;

/// The most findings shown per error code; the others are only counted.
const MOST_OF_A_CODE: usize = 20;

/// Formats findings as compilers do: the message, the position, the source line with the position
/// underlined, and how to fix it. Control and direction characters of the source are shown as
/// escapes.
pub fn render(found: &[Diagnostic], file_name: &str, source: &str) -> String {
    let lines = Lines::new(source);
    let mut out = String::new();
    let mut of_code: BTreeMap<&str, usize> = BTreeMap::new();
    for one in found {
        let count = of_code.entry(one.code.as_str()).or_default();
        *count += 1;
        if *count > MOST_OF_A_CODE {
            continue;
        }
        let word = match one.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        out.push_str(&format!("{word}[{}]: {}\n", one.code, one.message));
        let gutter = one
            .line
            .max(one.related.as_ref().map_or(0, |r| r.line))
            .to_string()
            .len();
        let blank = " ".repeat(gutter);
        out.push_str(&format!(
            "{blank}--> {file_name}:{}:{}",
            one.line, one.column
        ));
        if one.path != "$" {
            out.push_str(&format!("  {}", one.path));
        }
        out.push('\n');
        snippet(&mut out, &lines, gutter, one.line, one.column, one.span, "");
        if let Some(other) = &one.related {
            snippet(
                &mut out,
                &lines,
                gutter,
                other.line,
                other.column,
                other.span,
                &other.message,
            );
        }
        if let Some(help) = &one.suggestion
            && !one.message.ends_with(help.as_str())
        {
            out.push_str(&format!("{blank} = help: {help}\n"));
        }
        out.push('\n');
    }
    for (code, count) in of_code {
        if let Some(more @ 1..) = count.checked_sub(MOST_OF_A_CODE) {
            out.push_str(&format!(
                "{more} more of {code} in {file_name}; `flowmason validate --json` lists all\n\n"
            ));
        }
    }
    out
}

/// Adds the source line of a position, with the span underlined.
pub(crate) fn snippet(
    out: &mut String,
    lines: &Lines<'_>,
    gutter: usize,
    line: usize,
    column: usize,
    span: Span,
    label: &str,
) {
    let text = lines.line(line);
    // Show a window around the position, for files of one long line.
    let from = if column > WIDTH - 20 {
        column - 1 - WIDTH / 2
    } else {
        0
    };
    let mut shown = String::new();
    let mut before = 0;
    let mut marks = 0;
    let length = characters(lines, span);
    for (at, c) in text.chars().enumerate().skip(from).take(WIDTH) {
        let piece = visible(c);
        let width = piece.chars().count();
        if at + 1 < column {
            before += width;
        } else if at + 1 < column.saturating_add(length) {
            marks += width;
        }
        shown.push_str(&piece);
    }
    let lead = if from > 0 { "…" } else { "" };
    let trail = if text.chars().nth(from + WIDTH).is_some() {
        "…"
    } else {
        ""
    };
    out.push_str(&format!("{:>gutter$} | {lead}{shown}{trail}\n", line));
    let space = " ".repeat(before + lead.chars().count());
    let mark = "^".repeat(marks.max(1));
    let label = if label.is_empty() {
        String::new()
    } else {
        format!(" {label}")
    };
    out.push_str(&format!("{} | {space}{mark}{label}\n", " ".repeat(gutter)));
}

/// The number of characters that a span covers on its first line.
fn characters(lines: &Lines<'_>, span: Span) -> usize {
    let (start, end) = (lines.position(span.start), lines.position(span.end));
    if start.line == end.line {
        end.column - start.column
    } else {
        WIDTH
    }
}

fn visible(c: char) -> String {
    match c {
        '\t' => "    ".to_owned(),
        c if c.is_control() => c.escape_unicode().to_string(),
        '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}' => c.escape_unicode().to_string(),
        c => c.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{check, parse};

    fn rendered(source: &str) -> String {
        let registry = crate::component::Registry::default();
        let found = match parse(source, &registry) {
            Ok(pipeline) => check(&pipeline, &registry),
            Err(found) => found,
        };
        render(&found, "a.pipeline.json", source)
    }

    #[test]
    fn many_findings_of_one_code_are_counted() {
        let stages: Vec<String> = (0..50)
            .map(|n| format!(r#"{{"id":"s{n}","component":"nothing{n}"}}"#))
            .collect();
        let text = rendered(&format!(
            r#"{{"name":"p","stages":[{}]}}"#,
            stages.join(",")
        ));
        assert_eq!(text.matches("error[UNKNOWN_COMPONENT]").count(), 20);
        assert!(
            text.ends_with(
                "30 more of UNKNOWN_COMPONENT in a.pipeline.json; `flowmason validate --json` \
                 lists all\n\n"
            ),
            "{text}"
        );
    }
}
