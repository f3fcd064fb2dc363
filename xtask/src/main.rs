//! `cargo xtask up | test | tidy | bench | attack`: this repository's own commands.
//!
//! Imports no other crate of this workspace, so it builds in seconds, even when the rest does not
//! build.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "commands print to the terminal"
)]
#![allow(
    clippy::disallowed_methods,
    reason = "a developer tool, not part of the product"
)]

mod attack;
mod bench;
mod build;
mod error;
mod node;
mod packages;
mod paths;
mod peers;
mod process;
mod python;
mod services;
mod stamp;
mod test;
mod tidy;
mod tools;
mod up;
mod web;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    about = "Builds, serves, tests and measures FlowMason"
)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build everything and serve it on http://127.0.0.1:8080
    Up(up::UpArgs),
    /// Run all tests, on both databases and in a browser
    Test(test::TestArgs),
    /// Check the repository's own rules: imports, cycles, SQL, module docs, dependencies, generated
    /// files, test cases
    Tidy,
    /// Measure the workloads against the limits of this machine
    Bench(bench::BenchArgs),
    /// Attack a release build with faults, floods and kills, and print the measurements
    Attack(attack::AttackArgs),
}

fn main() -> ExitCode {
    process::end_children_on_signal();
    let result = match Args::parse().command {
        Command::Up(args) => up::run(&args),
        Command::Test(args) => test::run(&args),
        Command::Tidy => tidy::run(),
        Command::Bench(args) => bench::run(&args),
        Command::Attack(args) => attack::run(&args),
    };
    process::end_children();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}
