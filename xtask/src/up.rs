//! `cargo xtask up`: installs what is missing, builds everything and starts the server.

use std::{os::unix::process::CommandExt, process::Command};

use clap::Args;

use crate::{
    build,
    error::Result,
    packages::{self, Need},
    web::Web,
};

/// Options of `up`.
#[derive(Args)]
pub struct UpArgs {
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: String,
    /// Use this PostgreSQL database instead of SQLite
    #[arg(long, requires = "redis")]
    postgres: Option<String>,
    /// Use this Redis for wake-ups and live updates
    #[arg(long, requires = "postgres")]
    redis: Option<String>,
    /// Build with optimizations (takes several minutes the first time)
    #[arg(long)]
    release: bool,
}

/// Builds everything and replaces this process with the server.
pub fn run(args: &UpArgs) -> Result {
    packages::ensure(&[Need::Npm])?;
    Web::ready()?.build()?;
    let program = build::program(args.release)?;
    let mut serve = Command::new(program);
    serve
        .current_dir(crate::paths::root())
        .args(["serve", "--listen", &args.listen]);
    serve.env(
        "FLOWMASON_DASHBOARD_DIR",
        crate::web::folder().join("apps/dashboard/dist"),
    );
    if let (Some(postgres), Some(redis)) = (&args.postgres, &args.redis) {
        serve.args(["--postgres", postgres, "--redis", redis]);
    }
    // Replaces this process, so that signals reach the server directly.
    Err(format!("cannot start the server: {}", serve.exec()).into())
}
