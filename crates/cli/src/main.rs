//! The `flowmason` program.

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "test code"))]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "commands print to the terminal"
)]

mod account;
mod admin;
mod advice;
mod args;
mod changes;
mod components;
mod copilot;
mod exit;
mod init;
mod limits;
mod plan;
mod replace;
mod run;
mod sentences;
mod serve;
mod source;
mod triggers;
mod validate;

use std::process::ExitCode;

use args::{Cli, Command};
use clap::Parser;
use tracing_subscriber::EnvFilter;

/// mimalloc returns memory to the system after a peak. The C library's allocator hardly does: it
/// keeps partly used pages, in one arena per thread.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    small_pages();
    let cli = Cli::parse();
    ::components::http::install_crypto();
    match cli.command {
        Command::Run(args) => {
            quiet_log();
            run::run(*args).into()
        }
        Command::Serve(args) => serve::serve(*args).into(),
        Command::Validate(args) => validate::validate(&args).into(),
        Command::Lint(args) => advice::lint(&args).into(),
        Command::Explain(args) => advice::explain(&args).into(),
        Command::Plan(args) => plan::plan(&args).into(),
        Command::Triggers(args) => match args.command {
            args::TriggersCommand::Explain(args) => triggers::explain(&args).into(),
            args::TriggersCommand::Say(args) => sentences::say(&args).into(),
        },
        Command::Copilot(args) => {
            quiet_log();
            copilot::copilot(&args).into()
        }
        Command::Components(args) => components::show(&args).into(),
        Command::Diff(args) => changes::diff(&args).into(),
        Command::Merge(args) => changes::merge(&args).into(),
        Command::GitSetup(args) => changes::git_setup(&args).into(),
        Command::GitDiff(args) => changes::git_diff(&args).into(),
        Command::GitText(args) => changes::git_text(&args).into(),
        Command::Init(args) => init::init(&args).into(),
        Command::Login(args) => account::login(args).into(),
        Command::Logout(args) => account::logout(args).into(),
        Command::Whoami(args) => account::whoami(args).into(),
        Command::Admin(args) => {
            quiet_log();
            admin::admin(args).into()
        }
    }
}

/// Disables transparent huge pages. With pages of 2 MiB, an idle server would hold 30 MiB for a few
/// small allocations.
fn small_pages() {
    // An optimization only; old kernels may not support it.
    #[cfg(target_os = "linux")]
    let _ = nix::sys::prctl::set_thp_disable(true);
}

/// Commands other than `serve` log nothing unless `FLOWMASON_LOG` is set: their output is for
/// people.
fn quiet_log() {
    let filter = EnvFilter::try_from_env("FLOWMASON_LOG").unwrap_or_else(|_| EnvFilter::new("off"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    // Fails only if a subscriber is already installed, which is fine.
    drop(log.try_init());
}
