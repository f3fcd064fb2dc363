//! Node 24: the installed one if it is new enough, otherwise one from npm in the cache.

use std::{path::PathBuf, process::Command};

use crate::{error::Result, paths, process};

const MAJOR: u32 = 24;
const VERSION: &str = "24.21.0";

/// The folder with `node`, to be put first on the path; `None` if the installed Node is new enough.
pub fn ensure() -> Result<Option<PathBuf>> {
    if major("node".into()).is_some_and(|m| m >= MAJOR) {
        return Ok(None);
    }
    let os = if cfg!(target_os = "macos") {
        "darwin"
    } else {
        "linux"
    };
    let arch = if cfg!(target_arch = "aarch64") {
        "arm64"
    } else {
        "x64"
    };
    let package = format!("node-{os}-{arch}");
    let home = paths::cache().join("node");
    let bin = home.join("node_modules").join(&package).join("bin");
    if major(bin.join("node")).is_none_or(|m| m < MAJOR) {
        eprintln!("installing Node {VERSION} from npm");
        std::fs::create_dir_all(&home)?;
        process::run(
            Command::new("npm")
                .args([
                    "install",
                    "--no-audit",
                    "--no-fund",
                    "--loglevel=error",
                    "--prefix",
                ])
                .arg(&home)
                .arg(format!("{package}@{VERSION}")),
        )?;
    }
    Ok(Some(bin))
}

fn major(node: PathBuf) -> Option<u32> {
    let text = process::output(Command::new(node).arg("--version")).ok()?;
    text.trim()
        .trim_start_matches('v')
        .split('.')
        .next()?
        .parse()
        .ok()
}
