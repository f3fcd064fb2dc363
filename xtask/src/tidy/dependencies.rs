//! Rule: every dependency is used and allowed. cargo-machete finds unused ones; cargo-deny checks
//! licenses, bans, sources and, if this machine has the advisory database, advisories
//! (`deny.toml`).

use std::process::Command;

use serde_json::Value;

use super::{packages, text};
use crate::{
    error::Result,
    paths, process,
    tools::{DENY, MACHETE},
};

/// Reports dependencies that are unused or not allowed.
pub fn check(metadata: &Value) -> Result<Vec<String>> {
    let mut found = unused_workspace_dependencies(metadata);
    let mut machete = Command::new(MACHETE.program()?);
    if let Err(error) = process::run(machete.current_dir(paths::root())) {
        found.push(format!("a dependency is unused: {error}"));
    }
    let mut checks = vec!["licenses", "bans", "sources"];
    match advisories() {
        true => checks.push("advisories"),
        false => {
            eprintln!("tidy: advisories are not checked; download them with `cargo deny fetch`")
        }
    }
    // A build downloads only the crates of its own platform; cargo-deny reads the manifests of all.
    process::run(process::cargo().args(["fetch", "--locked", "--quiet"]))?;
    let mut deny = Command::new(DENY.program()?);
    deny.current_dir(paths::root())
        .args(["--offline", "--log-level", "error", "check"])
        .args(checks);
    if let Err(error) = process::run(&mut deny) {
        found.push(format!("a dependency is not allowed: {error}"));
    }
    Ok(found)
}

/// Whether the advisory database was downloaded to this machine.
fn advisories() -> bool {
    let home = std::env::var_os("CARGO_HOME").map(std::path::PathBuf::from);
    let user = || std::env::var_os("HOME").map(|home| std::path::Path::new(&home).join(".cargo"));
    let databases = home.or_else(user).map(|home| home.join("advisory-dbs"));
    // cargo-deny itself creates an empty folder of that name.
    databases
        .and_then(|folder| std::fs::read_dir(folder).ok())
        .is_some_and(|entries| entries.flatten().any(|entry| entry.path().is_dir()))
}

/// Workspace dependencies that no crate uses; cargo-machete does not check these.
fn unused_workspace_dependencies(metadata: &Value) -> Vec<String> {
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
        .map(|name| format!("Cargo.toml: no crate uses `{name}`"))
        .collect()
}
