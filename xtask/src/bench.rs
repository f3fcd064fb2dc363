//! `cargo xtask bench`: measures the workloads against limits that are measured in the same run.
//!
//! Builds with optimizations, starts private servers with their default durability and their data
//! on a disk, and runs the load program of `tests/load`.

use std::path::Path;

use clap::Args;

use crate::{
    build,
    error::Result,
    packages::{self, Need},
    paths, process,
    services::{self, Durability},
    web::{self, Web},
};

/// Options of `bench`.
#[derive(Args)]
pub struct BenchArgs {
    /// Run only these workloads, separated by commas (W1m,W1d,W2,W2l,W2p,W3l,W4,EDIT,TRIG,UI)
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Measure for a third of the time, with one repetition
    #[arg(long)]
    quick: bool,
    /// Kill the measured build at random moments and check that nothing is lost or repeated
    #[arg(long, conflicts_with_all = ["only", "quick"])]
    kill: bool,
}

/// Runs the workloads.
pub fn run(args: &BenchArgs) -> Result {
    packages::ensure(&[Need::Postgres, Need::Redis, Need::Wrk])?;
    if args.kill {
        return kill(&build::program(true)?);
    }
    // UI measures the dashboard as the program serves it.
    let has_ui = args.only.is_empty() || args.only.iter().any(|one| one == "UI");
    if has_ui {
        packages::ensure(&[Need::Npm])?;
        Web::ready()?.build()?;
    }
    // Both in one call: in separate calls, dependencies would be built twice, with other features.
    process::run(process::cargo().args([
        "build",
        "--release",
        "--package=cli",
        "--package=tests",
        "--bin=flowmason",
        "--bin=load",
    ]))?;
    let program = paths::program("release");
    let results = paths::target().join("bench");
    std::fs::create_dir_all(&results)?;
    // Not below /tmp, which may be in memory.
    let servers = services::start(&traversable_parent(), Durability::Full)?;
    let bin = services::postgres_bin().ok_or("PostgreSQL's programs are not installed")?;
    let mut load = std::process::Command::new(paths::target().join("release/load"));
    load.env("BENCH_PROGRAM", program)
        .env("BENCH_POSTGRES", &servers.postgres)
        .env("BENCH_REDIS", &servers.redis)
        .env("BENCH_POSTGRES_BIN", bin)
        .env("BENCH_FOLDER", &servers.folder)
        .env("BENCH_REPORT", results.join("latest.json"))
        .env("BENCH_ONLY", args.only.join(","));
    if has_ui {
        let dashboard = web::folder().join("apps/dashboard/dist");
        load.env("FLOWMASON_DASHBOARD_DIR", dashboard);
    }
    if args.quick {
        load.env("BENCH_QUICK", "1");
    }
    process::run(&mut load)
}

/// Runs the kill test with the build and the durability of the measurements.
fn kill(program: &Path) -> Result {
    let servers = services::start(&traversable_parent(), Durability::Full)?;
    process::run(
        process::cargo()
            .args(["test", "--package", "tests", "--lib", "kill"])
            .env("FLOWMASON_TEST_POSTGRES", &servers.postgres)
            .env("FLOWMASON_TEST_REDIS", &servers.redis)
            .env("FLOWMASON_BIN", program)
            .env("FLOWMASON_TEST_FULL", "1"),
    )
}

/// A folder on a disk that the user `postgres` can access, unlike the home folder of root.
fn traversable_parent() -> std::path::PathBuf {
    "/var/tmp".into()
}
