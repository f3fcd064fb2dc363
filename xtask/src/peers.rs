//! The OpenID provider, a SAML provider, the OAuth client, the MCP client, the signers of webhooks and the
//! other implementation of cron expressions of the tests: npm packages, installed from their lock files.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::{error::Result, node, paths, process, stamp};

/// The folders with the packages.
const PEERS: [&str; 6] = ["oidc", "saml-idp", "oauth", "mcp", "webhooks", "cron"];

/// The Node to start them with. The first call installs their packages.
pub fn ensure() -> Result<PathBuf> {
    let bin = node::ensure()?;
    for peer in PEERS {
        install(peer, bin.as_deref())?;
    }
    Ok(bin.map_or_else(|| "node".into(), |bin| bin.join("node")))
}

fn install(peer: &str, bin: Option<&Path>) -> Result {
    let folder = paths::root().join("tests/peers").join(peer);
    let lock = stamp::of(&[folder.join("package-lock.json")])?;
    let installed = folder.join("node_modules/.package-lock.json");
    stamp::once(&format!("peers-{peer}"), &lock, &installed, || {
        let mut npm = Command::new("npm");
        npm.current_dir(&folder);
        if let Some(bin) = bin {
            let old = std::env::var_os("PATH").unwrap_or_default();
            let all = std::iter::once(bin.to_owned()).chain(std::env::split_paths(&old));
            npm.env("PATH", std::env::join_paths(all)?);
        }
        process::run(npm.args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]))
    })
}
