//! The sources that the rules read.

use std::{fs, path::PathBuf};

use crate::{error::Result, paths, process};

/// A file and its text.
pub struct Source {
    /// Where it lies.
    pub path: PathBuf,
    /// Relative to the root, with `/`.
    pub name: String,
    /// What it says.
    pub text: String,
}

impl Source {
    /// Whether the file is test code as a whole.
    pub fn is_test(&self) -> bool {
        self.name.starts_with("tests/")
            || self.name.contains("/tests/")
            || self.name.contains("/benches/")
            || self.name.contains("/examples/")
            || self.name.ends_with("/tests.rs")
            || self.name.ends_with("_tests.rs")
    }

    /// The lines before a `#[cfg(test)]` module, numbered from 1, without comments.
    pub fn code_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .lines()
            .enumerate()
            .take_while(|(_, line)| !line.trim_start().starts_with("#[cfg(test)]"))
            .map(|(at, line)| (at + 1, line))
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }
}

/// All Rust files that git knows or would add.
pub fn rust_sources() -> Result<Vec<Source>> {
    let root = paths::root();
    let mut git = std::process::Command::new("git");
    git.current_dir(&root)
        .args(["ls-files", "-co", "--exclude-standard", "*.rs"]);
    let mut sources = Vec::new();
    for name in process::output(&mut git)?.lines() {
        let path = root.join(name);
        if let Ok(text) = fs::read_to_string(&path) {
            sources.push(Source {
                path,
                name: name.to_owned(),
                text,
            });
        }
    }
    Ok(sources)
}
