//! The application's configuration, such as the database and the cost of password hashes.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use components::http::GuardedClient;

mod sign_in;
mod sign_up;

pub use sign_in::ServerProvider;
pub use sign_up::SignUp;

/// The database to use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Database {
    /// `flowmason.db` in the data folder.
    Sqlite,
    /// A PostgreSQL database, connected to as its owner.
    Postgres {
        /// The URL, `postgres://…`.
        url: String,
        /// The largest number of connections.
        max_connections: u32,
    },
}

/// The application's configuration. The entry points have their own.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The data folder: the SQLite file, the server's key.
    pub data_dir: PathBuf,
    /// The database to use.
    pub database: Database,
    /// The URL of Redis, for wake-ups and live messages between processes; absent: in-process only.
    pub redis: Option<String>,
    /// The server's key (at least 32 bytes); absent: `server.key` in the data folder, created at
    /// the first start. Processes that share a database must share the key.
    pub server_key: Option<Vec<u8>>,
    /// The cost of password hashes, as a power of two.
    pub password_cost: u32,
    /// How long a proof of identity allows dangerous changes.
    pub fresh_proof: Duration,
    /// The timeout of one statement of the API on PostgreSQL.
    pub statement_timeout: Duration,
    /// The URL under which people reach this server, without a slash at the end. Links in mails
    /// begin with it, never with the host of a request.
    pub base_url: String,
    /// The SMTP server; absent: no mail is sent.
    pub mail: Option<mailer::SmtpSettings>,
    /// The name servers for proofs of domains; empty: those of `/etc/resolv.conf`.
    pub name_servers: Vec<SocketAddr>,
    /// The client for requests to identity providers and webhook endpoints; absent: one without an operator's exceptions.
    pub http: Option<GuardedClient>,
    /// The identity providers of the whole server.
    pub sign_in: Vec<ServerProvider>,
    /// Who gets an account. `Open` needs `mail`.
    pub sign_up: SignUp,
}

impl Settings {
    /// The default cost of password hashes.
    pub const PASSWORD_COST: u32 = 12;
    /// By default, a proof of identity allows dangerous changes for ten minutes.
    pub const FRESH_PROOF: Duration = Duration::from_secs(600);
    /// The default timeout of a statement.
    pub const STATEMENT_TIMEOUT: Duration = Duration::from_secs(10);

    /// Default settings with SQLite in this folder.
    pub fn embedded(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            database: Database::Sqlite,
            redis: None,
            server_key: None,
            password_cost: Self::PASSWORD_COST,
            fresh_proof: Self::FRESH_PROOF,
            statement_timeout: Self::STATEMENT_TIMEOUT,
            base_url: "http://127.0.0.1:8080".to_owned(),
            mail: None,
            name_servers: Vec::new(),
            http: None,
            sign_in: Vec::new(),
            sign_up: SignUp::default(),
        }
    }

    /// The database's URL, for the migrations.
    pub fn database_url(&self) -> String {
        match &self.database {
            Database::Sqlite => crate::db::sqlite_url(&self.data_dir.join("flowmason.db")),
            Database::Postgres { url, .. } => url.clone(),
        }
    }
}
