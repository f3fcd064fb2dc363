//! Formats advice for a terminal, each finding with its source line.

use super::{Finding, Level};
use crate::{diagnostic::snippet, source::Lines};

/// Formats findings as `diagnostic::render` formats problems. `source` should be the text from
/// [`super::without_secrets`], since the lines are shown.
pub fn render(found: &[Finding], file_name: &str, source: &str) -> String {
    let lines = Lines::new(source);
    let mut out = String::new();
    for one in found {
        let word = match one.level {
            Level::Warning => "warning",
            Level::Suggestion => "suggestion",
        };
        out.push_str(&format!("{word}[{}]: {}\n", one.rule.as_str(), one.message));
        let gutter = one.line.to_string().len();
        let blank = " ".repeat(gutter);
        out.push_str(&format!(
            "{blank}--> {file_name}:{}:{}  {}\n",
            one.line, one.column, one.path
        ));
        snippet(&mut out, &lines, gutter, one.line, one.column, one.span, "");
        if !one.help.is_empty() {
            out.push_str(&format!("{blank} = help: {}\n", one.help));
        }
        if one.safe {
            out.push_str(&format!("{blank} = `flowmason lint --fix` does it\n"));
        }
        out.push('\n');
    }
    out
}
