//! Differences and merges of pipelines, on the command line and inside git.

mod diff;
mod git;
mod git_setup;
mod merge;

use std::{
    io::{self, IsTerminal, Read, Write},
    path::Path,
};

use engine::{check, diff::Unreadable};
use types::sentence;

pub use diff::{DiffArgs, diff};
pub use git::{GitDiffArgs, GitTextArgs, git_diff, git_text};
pub use git_setup::{GitSetupArgs, git_setup};
pub use merge::{MergeArgs, merge};

use crate::source;

/// A file that is compared: its name and its text.
struct Input {
    name: String,
    text: String,
}

/// Reads files. `-` stands for standard input, for one of them.
fn read_all<const N: usize>(files: [&Path; N]) -> Result<[Input; N], String> {
    if files.iter().filter(|file| is_stdin(file)).count() > 1 {
        return Err("only one of the files can be `-`".to_owned());
    }
    let mut inputs = Vec::with_capacity(N);
    for file in files {
        inputs.push(read(file)?);
    }
    // There are as many inputs as files.
    <[Input; N]>::try_from(inputs).map_err(|_| "the files cannot be read".to_owned())
}

fn is_stdin(file: &Path) -> bool {
    file == Path::new("-")
}

fn read(file: &Path) -> Result<Input, String> {
    if !is_stdin(file) {
        return Ok(Input {
            name: file.display().to_string(),
            text: source::read(file)?,
        });
    }
    if io::stdin().is_terminal() {
        eprintln!("Reading a pipeline from standard input");
    }
    let mut text = String::new();
    io::stdin()
        .take(source::MAX_FILE + 1)
        .read_to_string(&mut text)
        .map_err(|e| format!("standard input cannot be read: {e}"))?;
    if text.len() as u64 > source::MAX_FILE {
        return Err("standard input is larger than 16 MB".to_owned());
    }
    Ok(Input {
        name: "standard input".to_owned(),
        text,
    })
}

/// Says why a file cannot be compared.
fn report(unreadable: &Unreadable, inputs: &[&Input]) {
    if let Some(input) = inputs.get(unreadable.number) {
        let found = check::render(&unreadable.findings, &input.name, &input.text);
        eprint!("{found}");
    }
}

fn complain(message: &str) {
    eprintln!("error: {}", sentence(message));
}

/// Prints a text. A closed pipe (`| head`) is not an error.
fn print(text: &str) {
    let _ = io::stdout().write_all(text.as_bytes());
}
