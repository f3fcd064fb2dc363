//! `cargo xtask tidy`: rules that the compiler does not check, each in its own file.
//!
//! Every rule reports all its findings; the command fails if there are any.

mod cases;
mod checkout;
mod cycles;
mod dependencies;
mod edges;
mod files;
mod heads;
mod sql;
mod tokens;

use std::process::Command;

use serde_json::Value;

use crate::{
    error::Result,
    process::{self, cargo},
};

/// Runs every rule.
pub fn run() -> Result {
    let metadata = metadata()?;
    let sources = files::rust_sources()?;
    let mut found = Vec::new();
    found.extend(edges::check(&metadata));
    found.extend(heads::check(&sources));
    found.extend(checkout::check(&sources));
    found.extend(sql::check(&sources)?);
    found.extend(cycles::check(&sources)?);
    found.extend(dependencies::check(&metadata)?);
    found.extend(cases::check(&sources, &files::frontend_tests()?)?);
    if found.is_empty() {
        eprintln!("tidy: {} files, no findings", sources.len());
        return Ok(());
    }
    for finding in &found {
        eprintln!("tidy: {finding}");
    }
    Err(format!("{} findings", found.len()).into())
}

/// The names of the workspace's crates.
pub fn crate_names() -> Result<Vec<String>> {
    Ok(packages(&metadata()?)
        .map(|p| text(p, "name").to_owned())
        .collect())
}

fn metadata() -> Result<Value> {
    let mut command: Command = cargo();
    command.args(["metadata", "--format-version", "1", "--locked", "--no-deps"]);
    Ok(serde_json::from_str(&process::output(&mut command)?)?)
}

fn packages(metadata: &Value) -> impl Iterator<Item = &Value> {
    metadata["packages"].as_array().into_iter().flatten()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}
