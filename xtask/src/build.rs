//! Builds the program. `up` and the tests share one profile, so the program is built only once.

use std::path::PathBuf;

use crate::{error::Result, paths, process};

/// Builds `flowmason` and returns its path.
pub fn program(release: bool) -> Result<PathBuf> {
    let mut cargo = process::cargo();
    cargo.args(["build", "--package", "cli"]);
    if release {
        cargo.arg("--release");
    }
    process::run(&mut cargo)?;
    Ok(paths::program(if release { "release" } else { "debug" }))
}
