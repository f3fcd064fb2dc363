//! The platform's database, opened for a command without serving anything.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use clap::Args;
use components::model::Providers;
use domain::{App, Database, Settings};
use types::Clock;

use super::{args::ServeArgs, config::ServeConfig, folder, lock, mail::MailArgs, start};
use crate::exit::Exit;

/// Where the platform's database is. The options are those of `serve`.
#[derive(Args, Debug)]
pub struct PlaceArgs {
    /// Data folder [default: .flowmason]
    #[arg(long, env = "FLOWMASON_DATA_DIR", value_name = "DIR")]
    data_dir: Option<PathBuf>,

    /// Use this PostgreSQL database instead of SQLite; the URL must be that of the database's owner
    #[arg(
        long,
        env = "FLOWMASON_POSTGRES",
        value_name = "URL",
        hide_env_values = true
    )]
    postgres: Option<String>,

    /// The Redis of the running servers, which hear of the change at once
    #[arg(
        long,
        env = "FLOWMASON_REDIS",
        value_name = "URL",
        hide_env_values = true
    )]
    redis: Option<String>,

    /// Public URL of the server (https://…)
    #[arg(long, env = "FLOWMASON_PUBLIC_URL", value_name = "URL")]
    public_url: Option<String>,

    /// Configuration file [default: flowmason.toml in the data folder, if there is one]
    #[arg(long, env = "FLOWMASON_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,

    /// The server's key in base64
    #[arg(long, env = "FLOWMASON_SERVER_KEY", value_name = "KEY", hide = true)]
    server_key: Option<String>,

    #[command(flatten)]
    mail: MailArgs,
}

/// Why the database was not opened, or a command failed.
#[derive(Debug)]
pub struct Refused {
    pub exit: Exit,
    pub message: String,
}

/// The opened platform. With SQLite, no other process can use the data folder until it is dropped.
#[derive(Debug)]
pub struct Offline {
    /// The application.
    pub app: App,
    _lock: Option<lock::DataLock>,
}

impl Offline {
    /// Opens the database of a server that has run before. No database, table or key is created.
    pub async fn open(place: PlaceArgs) -> Result<Self, Refused> {
        let config = ServeConfig::load(place.into()).map_err(|error| Refused {
            exit: Exit::Usage,
            message: error.to_string(),
        })?;
        let settings = Settings {
            base_url: start::base_url(&config, config.listen.first().map(SocketAddr::port)),
            ..config.settings
        };
        require_a_server(&settings)?;
        folder::own(&settings.data_dir).map_err(not_set_up)?;
        let lock = match settings.database {
            Database::Sqlite => Some(lock::take(&settings.data_dir).map_err(not_set_up)?),
            Database::Postgres { .. } => None,
        };
        let registry = Arc::new(components::registry());
        let app = App::open(settings, Clock::system(), registry, Providers::default()).await;
        let app = app.map_err(|error| not_set_up(error.message.into_owned()))?;
        let applied = app.migrations().await;
        let applied = applied.map_err(|error| not_set_up(error.message.into_owned()))?;
        if migrations::names()
            .iter()
            .any(|name| !applied.contains(name))
        {
            let problem = "The database is of an older version of FlowMason; start `flowmason serve` \
                of this version first";
            return Err(not_set_up(problem.to_owned()));
        }
        Ok(Self { app, _lock: lock })
    }
}

/// Refuses a folder in which no server has run: opening it would create another database, or another
/// key than the one of the servers.
fn require_a_server(settings: &Settings) -> Result<(), Refused> {
    let folder = &settings.data_dir;
    let missing = |file: &str| !folder.join(file).exists();
    if settings.database == Database::Sqlite && missing("flowmason.db") {
        return Err(not_set_up(format!(
            "There is no database in {}; set FLOWMASON_DATA_DIR to the data folder of the server, or \
             FLOWMASON_POSTGRES to its database",
            folder.display()
        )));
    }
    if settings.server_key.is_none() && missing("server.key") {
        return Err(not_set_up(format!(
            "There is no key of a server in {}; set FLOWMASON_DATA_DIR to the data folder of the \
             server, or FLOWMASON_SERVER_KEY to its key",
            folder.display()
        )));
    }
    Ok(())
}

fn not_set_up(message: String) -> Refused {
    Refused {
        exit: Exit::NotSetUp,
        message,
    }
}

impl From<PlaceArgs> for ServeArgs {
    fn from(place: PlaceArgs) -> Self {
        Self {
            data_dir: place.data_dir,
            postgres: place.postgres,
            redis: place.redis,
            public_url: place.public_url,
            config: place.config,
            server_key: place.server_key,
            mail: place.mail,
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn place(folder: &Path) -> PlaceArgs {
        PlaceArgs {
            data_dir: Some(folder.to_owned()),
            postgres: None,
            redis: None,
            public_url: None,
            config: None,
            server_key: None,
            mail: MailArgs::default(),
        }
    }

    async fn refused(folder: &Path) -> String {
        let refused = Offline::open(place(folder)).await.unwrap_err();
        assert_eq!(refused.exit, Exit::NotSetUp, "{}", refused.message);
        refused.message
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn only_the_database_of_a_server_that_has_run_and_is_stopped_is_opened() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("data");
        assert!(refused(&folder).await.contains("There is no database in"));
        assert!(!folder.exists(), "nothing is created");

        std::fs::create_dir(&folder).unwrap();
        let settings = Settings::embedded(&folder);
        migrations::migrate(&settings.database_url()).await.unwrap();
        assert!(refused(&folder).await.contains("There is no key"));
        assert!(!folder.join("server.key").exists());

        let registry = Arc::new(::components::registry());
        let app = App::open(settings, Clock::system(), registry, Providers::default()).await;
        app.unwrap().close().await;
        let running = lock::take(&folder).unwrap();
        let message = refused(&folder).await;
        assert!(message.contains("Another FlowMason process"), "{message}");
        drop(running);

        let opened = Offline::open(place(&folder)).await.unwrap();
        let nobody = domain::identity::second_factor_of(&opened.app, "ada@example.org").await;
        assert!(nobody.is_err());
        opened.app.close().await;
    }
}
