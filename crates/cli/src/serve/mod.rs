//! `flowmason serve`: runs the API and the worker in one process and stops them in order.
//!
//! Everything is checked before anything starts; errors are reported in one sentence. On stdout
//! stand the address and, for whoever would otherwise be locked out, a link that signs in once.

mod args;
mod config;
mod folder;
mod lock;
mod logs;
mod room;
mod signals;
mod start;

pub use args::ServeArgs;
use config::ServeConfig;

use crate::exit::Exit;

/// Serves until a signal ends it.
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
    // The API's requests are answered by threads of their own; here run the worker and the rest.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("flowmason serve: no threads can be started: {error}");
            return Exit::RunFailed;
        }
    };
    let result = runtime.block_on(start::run(config));
    // Nobody waits for a thread that is blocked or busy: what counts is written.
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
