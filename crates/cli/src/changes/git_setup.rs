//! `flowmason git-setup`: makes git compare and merge pipelines by their meaning.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::Command,
};

use clap::Args;

use super::complain;
use crate::{
    exit::{self, Exit},
    replace::{is_link, replace},
};

/// The line of the attributes file.
const ATTRIBUTES: &str = "*.pipeline.json diff=flowmason merge=flowmason";

/// The sections of git's configuration.
const SECTIONS: [&str; 2] = ["diff.flowmason", "merge.flowmason"];

/// Make git compare and merge pipelines by their meaning
///
/// Sets a diff and a merge driver in git's configuration, and names them for *.pipeline.json in
/// .gitattributes. Commit .gitattributes; everybody who clones the repository runs this command
/// once. Running it again changes nothing.
#[derive(Args, Debug)]
#[command(after_help = exit::HELP)]
pub struct GitSetupArgs {
    /// For all repositories of this user instead of the current one
    #[arg(long)]
    global: bool,

    /// Remove what the command has set
    #[arg(long)]
    remove: bool,
}

/// Sets git up, and says what it changed.
pub fn git_setup(args: &GitSetupArgs) -> Exit {
    let done = if args.remove {
        remove(args.global)
    } else {
        set(args.global)
    };
    match done {
        Ok(()) => Exit::Ok,
        Err(message) => {
            complain(&message);
            Exit::Invalid
        }
    }
}

fn scope(global: bool) -> &'static str {
    if global { "--global" } else { "--local" }
}

fn set(global: bool) -> Result<(), String> {
    let attributes = attributes_file(global)?;
    let program = program()?;
    let settings = [
        ("diff.flowmason.command", format!("{program} git-diff")),
        ("diff.flowmason.textconv", format!("{program} git-text")),
        ("merge.flowmason.name", "FlowMason pipelines".to_owned()),
        (
            "merge.flowmason.driver",
            format!("{program} merge --git --path %P --marker-size %L %O %A %B"),
        ),
    ];
    for (key, value) in settings {
        let value = value.as_str();
        let now = git(["config", scope(global), "--get", key]).ok();
        if now.as_deref() == Some(value) {
            println!("{key} is set already");
            continue;
        }
        git(["config", scope(global), "--replace-all", key, value])?;
        println!("{key} is set");
    }
    let text = read(&attributes)?;
    if text.lines().any(|line| line.trim() == ATTRIBUTES) {
        println!("{} has the line already", attributes.display());
        return Ok(());
    }
    let gap = if text.is_empty() || text.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    write(&attributes, &format!("{text}{gap}{ATTRIBUTES}\n"))?;
    println!("{} has a new line: {ATTRIBUTES}", attributes.display());
    Ok(())
}

fn remove(global: bool) -> Result<(), String> {
    let attributes = attributes_file(global)?;
    for section in SECTIONS {
        let pattern = format!("^{}\\.", section.replace('.', "\\."));
        if git(["config", scope(global), "--get-regexp", pattern.as_str()]).is_err() {
            println!("{section} is not set");
            continue;
        }
        git(["config", scope(global), "--remove-section", section])?;
        println!("{section} is removed");
    }
    let text = read(&attributes)?;
    let is_ours = |line: &str| line.trim() == ATTRIBUTES;
    if !text.lines().any(is_ours) {
        println!("{} does not have the line", attributes.display());
        return Ok(());
    }
    let left: String = text
        .split_inclusive('\n')
        .filter(|line| !is_ours(line))
        .collect();
    if left.is_empty() {
        std::fs::remove_file(&attributes)
            .map_err(|e| format!("{} cannot be removed: {e}", attributes.display()))?;
        println!(
            "{} is removed: nothing else was in it",
            attributes.display()
        );
    } else {
        write(&attributes, &left)?;
        println!("{} is without the line", attributes.display());
    }
    Ok(())
}

/// The attributes file of the repository, or of the user.
fn attributes_file(global: bool) -> Result<PathBuf, String> {
    if !global {
        let file = Path::new(&git(["rev-parse", "--show-toplevel"])?).join(".gitattributes");
        // Whoever wrote the repository would choose which file of this user is written. Git does not
        // follow such a link either.
        if is_link(&file) {
            return Err(format!(
                "{} is a symbolic link, which git does not follow; replace it by a file",
                file.display()
            ));
        }
        return Ok(file);
    }
    git(["var", "GIT_ATTR_GLOBAL"])
        .map(PathBuf::from)
        .map_err(|_| "for `--global`, git 2.41 or newer is needed".to_owned())
}

/// This program for a shell, which git starts.
fn program() -> Result<String, String> {
    let program = std::env::current_exe()
        .map_err(|e| format!("the program does not know its own place: {e}"))?;
    let program = program
        .to_str()
        .ok_or_else(|| format!("{} is not UTF-8 text", program.display()))?;
    Ok(format!("'{}'", program.replace('\'', "'\\''")))
}

/// What git prints, without the end of the last line.
fn git<S: AsRef<OsStr>, const N: usize>(args: [S; N]) -> Result<String, String> {
    let out = Command::new("git")
        .args(args)
        .output()
        .map_err(|e| format!("git cannot be started: {e}"))?;
    if !out.status.success() {
        let said = String::from_utf8_lossy(&out.stderr);
        let said = said.trim().trim_start_matches("fatal: ");
        return Err(format!("git says: {said}"));
    }
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    Ok(text.trim_end_matches(['\n', '\r']).to_owned())
}

fn read(file: &Path) -> Result<String, String> {
    match std::fs::read_to_string(file) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(format!("{} cannot be read: {error}", file.display())),
    }
}

fn write(file: &Path, text: &str) -> Result<(), String> {
    file.parent()
        .map_or(Ok(()), std::fs::create_dir_all)
        .and_then(|()| replace(file, text))
        .map_err(|e| format!("{} cannot be written: {e}", file.display()))
}
