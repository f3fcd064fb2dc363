//! Findings as text for a terminal, each with the line it is about.

use super::{Diagnostic, Severity};
use crate::source::{Lines, Span};

/// The widest piece of a source line that is shown, in characters.
const WIDTH: usize = 100;

/// Findings as text, as compilers show them: what, where, the line with a mark under the place,
/// and how to fix it. Characters of the source that would change the terminal are made visible.
pub fn render(found: &[Diagnostic], file_name: &str, source: &str) -> String {
    let lines = Lines::new(source);
    let mut out = String::new();
    for one in found {
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
        if let Some(help) = &one.suggestion {
            out.push_str(&format!("{blank} = help: {help}\n"));
        }
        out.push('\n');
    }
    out
}

fn snippet(
    out: &mut String,
    lines: &Lines<'_>,
    gutter: usize,
    line: usize,
    column: usize,
    span: Span,
    label: &str,
) {
    let text = lines.line(line);
    // A window around the place, so that a file of one long line can be shown.
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

/// How many characters of its first line a span covers.
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
