//! The data of a system under test: a folder and, on PostgreSQL, a database.

use sea_orm::{ConnectionTrait, Database};

use super::process::{Error, Launch};

/// A folder and, on PostgreSQL, a database.
pub struct Place {
    /// The data folder.
    pub folder: tempfile::TempDir,
    /// On PostgreSQL: the server's URL, the database's name and the URL of Redis.
    large: Option<(String, String, String)>,
}

impl Place {
    /// Creates a place on SQLite.
    pub fn small() -> Result<Self, Error> {
        let folder = tempfile::tempdir()?;
        Ok(Self {
            folder,
            large: None,
        })
    }

    /// Creates a place on the PostgreSQL and Redis servers that the environment names; `None` if it
    /// names none.
    pub async fn large() -> Result<Option<Self>, Error> {
        let named = |name: &str| std::env::var(name).ok().filter(|url| !url.is_empty());
        let servers = named("FLOWMASON_TEST_POSTGRES").zip(named("FLOWMASON_TEST_REDIS"));
        let Some((server, redis)) = servers else {
            return Ok(None);
        };
        let name = format!("fault_test_{}", uuid::Uuid::new_v4().simple());
        admin(&server, &format!("CREATE DATABASE {name}")).await?;
        Ok(Some(Self {
            folder: tempfile::tempdir()?,
            large: Some((server, name, redis)),
        }))
    }

    /// The database's URL, with its owner's credentials.
    pub fn url(&self) -> String {
        match &self.large {
            None => {
                let file = self.folder.path().join("flowmason.db");
                format!("sqlite://{}?mode=rw", file.display())
            }
            Some((server, name, _)) => {
                let base = server.rsplit_once('/').map_or(server.as_str(), |s| s.0);
                format!("{base}/{name}")
            }
        }
    }

    /// The server's `HOST:PORT`.
    pub fn server(&self) -> Option<String> {
        let url = url::Url::parse(&self.large.as_ref()?.0).ok()?;
        Some(format!(
            "{}:{}",
            url.host_str()?,
            url.port().unwrap_or(5432)
        ))
    }

    /// The URL through a proxy.
    pub fn url_by(&self, proxy: &str) -> String {
        let server = self.server().unwrap_or_default();
        format!("{}?sslmode=disable", self.url().replace(&server, proxy))
    }

    /// How to launch the program on this place. `sink`: the addresses that it may call.
    pub fn launch(&self, program: std::path::PathBuf, sink: &str) -> Launch {
        Launch {
            program,
            data: self.folder.path().to_path_buf(),
            backend: match &self.large {
                None => vec![],
                Some((_, _, redis)) => ["--postgres", &self.url(), "--redis", redis]
                    .map(str::to_owned)
                    .to_vec(),
            },
            sink: sink.to_owned(),
            env: vec![],
        }
    }

    /// Whether this is PostgreSQL.
    pub fn is_large(&self) -> bool {
        self.large.is_some()
    }

    /// The end of the processes' log.
    pub fn log(&self) -> String {
        let log = std::fs::read_to_string(self.folder.path().join("test.log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(60)..].join("\n")
    }

    /// Drops the database. The folder is deleted automatically.
    pub async fn drop(self) -> Result<(), Error> {
        if let Some((server, name, _)) = &self.large {
            let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
            admin(server, &drop).await?;
        }
        Ok(())
    }
}

async fn admin(server: &str, sql: &str) -> Result<(), Error> {
    let db = Database::connect(server).await?;
    db.execute_unprepared(sql).await?;
    Ok(db.close().await?)
}
