//! `flowmason diff`: what differs between two pipelines.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use engine::diff::{Difference, Names, html, markdown, text};
use serde_json::json;

use super::{Input, complain, print, read_all, report};
use crate::exit::{self, Compared};

/// Show what differs between two pipelines
///
/// Compares what the pipelines mean: stages added, removed, modified, moved and renamed. White space
/// and the order of fields are no difference.
#[derive(Args, Debug)]
#[command(after_help = exit::DIFF_HELP)]
pub struct DiffArgs {
    /// The old pipeline file; `-` reads it from stdin
    before: PathBuf,

    /// The new pipeline file; `-` reads it from stdin
    after: PathBuf,

    /// The form of the output
    #[arg(long, short, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Leave out positions on the canvas and the order of the stages in the file
    #[arg(long)]
    ignore_layout: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For a terminal, in color
    Text,
    /// For comments
    Markdown,
    /// For programs
    Json,
    /// A page with both sides beside each other
    Html,
}

/// Shows what differs.
pub fn diff(args: &DiffArgs) -> Compared {
    let files: [&Path; 2] = [&args.before, &args.after];
    let [before, after] = match read_all(files) {
        Ok(inputs) => inputs,
        Err(message) => {
            complain(&message);
            return Compared::Failed;
        }
    };
    let registry = ::components::registry();
    let found = match engine::diff::diff(&before.text, &after.text, &registry) {
        Ok(found) if args.ignore_layout => found.without_layout(),
        Ok(found) => found,
        Err(unreadable) => {
            report(&unreadable, &[&before, &after]);
            return Compared::Failed;
        }
    };
    print(&shown(&found, args.format, &before, &after));
    if found.is_empty() {
        Compared::Same
    } else {
        Compared::Different
    }
}

fn shown(found: &Difference, format: Format, before: &Input, after: &Input) -> String {
    let names = Names {
        before: &before.name,
        after: &after.name,
    };
    match format {
        Format::Text if found.is_empty() => same(&before.text, &after.text),
        Format::Text => text(found, console::colors_enabled()),
        Format::Markdown => markdown(found, names),
        Format::Html => html(found, names),
        Format::Json => {
            let report = json!({
                "before": before.name,
                "after": after.name,
                "same": found.is_empty(),
                "summary": found.summary(),
                "difference": found,
            });
            format!("{report:#}\n")
        }
    }
}

/// What is said about two texts without a difference.
pub(super) fn same(before: &str, after: &str) -> String {
    if before == after {
        return "No difference: the files are identical\n".to_owned();
    }
    "No difference in meaning: the files are only written differently\n".to_owned()
}
