//! The options of `serve`: command line, environment and file, in this order of precedence.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, ValueEnum};
use components::{http::OutboundConfig, model::ProvidersConfig};
use serde::Deserialize;

use crate::limits::LimitArgs;

/// Serve the API, the dashboard and the workers
#[derive(Args, Clone, Debug, Default)]
pub struct ServeArgs {
    /// Address to listen on [default: 127.0.0.1:8080]
    #[arg(long, env = "FLOWMASON_LISTEN", value_name = "ADDR")]
    pub listen: Option<String>,

    /// Use this PostgreSQL database (the owner's URL) instead of SQLite
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

    /// Proxies in front of this server whose X-Forwarded-For is believed: addresses and networks,
    /// `10.0.0.7,10.1.0.0/16` [default: none]
    #[arg(long, env = "FLOWMASON_TRUSTED_PROXIES", value_name = "LIST")]
    pub trusted_proxies: Option<String>,

    /// Configuration file [default: flowmason.toml in the data folder, if there is one]
    #[arg(long, env = "FLOWMASON_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Serve the dashboard from this folder instead of the built-in one
    #[arg(long, env = "FLOWMASON_DASHBOARD_DIR", value_name = "DIR")]
    pub dashboard_dir: Option<PathBuf>,

    /// How the log is written [default: text on a terminal, else json]
    #[arg(long, env = "FLOWMASON_LOG_FORMAT", value_name = "FORMAT")]
    pub log_format: Option<LogFormat>,

    /// What is logged, as in `info,api=debug` [default: info]
    #[arg(long, env = "FLOWMASON_LOG", value_name = "FILTER")]
    pub log: Option<String>,

    /// How many runs this process drives at once
    #[arg(long, env = "FLOWMASON_SLOTS", value_name = "N")]
    pub slots: Option<usize>,

    #[command(flatten)]
    pub limits: LimitArgs,

    /// How long a lease on a run lasts without renewal, in milliseconds
    #[arg(long, env = "FLOWMASON_LEASE_MS", value_name = "MS")]
    pub lease_ms: Option<u64>,

    /// Grace period for runs to reach a clean point after a stop was requested, in seconds
    #[arg(long, env = "FLOWMASON_GRACE_SECONDS", value_name = "S")]
    pub grace_seconds: Option<u64>,

    /// How long one statement of the API may take on PostgreSQL, in milliseconds [default: 10000]
    #[arg(long, env = "FLOWMASON_STATEMENT_TIMEOUT_MS", value_name = "MS")]
    pub statement_timeout_ms: Option<u64>,

    /// Private addresses that outbound requests may reach: `HOST:PORT,HOST:PORT`
    #[arg(long, env = "FLOWMASON_OUTBOUND_ALLOW", value_name = "LIST")]
    pub outbound_allow: Option<String>,

    /// Name servers for outbound requests, `IP:PORT,IP:PORT`; those of /etc/resolv.conf unless set
    #[arg(long, env = "FLOWMASON_NAME_SERVERS", value_name = "LIST")]
    pub name_servers: Option<String>,

    /// A page at /graphql for trying queries; for development only
    #[arg(long, env = "FLOWMASON_DEV")]
    pub dev: bool,

    /// The server's key in base64, at least 32 bytes; processes that share a database share it
    #[arg(long, env = "FLOWMASON_SERVER_KEY", value_name = "KEY", hide = true)]
    pub server_key: Option<String>,

    /// The cost of password hashes
    #[arg(long, env = "FLOWMASON_PASSWORD_COST", value_name = "N", hide = true)]
    pub password_cost: Option<u32>,

    /// Print the GraphQL schema and end
    #[arg(long, hide = true)]
    pub print_schema: bool,
}

/// A part of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The API and the dashboard
    Api,
    /// The workers that drive runs
    Worker,
}

/// A form of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// For people
    Text,
    /// One JSON object per line
    Json,
}

/// The file. The same names as the options, and what has no option.
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
    pub lease_ms: Option<u64>,
    pub grace_seconds: Option<u64>,
    pub statement_timeout_ms: Option<u64>,
    pub server_key: Option<String>,
    pub outbound: OutboundConfig,
    pub providers: ProvidersConfig,
}

/// An address that was looked up, and whether it is of this machine only.
pub fn is_loopback(addresses: &[SocketAddr]) -> bool {
    addresses.iter().all(|address| address.ip().is_loopback())
}
