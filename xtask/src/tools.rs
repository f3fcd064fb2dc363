//! The Cargo tools that `tidy` uses, installed once in an exact version below the cache.

use std::path::PathBuf;

use crate::{
    error::Result,
    paths,
    process::{self, cargo},
};

/// A Cargo tool and its version.
pub struct Tool {
    name: &'static str,
    version: &'static str,
}

/// Checks licenses, bans, sources and advisories of all dependencies.
pub const DENY: Tool = Tool {
    name: "cargo-deny",
    version: "0.20.2",
};

/// Finds dependencies that no source file names.
pub const MACHETE: Tool = Tool {
    name: "cargo-machete",
    version: "0.9.2",
};

impl Tool {
    /// The path of its program. The first call builds it, which takes up to two minutes.
    ///
    /// # Errors
    /// If it cannot be installed.
    pub fn program(&self) -> Result<PathBuf> {
        let home = (paths::cache().join("tools")).join(format!("{}-{}", self.name, self.version));
        let program = home.join("bin").join(self.name);
        if !program.is_file() {
            eprintln!("installing {} {}", self.name, self.version);
            let target = home.join("target");
            let mut install = cargo();
            install
                .args(["install", "--quiet", "--locked", "--profile", "dev"])
                .args(["--version", self.version, self.name, "--root"])
                .arg(&home)
                .env("CARGO_TARGET_DIR", &target);
            process::run(&mut install)?;
            std::fs::remove_dir_all(&target).ok();
        }
        Ok(program)
    }
}
