//! The front end: packages, build, checks, unit tests and browser tests, all through npm scripts.

use std::{path::PathBuf, process::Command};

use crate::{error::Result, node, packages, paths, process, stamp};

/// The folder of the npm workspace.
pub fn folder() -> PathBuf {
    paths::root().join("frontend")
}

/// The npm workspace with its packages installed.
pub struct Web {
    path: Option<std::ffi::OsString>,
}

impl Web {
    /// Installs Node, if necessary, and the packages of the lock file.
    pub fn ready() -> Result<Self> {
        let path = match node::ensure()? {
            None => None,
            Some(bin) => {
                let old = std::env::var_os("PATH").unwrap_or_default();
                let all = std::iter::once(bin).chain(std::env::split_paths(&old));
                Some(std::env::join_paths(all)?)
            }
        };
        let web = Self { path };
        let lock = stamp::of(&[folder().join("package-lock.json")])?;
        let installed = folder().join("node_modules/.package-lock.json");
        stamp::once("npm", &lock, &installed, || {
            process::run(
                web.npm()
                    .args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]),
            )
        })?;
        Ok(web)
    }

    fn npm(&self) -> Command {
        let mut npm = Command::new("npm");
        npm.current_dir(folder());
        if let Some(path) = &self.path {
            npm.env("PATH", path);
        }
        npm
    }

    /// Runs one script of `package.json`.
    pub fn script(&self, name: &str, args: &[&str]) -> Result {
        let mut npm = self.npm();
        npm.args(["run", "--silent", name]);
        if !args.is_empty() {
            npm.arg("--").args(args);
        }
        process::run(&mut npm)
    }

    /// Builds the dashboard if anything changed since the last build.
    pub fn build(&self) -> Result {
        let content = stamp::of(&[folder(), paths::root().join("api/schema.graphql")])?;
        let result = folder().join("apps/dashboard/dist/index.html");
        stamp::once("web", &content, &result, || self.script("build", &[]))
    }

    /// Runs the browser tests against the built program.
    pub fn browser_tests(&self, program: &std::path::Path, filter: Option<&str>) -> Result {
        let mut npm = self.npm();
        npm.args(["run", "--silent", "e2e"]);
        npm.env("FLOWMASON_BIN", program);
        // A debug build that is older than the dashboard's build does not know the folder.
        npm.env(
            "FLOWMASON_DASHBOARD_DIR",
            folder().join("apps/dashboard/dist"),
        );
        // Data folders and browser profiles are removed with the command, even if it is
        // interrupted.
        let temporary = std::env::temp_dir().join(format!("flowmason-e2e-{}", std::process::id()));
        std::fs::create_dir_all(&temporary)?;
        process::remove_at_end(&temporary);
        npm.env("TMPDIR", &temporary);
        if let Some(chromium) = packages::chromium() {
            npm.env("CHROMIUM", chromium);
        }
        if let Some(filter) = filter {
            npm.args(["--", "--grep", filter, "--pass-with-no-tests"]);
        }
        process::run(&mut npm)
    }
}
