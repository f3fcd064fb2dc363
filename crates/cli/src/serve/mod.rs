//! `flowmason serve`: runs the API and the worker in one process and stops them in order.
//!
//! The configuration is checked before anything starts; an error is reported in one sentence.
//! Stdout gets the address and, as long as nobody has a password, a one-time link to sign in.

mod args;
mod config;
mod folder;
mod lock;
mod logs;
mod mail;
mod offline;
mod room;
mod sign_in;
mod signals;
mod start;

pub use args::ServeArgs;
use config::ServeConfig;
pub use offline::{Offline, PlaceArgs, Refused};

use crate::exit::Exit;

/// Serves until a signal stops it.
pub fn serve(args: ServeArgs) -> Exit {
    if args.print_schema {
        print!("{}", api::sdl());
        return Exit::Ok;
    }
    let config = match ServeConfig::load(args) {
        Ok(config) => config,
        Err(error) => return wrong(&error),
    };
    if let Err(error) = logs::start(config.log_format, &config.log) {
        return wrong(&error);
    }
    // The API answers requests on its own threads; this runtime runs the worker and the rest.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("flowmason serve: threads cannot be started: {error}");
            return Exit::RunFailed;
        }
    };
    let result = runtime.block_on(start::run(config));
    // Does not wait for threads that are blocked or busy: everything that matters is on disk.
    runtime.shutdown_background();
    match result {
        Ok(()) => Exit::Ok,
        Err(error) => {
            eprintln!("flowmason serve: {error}");
            Exit::RunFailed
        }
    }
}

fn wrong(error: &config::ConfigError) -> Exit {
    eprintln!("flowmason serve: {error}");
    Exit::Usage
}
