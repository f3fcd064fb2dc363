//! `cargo xtask bench`: measures the workloads against the limits of the same run.
//!
//! Builds with optimizations, starts private servers with their default durability and their data
//! on a disk, and hands over to the load program of `tests/load`.

use clap::Args;

use crate::{
    build,
    error::Result,
    packages::{self, Need},
    paths, process,
    services::{self, Durability},
};

/// Options of `bench`.
#[derive(Args)]
pub struct BenchArgs {
    /// Only these workloads, separated by commas (W1m,W1d,W2,W2l,W3l,W4)
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// A third of the time, one repetition
    #[arg(long)]
    quick: bool,
}

/// Runs the workloads.
pub fn run(args: &BenchArgs) -> Result {
    packages::ensure(&[Need::Compiler, Need::Postgres, Need::Redis, Need::Wrk])?;
    let program = build::program(true)?;
    process::run(process::cargo().args([
        "build",
        "--release",
        "--package",
        "tests",
        "--bin",
        "load",
    ]))?;
    let results = paths::target().join("bench");
    std::fs::create_dir_all(&results)?;
    // Below the cache rather than /tmp, which may be memory.
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
    if args.quick {
        load.env("BENCH_QUICK", "1");
    }
    process::run(&mut load)
}

/// A folder on a disk that the user `postgres` can reach: a home of root is closed to others.
fn traversable_parent() -> std::path::PathBuf {
    "/var/tmp".into()
}
