//! Dependencies that no source of the crate names.

use std::path::Path;

use serde_json::Value;

use super::{files::Source, packages, shown, text};
use crate::paths;

/// Named by generated code or needed for their features only: crate, dependency.
const HIDDEN: &[(&str, &str)] = &[];

/// Unused dependencies.
pub fn check(metadata: &Value, sources: &[Source]) -> Vec<String> {
    let mut found = unclaimed(metadata);
    for package in packages(metadata) {
        let name = text(package, "name");
        let Some(folder) = Path::new(text(package, "manifest_path")).parent() else {
            continue;
        };
        let own: Vec<&Source> = sources
            .iter()
            .filter(|s| s.path.starts_with(folder))
            .filter(|s| name != "engine" || !s.name.contains("engine/macros"))
            .collect();
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let other = text(dependency, "name");
            let word = dependency["rename"]
                .as_str()
                .unwrap_or(other)
                .replace('-', "_");
            let used = own.iter().any(|s| names(&s.text, &word));
            if !used && !HIDDEN.contains(&(name, other)) {
                found.push(format!(
                    "{}: `{other}` is not used",
                    shown(&folder.join("Cargo.toml"))
                ));
            }
        }
    }
    found
}

/// Lines of the workspace's list that no crate takes.
fn unclaimed(metadata: &Value) -> Vec<String> {
    let manifest = std::fs::read_to_string(paths::root().join("Cargo.toml")).unwrap_or_default();
    let list = manifest
        .lines()
        .skip_while(|line| *line != "[workspace.dependencies]")
        .skip(1)
        .take_while(|line| !line.starts_with('['));
    list.filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(" = "))
        .map(|(name, _)| name)
        .filter(|name| {
            let taken = |d: &Value| text(d, "name") == *name || text(d, "rename") == *name;
            !packages(metadata)
                .flat_map(|p| p["dependencies"].as_array().into_iter().flatten())
                .any(taken)
        })
        .map(|name| format!("Cargo.toml: no crate takes `{name}`"))
        .collect()
}

/// Whether the text has the word as a whole.
fn names(text: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word)
        .any(|(at, _)| !text[..at].ends_with(part) && !text[at + word.len()..].starts_with(part))
}
