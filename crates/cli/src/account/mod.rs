//! `flowmason login`, `logout` and `whoami`: the user's access to a server.
//!
//! `login` uses the device flow (RFC 8628): a person allows the access in any browser, and the
//! terminal never sees a password. `whoami` uses an API key instead of the login if one is given.

#![allow(
    clippy::disallowed_methods,
    reason = "the program reads its environment only here"
)]

mod error;
mod login;
mod logout;
mod refresh;
mod server;
mod store;
#[cfg(test)]
mod tests;
mod whoami;

use std::path::PathBuf;

use clap::Args;
use types::Clock;

use crate::exit::{self, Exit};
use error::Failed;
use server::Server;
use store::Store;

/// The name by which this program calls itself.
const CLIENT: &str = "flowmason-cli";
/// The server, unless another one is named or known from a login.
const DEFAULT: &str = "http://127.0.0.1:8080";

/// Sign in to a server, with a browser on any device
#[derive(Args, Debug)]
#[command(after_help = exit::HELP)]
pub struct LoginArgs {
    /// The server's address [default: http://127.0.0.1:8080]
    #[arg(long, env = "FLOWMASON_SERVER", value_name = "URL")]
    pub server: Option<String>,
}

/// Sign out, which ends the access at once
#[derive(Args, Debug)]
#[command(after_help = exit::HELP)]
pub struct LogoutArgs {
    /// The server's address; otherwise that of the last login, or http://127.0.0.1:8080
    #[arg(long, env = "FLOWMASON_SERVER", value_name = "URL")]
    pub server: Option<String>,
}

/// Show who you are on a server, and what you may do there
#[derive(Args, Debug)]
#[command(after_help = exit::HELP)]
pub struct WhoamiArgs {
    /// The server's address; otherwise that of the last login, or http://127.0.0.1:8080
    #[arg(long, env = "FLOWMASON_SERVER", value_name = "URL")]
    pub server: Option<String>,

    /// Use this API key instead of the login
    #[arg(
        long,
        env = "FLOWMASON_API_KEY",
        value_name = "KEY",
        hide_env_values = true
    )]
    pub api_key: Option<String>,

    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// Signs in.
pub fn login(args: LoginArgs) -> Exit {
    finish(async {
        let mut store = Store::open(folder()?)?;
        let server = Server::at(args.server.as_deref().unwrap_or(DEFAULT))?;
        login::login(&server, &mut store, &Clock::system()).await
    })
}

/// Signs out.
pub fn logout(args: LogoutArgs) -> Exit {
    finish(async {
        let mut store = Store::open(folder()?)?;
        let address = chosen(args.server, &store);
        let server = Server::at(&address)?;
        logout::logout(&server, &mut store).await
    })
}

/// Shows the caller.
pub fn whoami(args: WhoamiArgs) -> Exit {
    finish(async {
        let mut store = Store::open(folder()?)?;
        let address = chosen(args.server, &store);
        let server = Server::at(&address)?;
        let key = args.api_key.filter(|key| !key.is_empty());
        whoami::whoami(&server, &mut store, &Clock::system(), key, args.json).await
    })
}

/// The server that a command talks to.
fn chosen(named: Option<String>, store: &Store) -> String {
    let known = named.or_else(|| store.last().map(str::to_owned));
    known.unwrap_or_else(|| DEFAULT.to_owned())
}

/// The user's folder for configuration.
fn folder() -> Result<PathBuf, Failed> {
    let at = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let base = at("XDG_CONFIG_HOME")
        .or_else(|| at("APPDATA"))
        .map(PathBuf::from)
        .or_else(|| at("HOME").map(|home| PathBuf::from(home).join(".config")));
    let base = base.ok_or_else(|| {
        Failed::set_up(
            "There is no folder for your configuration; set HOME or XDG_CONFIG_HOME to one",
        )
    })?;
    Ok(base.join("flowmason"))
}

/// Runs a command and reports its failure.
fn finish(command: impl Future<Output = Result<(), Failed>>) -> Exit {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: The program cannot start: {error}");
            return Exit::RunFailed;
        }
    };
    match runtime.block_on(command) {
        Ok(()) => Exit::Ok,
        Err(failed) => {
            eprintln!("error: {}", types::sentence(&failed.message));
            failed.exit
        }
    }
}
