//! The load program of `cargo xtask bench`. It runs the workloads, measures the machine's limits in
//! the same run, and judges the ratios.
//!
//! It uses the product's public interfaces (GraphQL, WebSocket), and accesses the database only to
//! seed it and to check results. All traffic is on loopback, and every loop is bounded in count and
//! time.

#![allow(clippy::disallowed_methods, reason = "test code")]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command speaks to its user"
)]

mod client;
mod edit;
mod feed;
mod figures;
mod grants;
mod limits;
mod server;
mod sql;
mod trig;
mod ui;
mod w1d;
mod w1m;
mod w2;
mod w2p;
mod w3l;
mod w4;

use std::{path::PathBuf, process::ExitCode};

use figures::Report;

/// W1m runs the engine in this process, which therefore uses the same allocator as the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// An error for the person at the terminal.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// The settings of the run.
pub struct Settings {
    /// The path of the program to measure, a release build.
    program: PathBuf,
    /// The URL of a PostgreSQL server with default durability, with superuser credentials.
    postgres: String,
    /// The URL of a Redis server.
    redis: String,
    /// The folder of `pgbench` and `psql`.
    postgres_bin: PathBuf,
    /// A folder on the disk of the data.
    folder: PathBuf,
    /// The path of the report.
    report: PathBuf,
    /// Workloads to run; empty: all.
    only: Vec<String>,
    /// Whether to run for a third of the time, with one repetition.
    quick: bool,
}

impl Settings {
    fn from_environment() -> Result<Self, Error> {
        let get = |name: &str| {
            std::env::var(name).map_err(|_| format!("{name} is not set; run `cargo xtask bench`"))
        };
        Ok(Self {
            program: get("BENCH_PROGRAM")?.into(),
            postgres: get("BENCH_POSTGRES")?,
            redis: get("BENCH_REDIS")?,
            postgres_bin: get("BENCH_POSTGRES_BIN")?.into(),
            folder: get("BENCH_FOLDER")?.into(),
            report: get("BENCH_REPORT")?.into(),
            only: get("BENCH_ONLY")
                .map(|text| {
                    text.split(',')
                        .filter(|t| !t.is_empty())
                        .map(str::to_owned)
                        .collect()
                })
                .unwrap_or_default(),
            quick: get("BENCH_QUICK").is_ok(),
        })
    }

    fn wants(&self, workload: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|w| w == workload)
    }

    fn repetitions(&self) -> usize {
        if self.quick { 1 } else { 3 }
    }

    /// The seconds of a measurement that lasts `full` seconds in a full run.
    fn seconds(&self, full: u64) -> u64 {
        if self.quick { (full / 3).max(2) } else { full }
    }
}

fn main() -> ExitCode {
    let settings = match Settings::from_environment() {
        Ok(settings) => settings,
        Err(error) => {
            eprintln!("load: {error}");
            return ExitCode::from(2);
        }
    };
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("load: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(measure(&settings)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("load: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs all measurements. Returns whether every judged ratio is within its limit.
async fn measure(settings: &Settings) -> Result<bool, Error> {
    let mut report = Report::default();
    limits::before(settings, &mut report).await?;
    if settings.wants("W1m") {
        w1m::run(settings, &mut report).await?;
    }
    if settings.wants("W4") {
        w4::run(settings, &mut report).await?;
    }
    if ["W1d", "W2", "W2l", "W2p"]
        .iter()
        .any(|name| settings.wants(name))
    {
        let server = server::Server::start(settings, "w2").await?;
        if settings.wants("W1d") {
            w1d::run(settings, &server, &mut report).await?;
        }
        if settings.wants("W2l") {
            w2::one_at_a_time(settings, &server, &mut report).await?;
        }
        if settings.wants("W2") {
            w2::throughput(settings, &server, &mut report).await?;
        }
        if settings.wants("W2p") {
            w2p::run(settings, &server, &mut report).await?;
        }
        server.stop().await?;
    }
    if settings.wants("W3l") {
        w3l::run(settings, &mut report).await?;
    }
    if settings.wants("EDIT") {
        edit::run(settings, &mut report).await?;
    }
    if settings.wants("TRIG") {
        trig::run(settings, &mut report).await?;
    }
    if settings.wants("UI") {
        ui::run(settings, &mut report).await?;
    }
    limits::after(settings, &mut report).await?;
    let good = report.print();
    std::fs::write(&settings.report, report.to_json())?;
    println!("\nwritten to {}", settings.report.display());
    Ok(good)
}
