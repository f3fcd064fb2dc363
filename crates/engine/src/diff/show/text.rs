//! A difference for a terminal.

use super::{
    lines::{Mark, marked},
    plain::{lines, members, one_line, printable, remarks},
};
use crate::{
    diff::difference::{Difference, FieldChange, StageChange, StageEntry},
    model::names_component,
};

/// Unchanged lines of a text that are shown around changed ones.
const AROUND: usize = 2;

#[derive(Clone, Copy)]
enum Style {
    Added,
    Removed,
    Changed,
    Title,
    Dim,
}

/// The difference for a terminal, with or without colours.
pub fn text(difference: &Difference, colours: bool) -> String {
    let mut out = Output {
        text: String::new(),
        colours,
    };
    out.line(Style::Title, &sentence(&difference.summary()));
    if !difference.fields.is_empty() {
        out.plain("");
        out.line(Style::Changed, "~ pipeline");
        difference.fields.iter().for_each(|field| out.field(field));
    }
    for stage in &difference.removed {
        out.plain("");
        out.line(Style::Removed, &format!("- {}", title(stage)));
    }
    for stage in &difference.added {
        out.plain("");
        out.line(Style::Added, &format!("+ {}", title(stage)));
        for (key, value) in stage.stage.as_map().into_iter().flatten() {
            if key.as_ref() != "id" && !names_component(key) {
                let field = format!("    {}: {}", printable(key), one_line(value));
                out.line(Style::Added, &field);
            }
        }
    }
    for stage in &difference.changed {
        out.plain("");
        out.stage(stage);
    }
    out.text
}

fn title(stage: &StageEntry) -> String {
    format!(
        "stage {} ({})",
        printable(&stage.id),
        printable(&stage.component)
    )
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string());
    first.unwrap_or_default() + chars.as_str()
}

struct Output {
    text: String,
    colours: bool,
}

impl Output {
    fn plain(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn line(&mut self, style: Style, line: &str) {
        if !self.colours {
            return self.plain(line);
        }
        let code = match style {
            Style::Added => "32",
            Style::Removed => "31",
            Style::Changed => "33",
            Style::Title => "1",
            Style::Dim => "2",
        };
        self.plain(&format!("\u{1b}[{code}m{line}\u{1b}[0m"));
    }

    fn stage(&mut self, stage: &StageChange) {
        let id = printable(&stage.id.after);
        let component = printable(&stage.component.after);
        let head = if stage.is_renamed() {
            let was = printable(&stage.id.before);
            format!("~ stage {id} ({component}), renamed from {was}")
        } else {
            format!("~ stage {id} ({component})")
        };
        self.line(Style::Changed, &head);
        for remark in remarks(stage) {
            self.line(Style::Changed, &format!("    {remark}"));
        }
        let (following, own): (Vec<_>, Vec<_>) =
            stage.fields.iter().partition(|field| field.follows_rename);
        own.into_iter().for_each(|field| self.field(field));
        for field in following {
            let name = printable(&field.field);
            self.line(Style::Dim, &format!("    {name}: follows the renaming"));
        }
    }

    fn field(&mut self, change: &FieldChange) {
        let name = printable(&change.field);
        if let Some((added, removed)) = members(change) {
            self.plain(&format!("    {name}"));
            for item in removed {
                self.line(Style::Removed, &format!("      - {item}"));
            }
            for item in added {
                self.line(Style::Added, &format!("      + {item}"));
            }
            return;
        }
        let (before, after) = match (&change.before, &change.after) {
            (None, Some(after)) => {
                let line = format!("    {name}: added {}", one_line(after));
                return self.line(Style::Added, &line);
            }
            (Some(before), None) => {
                let line = format!("    {name}: removed {}", one_line(before));
                return self.line(Style::Removed, &line);
            }
            (Some(before), Some(after)) => (lines(before), lines(after)),
            (None, None) => return,
        };
        self.plain(&format!("    {name}"));
        let old: Vec<&str> = before.iter().map(String::as_str).collect();
        let new: Vec<&str> = after.iter().map(String::as_str).collect();
        let pieces = marked(&old, &new);
        let near = |at: usize| {
            let from = at.saturating_sub(AROUND);
            let to = (at + AROUND + 1).min(pieces.len());
            pieces[from..to].iter().any(|(mark, _)| *mark != Mark::Same)
        };
        let mut left_out = false;
        for (at, (mark, line)) in pieces.iter().enumerate() {
            match mark {
                Mark::Old => self.line(Style::Removed, &format!("      - {line}")),
                Mark::New => self.line(Style::Added, &format!("      + {line}")),
                Mark::Same if near(at) => self.line(Style::Dim, &format!("        {line}")),
                Mark::Same => {
                    if !left_out {
                        self.line(Style::Dim, "        …");
                    }
                    left_out = true;
                    continue;
                }
            }
            left_out = false;
        }
    }
}
