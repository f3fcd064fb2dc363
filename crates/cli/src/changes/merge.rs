//! `flowmason merge`: merges the changes of two sides.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use clap::{Args, ValueEnum};
use engine::{
    check,
    component::Registry,
    diff::{self, Merged, Options, Side},
};
use serde_json::{Value, json};

use super::{Input, complain, print, read_all, report};
use crate::{
    exit::{self, Compared},
    replace::replace,
};

/// Merge the changes that two people made to a pipeline
///
/// Writes OURS with the changes from BASE to THEIRS. Both sides' changes are kept; if both changed
/// the same field differently, that is a conflict, and nothing is written.
#[derive(Args, Debug)]
#[command(after_help = exit::MERGE_HELP)]
pub struct MergeArgs {
    /// The file that both sides began with; `-` reads it from stdin
    base: PathBuf,

    /// The file of the one side, whose formatting is kept
    ours: PathBuf,

    /// The file of the other side
    theirs: PathBuf,

    /// Write the result to this file instead of stdout
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Let this side win all conflicts
    #[arg(long, value_enum, value_name = "SIDE")]
    favor: Option<Favored>,

    /// Write the result even if there are conflicts, with both sides between conflict markers
    #[arg(long)]
    markers: bool,

    /// The form of the report; with `json` the result is in it
    #[arg(long, short, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// As git's merge driver: write the result into OURS, and merge other files as git does
    #[arg(long, hide = true, conflicts_with_all = ["output", "format"])]
    git: bool,

    /// The file's path in the repository
    #[arg(long, hide = true, value_name = "PATH")]
    path: Option<String>,

    /// The length of the conflict markers
    #[arg(long, hide = true, value_name = "N", default_value_t = 7)]
    marker_size: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Favored {
    Ours,
    Theirs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// The result on stdout, everything else on stderr
    Text,
    /// One JSON object on stdout
    Json,
}

/// Merges.
pub fn merge(args: &MergeArgs) -> Compared {
    let files: [&Path; 3] = [&args.base, &args.ours, &args.theirs];
    let [base, ours, theirs] = match read_all(files) {
        Ok(inputs) => inputs,
        Err(message) if args.git => return as_git_does(args, &message),
        Err(message) => {
            complain(&message);
            return Compared::Failed;
        }
    };
    // Git gives an empty base if both sides added the file.
    let begun = if args.git && base.text.is_empty() {
        "{}"
    } else {
        base.text.as_str()
    };
    let favor = args.favor.map(|favored| match favored {
        Favored::Ours => Side::Ours,
        Favored::Theirs => Side::Theirs,
    });
    let options = Options {
        decide: &|_| favor,
        // A marker of no characters would mark nothing.
        marker_size: args.marker_size.clamp(1, 1000),
    };
    let registry = ::components::registry();
    let merged = match diff::merge(begun, &ours.text, &theirs.text, &registry, &options) {
        Ok(merged) => merged,
        Err(_) if args.git => return as_git_does(args, "one of the versions is not JSON"),
        Err(unreadable) => {
            report(&unreadable, &[&base, &ours, &theirs]);
            return Compared::Failed;
        }
    };
    say(args, &merged, &ours, &registry);
    let written = args.markers || args.git || merged.conflicts.is_empty();
    let target = if args.git {
        Some(&args.ours)
    } else {
        args.output.as_ref()
    };
    match target {
        Some(file) if written => {
            if let Err(error) = replace(file, &merged.text) {
                complain(&format!("{} cannot be written: {error}", file.display()));
                return Compared::Failed;
            }
        }
        None if written && args.format == Format::Text => print(&merged.text),
        _ => {}
    }
    if args.format == Format::Json {
        print(&format!("{:#}\n", as_json(&merged, written)));
    }
    if merged.is_clean() {
        Compared::Same
    } else {
        Compared::Different
    }
}

/// Says on stderr what was merged, and what was not.
fn say(args: &MergeArgs, merged: &Merged, ours: &Input, registry: &Registry) {
    let name = args.path.as_deref().unwrap_or(&ours.name);
    let name = name.escape_debug();
    for (conflict, side) in &merged.decided {
        let side = match side {
            Side::Ours => "OURS",
            Side::Theirs => "THEIRS",
        };
        eprintln!("decided for {side}: {}", conflict.line());
    }
    for conflict in &merged.conflicts {
        eprintln!("conflict in {name}: {}", conflict.line());
    }
    if !merged.errors.is_empty() {
        let what = if merged.new_errors {
            "the merge has made the pipeline invalid"
        } else {
            "the pipeline is invalid, as it was before the merge"
        };
        eprintln!("{name}: {what}");
        eprint!(
            "{}",
            check::render(&merged.errors, &name.to_string(), &merged.text)
        );
    }
    if merged.conflicts.is_empty()
        && let Ok(found) = diff::diff(&ours.text, &merged.text, registry)
    {
        eprintln!("{name}: merged into OURS: {}", found.summary());
    }
}

fn as_json(merged: &Merged, written: bool) -> Value {
    let decided: Vec<Value> = merged
        .decided
        .iter()
        .map(|(conflict, side)| json!({"conflict": conflict, "side": side}))
        .collect();
    let conflicts: Vec<Value> = merged
        .conflicts
        .iter()
        .map(|conflict| json!({"conflict": conflict, "message": conflict.line()}))
        .collect();
    json!({
        "clean": merged.is_clean(),
        "conflicts": conflicts,
        "decided": decided,
        "errors": merged.errors,
        "new_errors": merged.new_errors,
        "merged": written.then_some(&merged.text),
    })
}

/// Merges line by line with git itself: a version is no pipeline.
fn as_git_does(args: &MergeArgs, why: &str) -> Compared {
    let name = args.path.as_deref().unwrap_or("the file").escape_debug();
    eprintln!("{name}: merged line by line: {why}");
    let status = Command::new("git")
        .args(["merge-file", "-L", "OURS", "-L", "BASE", "-L", "THEIRS"])
        .arg(format!("--marker-size={}", args.marker_size))
        .args([&args.ours, &args.base, &args.theirs])
        .status();
    match status.map(|status| status.code()) {
        Ok(Some(0)) => Compared::Same,
        // The number of conflicts.
        Ok(Some(1..=127)) => Compared::Different,
        Ok(_) => Compared::Failed,
        Err(error) => {
            complain(&format!("git cannot be started: {error}"));
            Compared::Failed
        }
    }
}
