//! `cargo xtask attack`: repeats all known attacks against a release build.
//!
//! The attacks are the tests of the package `tests` whose names begin with `attack_`. They start
//! the program themselves and print their measurements. This command builds the program, starts
//! PostgreSQL and Redis, and ends everything after ten minutes.

use std::{
    thread,
    time::{Duration, Instant},
};

use clap::Args;

use crate::{
    build,
    error::Result,
    packages::{self, Need},
    process,
    services::{self, Durability},
};

/// The prefix of the names of attack tests.
const GROUP: &str = "attack_";
/// The time limit for all attacks together, without the build.
const LIMIT: Duration = Duration::from_secs(600);

/// Options of `attack`.
#[derive(Args)]
pub struct AttackArgs {
    /// Run only the attacks whose name has this text after `attack_`
    name: Option<String>,
    /// Use a debug build; its measurements are meaningless
    #[arg(long)]
    debug: bool,
    /// The random seed that a failed attack printed; a number or any text
    #[arg(long)]
    seed: Option<String>,
}

/// Runs the attacks one after another, so that they do not disturb each other's measurements.
pub fn run(args: &AttackArgs) -> Result {
    packages::ensure(&[Need::Postgres, Need::Redis])?;
    let program = build::program(!args.debug)?;
    let test = || {
        let mut cargo = process::cargo();
        cargo.args(["test", "--package", "tests"]);
        cargo
    };
    process::run(test().arg("--no-run"))?;
    let servers = services::start(&std::env::temp_dir(), Durability::None)?;
    let mut cargo = test();
    cargo
        .env("FLOWMASON_TEST_POSTGRES", &servers.postgres)
        .env("FLOWMASON_TEST_REDIS", &servers.redis)
        .env("FLOWMASON_BIN", program)
        .env("FLOWMASON_TEST_FULL", "1");
    if let Some(seed) = &args.seed {
        cargo.env("FLOWMASON_SEED", seed);
    }
    let filter = match &args.name {
        Some(name) if name.starts_with(GROUP) => name.clone(),
        Some(name) => format!("{GROUP}{name}"),
        None => GROUP.to_owned(),
    };
    cargo.arg(filter).args(["--", "--test-threads=1"]);
    end_after(LIMIT);
    let begin = Instant::now();
    process::run(&mut cargo)?;
    eprintln!("attack: all passed in {} s", begin.elapsed().as_secs());
    Ok(())
}

/// Ends the command and its child processes after `limit`.
fn end_after(limit: Duration) {
    thread::spawn(move || {
        thread::sleep(limit);
        eprintln!("xtask: the attacks took longer than {limit:?}");
        process::end_children();
        std::process::exit(1);
    });
}
