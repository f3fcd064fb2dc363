//! The options of `serve`. The command line takes precedence over the environment, and the
//! environment over the configuration file.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, ValueEnum};
use components::{http::OutboundConfig, model::ProvidersConfig};
use domain::SignUp;
use serde::Deserialize;

use super::{mail::MailArgs, sign_in::SignInProvider};
use crate::limits::LimitArgs;

/// Serve the API, the dashboard and the workers
#[derive(Args, Clone, Debug, Default)]
pub struct ServeArgs {
    /// Address to listen on [default: 127.0.0.1:8080]
    #[arg(long, env = "FLOWMASON_LISTEN", value_name = "ADDR")]
    pub listen: Option<String>,

    /// Use this PostgreSQL database instead of SQLite; the URL must be that of the database's owner
    #[arg(
        long,
        env = "FLOWMASON_POSTGRES",
        value_name = "URL",
        hide_env_values = true
    )]
    pub postgres: Option<String>,

    /// Use this Redis for wake-ups and live updates between processes
    #[arg(
        long,
        env = "FLOWMASON_REDIS",
        value_name = "URL",
        hide_env_values = true
    )]
    pub redis: Option<String>,

    /// Run only this part; needs PostgreSQL and Redis
    #[arg(long, env = "FLOWMASON_ONLY", value_name = "PART")]
    pub only: Option<Part>,

    /// Data folder [default: .flowmason]
    #[arg(long, env = "FLOWMASON_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,

    /// Public URL of this server (https://…)
    #[arg(long, env = "FLOWMASON_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,

    /// Proxies in front of this server whose X-Forwarded-For is trusted, as addresses and networks:
    /// `10.0.0.7,10.1.0.0/16` [default: none]
    #[arg(long, env = "FLOWMASON_TRUSTED_PROXIES", value_name = "LIST")]
    pub trusted_proxies: Option<String>,

    /// Configuration file [default: flowmason.toml in the data folder, if there is one]
    #[arg(long, env = "FLOWMASON_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Serve the dashboard from this folder instead of the built-in one
    #[arg(long, env = "FLOWMASON_DASHBOARD_DIR", value_name = "DIR")]
    pub dashboard_dir: Option<PathBuf>,

    /// The log's format [default: text on a terminal, otherwise json]
    #[arg(long, env = "FLOWMASON_LOG_FORMAT", value_name = "FORMAT")]
    pub log_format: Option<LogFormat>,

    /// The log filter, such as `info,api=debug` [default: info]
    #[arg(long, env = "FLOWMASON_LOG", value_name = "FILTER")]
    pub log: Option<String>,

    /// How many runs this process executes at once
    #[arg(long, env = "FLOWMASON_SLOTS", value_name = "N")]
    pub slots: Option<usize>,

    #[command(flatten)]
    pub limits: LimitArgs,

    #[command(flatten)]
    pub mail: MailArgs,

    /// Who gets an account without an identity provider: nobody (`closed`), whoever is invited
    /// (`invited`), or anybody (`open`, which needs an SMTP server) [default: invited]
    #[arg(long, env = "FLOWMASON_SIGN_UP", value_name = "WHO")]
    pub sign_up: Option<SignUpChoice>,

    /// How long a lease on a run lasts without renewal, in milliseconds
    #[arg(long, env = "FLOWMASON_LEASE_MS", value_name = "MS")]
    pub lease_ms: Option<u64>,

    /// How long a stopping server waits for runs to reach a clean point, in seconds [default: 20]
    #[arg(long, env = "FLOWMASON_GRACE_SECONDS", value_name = "S")]
    pub grace_seconds: Option<u64>,

    /// How long one statement of the API may take on PostgreSQL, in milliseconds [default: 10000]
    #[arg(long, env = "FLOWMASON_STATEMENT_TIMEOUT_MS", value_name = "MS")]
    pub statement_timeout_ms: Option<u64>,

    /// For how many minutes after signing in, or proving their identity again, a person may change
    /// API keys, sign-in methods and ownership [default: 10]
    #[arg(long, env = "FLOWMASON_FRESH_PROOF_MINUTES", value_name = "N")]
    pub fresh_proof_minutes: Option<u64>,

    /// Private addresses that outbound requests may reach: `HOST:PORT,HOST:PORT`
    #[arg(long, env = "FLOWMASON_OUTBOUND_ALLOW", value_name = "LIST")]
    pub outbound_allow: Option<String>,

    /// Name servers for outbound requests, `IP:PORT,IP:PORT` [default: those of /etc/resolv.conf]
    #[arg(long, env = "FLOWMASON_NAME_SERVERS", value_name = "LIST")]
    pub name_servers: Option<String>,

    /// Serve a page for trying queries at /graphql; for development only
    #[arg(long, env = "FLOWMASON_DEV")]
    pub dev: bool,

    /// The server's key in base64, at least 32 bytes; all processes that share a database must use
    /// the same key
    #[arg(long, env = "FLOWMASON_SERVER_KEY", value_name = "KEY", hide = true)]
    pub server_key: Option<String>,

    /// The bcrypt cost of password hashes, 4 to 31 [default: 12]
    #[arg(long, env = "FLOWMASON_PASSWORD_COST", value_name = "N", hide = true)]
    pub password_cost: Option<u32>,

    /// Print the GraphQL schema and exit
    #[arg(long, hide = true)]
    pub print_schema: bool,
}

/// A part of the program that can run as a process of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The API and the dashboard
    Api,
    /// The workers that execute runs
    Worker,
}

/// Who gets an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignUpChoice {
    /// Nobody; an invitation is accepted with an existing account
    Closed,
    /// Whoever accepts an invitation
    Invited,
    /// Anybody who confirms an email address, with an organization of their own
    Open,
}

impl From<SignUpChoice> for SignUp {
    fn from(choice: SignUpChoice) -> Self {
        match choice {
            SignUpChoice::Closed => Self::Closed,
            SignUpChoice::Invited => Self::Invited,
            SignUpChoice::Open => Self::Open,
        }
    }
}

/// The format of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// Text for people
    Text,
    /// One JSON object per line
    Json,
}

/// The configuration file. Its keys are the names of the options; `limits`, `mail`,
/// `outbound` and `providers` are tables.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "snake_case")]
pub struct ServeFile {
    pub listen: Option<String>,
    pub postgres: Option<String>,
    pub redis: Option<String>,
    pub only: Option<Part>,
    pub public_url: Option<String>,
    pub trusted_proxies: Option<String>,
    pub dashboard_dir: Option<PathBuf>,
    pub log_format: Option<LogFormat>,
    pub log: Option<String>,
    pub slots: Option<usize>,
    pub limits: LimitArgs,
    pub mail: MailArgs,
    pub sign_up: Option<SignUpChoice>,
    pub lease_ms: Option<u64>,
    pub grace_seconds: Option<u64>,
    pub statement_timeout_ms: Option<u64>,
    pub fresh_proof_minutes: Option<u64>,
    pub server_key: Option<String>,
    pub outbound: OutboundConfig,
    pub sign_in: Vec<SignInProvider>,
    pub providers: ProvidersConfig,
}

/// Whether all addresses are reachable from this machine only.
pub fn is_loopback(addresses: &[SocketAddr]) -> bool {
    addresses.iter().all(|address| address.ip().is_loopback())
}
