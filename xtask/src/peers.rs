//! The OpenID provider of the tests: an npm package, installed from its lock file.

use std::{path::PathBuf, process::Command};

use crate::{error::Result, node, paths, process, stamp};

/// The Node to start the provider with. The first call installs its packages.
pub fn ensure() -> Result<PathBuf> {
    let folder = paths::root().join("tests/peers/oidc");
    let bin = node::ensure()?;
    let lock = stamp::of(&[folder.join("package-lock.json")])?;
    let installed = folder.join("node_modules/.package-lock.json");
    stamp::once("peers", &lock, &installed, || {
        let mut npm = Command::new("npm");
        npm.current_dir(&folder);
        if let Some(bin) = &bin {
            let old = std::env::var_os("PATH").unwrap_or_default();
            let all = std::iter::once(bin.clone()).chain(std::env::split_paths(&old));
            npm.env("PATH", std::env::join_paths(all)?);
        }
        process::run(npm.args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]))
    })?;
    Ok(bin.map_or_else(|| "node".into(), |bin| bin.join("node")))
}
