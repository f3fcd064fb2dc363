//! What git runs: the differences of `git diff`, and a pipeline's text for `git log -p`.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::Command,
};

use clap::Args;
use engine::diff;

use super::{complain, diff::same, print};
use crate::{exit::Compared, source};

/// Show a difference to git (set up by `git-setup`)
#[derive(Args, Debug)]
pub struct GitDiffArgs {
    /// Set by git while it shows the output in a pager
    #[arg(long, env = "GIT_PAGER_IN_USE", hide = true)]
    pager: Option<String>,

    /// Set by people who want no color
    #[arg(long, env = "NO_COLOR", hide = true)]
    no_color: Option<String>,

    /// What git passes: path, old file, its hash and mode, new file, its hash and mode
    #[arg(num_args = 1.., trailing_var_arg = true, allow_hyphen_values = true)]
    passed: Vec<OsString>,
}

/// Write a pipeline as lines for git (set up by `git-setup`)
#[derive(Args, Debug)]
pub struct GitTextArgs {
    /// The file
    file: PathBuf,
}

/// Shows the difference of two versions as git's external diff program. Git takes any other end
/// than success for a crash.
pub fn git_diff(args: &GitDiffArgs) -> Compared {
    let shown = |at: usize| args.passed.get(at).map(|name| name.to_string_lossy());
    let path = shown(0).unwrap_or_default().escape_debug().to_string();
    let (Some(before), Some(after)) = (args.passed.get(1), args.passed.get(4)) else {
        print(&format!("{path} is not merged\n"));
        return Compared::Same;
    };
    let (before, after) = (Path::new(before), Path::new(after));
    let Some(found) = read(before).zip(read(after)).and_then(|(old, new)| {
        let found = diff::diff(&old, &new, &::components::registry()).ok()?;
        Some((found, old, new))
    }) else {
        return line_by_line(before, after);
    };
    let (found, old, new) = found;
    let color = console::colors_enabled() || (args.pager.is_some() && args.no_color.is_none());
    let body = if found.is_empty() {
        same(&old, &new)
    } else {
        diff::text(&found, color)
    };
    let title = match (is_nothing(before), is_nothing(after)) {
        (true, _) => format!("pipeline {path} (new file)"),
        (_, true) => format!("pipeline {path} (deleted)"),
        _ => format!("pipeline {path}"),
    };
    let title = if color {
        format!("\u{1b}[1m{title}\u{1b}[0m")
    } else {
        title
    };
    print(&format!("{title}\n{body}\n"));
    Compared::Same
}

/// The text of a version; a pipeline without stages if there is none.
fn read(file: &Path) -> Option<String> {
    if is_nothing(file) {
        return Some(r#"{"stages": []}"#.to_owned());
    }
    source::read(file).ok()
}

fn is_nothing(file: &Path) -> bool {
    file == Path::new("/dev/null")
}

/// Shows what git itself would: a version is no pipeline.
fn line_by_line(before: &Path, after: &Path) -> Compared {
    let started = Command::new("git")
        .args(["diff", "--no-index", "--no-ext-diff", "--no-textconv", "--"])
        .args([before, after])
        .status();
    match started {
        // It ends with 1 if the files differ.
        Ok(_) => Compared::Same,
        Err(error) => {
            complain(&format!("git cannot be started: {error}"));
            Compared::Failed
        }
    }
}

/// Writes a pipeline as lines; the text as it is if it is no pipeline.
pub fn git_text(args: &GitTextArgs) -> Compared {
    let text = match source::read(&args.file) {
        Ok(text) => text,
        Err(message) => {
            complain(&message);
            return Compared::Failed;
        }
    };
    let outline = diff::outline(&text, &::components::registry());
    print(outline.as_ref().unwrap_or(&text));
    Compared::Same
}
