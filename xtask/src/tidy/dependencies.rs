//! Dependencies that no source of the crate names.

use std::path::Path;

use serde_json::Value;

use super::{files::Source, packages, shown, text};

/// Named by generated code or needed for their features only: crate, dependency.
const HIDDEN: &[(&str, &str)] = &[];

/// Unused dependencies.
pub fn check(metadata: &Value, sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
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

/// Whether the text has the word as a whole.
fn names(text: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word)
        .any(|(at, _)| !text[..at].ends_with(part) && !text[at + word.len()..].starts_with(part))
}
