//! The source files that the rules check.

use std::fs;

use crate::{error::Result, paths, process};

/// A file and its text.
pub struct Source {
    /// The path relative to the root, with `/`.
    pub name: String,
    /// The contents.
    pub text: String,
}

/// All Rust files that git tracks or would add.
pub fn rust_sources() -> Result<Vec<Source>> {
    matching(&["*.rs"])
}

/// The tests of the frontend that git tracks or would add.
pub fn frontend_tests() -> Result<Vec<Source>> {
    matching(&[
        "frontend/*.spec.ts",
        "frontend/*.test.ts",
        "frontend/*.test.tsx",
    ])
}

fn matching(patterns: &[&str]) -> Result<Vec<Source>> {
    let root = paths::root();
    let mut git = std::process::Command::new("git");
    git.current_dir(&root)
        .args(["ls-files", "-co", "--exclude-standard"])
        .args(patterns);
    let mut sources = Vec::new();
    for name in process::output(&mut git)?.lines() {
        if let Ok(text) = fs::read_to_string(root.join(name)) {
            sources.push(Source {
                name: name.to_owned(),
                text,
            });
        }
    }
    Ok(sources)
}
