//! The `flowmason` program.

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "test code"))]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command speaks to its user"
)]

mod args;
mod components;
mod exit;
mod init;
mod limits;
mod run;
mod serve;
mod validate;

use std::process::ExitCode;

use args::{Cli, Command};
use clap::Parser;
use tracing_subscriber::EnvFilter;

/// Returns memory to the system after a peak, which the C library's allocator hardly does: it keeps
/// pages of which a small part is in use, in an arena per thread.
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
        Command::Components(args) => components::show(&args).into(),
        Command::Init(args) => init::init(&args).into(),
    }
}

/// The allocator would take pages of 2 MiB where the system has them, and an idle server would keep
/// 30 MiB of them for a few of small things.
fn small_pages() {
    // Nothing depends on it, and an old kernel may not know it.
    #[cfg(target_os = "linux")]
    let _ = nix::sys::prctl::set_thp_disable(true);
}

/// Commands without a server log only what `FLOWMASON_LOG` asks for: their output is for people.
fn quiet_log() {
    let filter = EnvFilter::try_from_env("FLOWMASON_LOG").unwrap_or_else(|_| EnvFilter::new("off"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    // Fails only when a log is installed already, which is as good.
    drop(log.try_init());
}
