//! The measured program in its own process, on a fresh PostgreSQL database, with a signed-in owner
//! and the API key of a service account, whose rights come from grants.

use std::{process::Stdio, time::Duration};

use serde_json::json;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use crate::{
    Error, Settings,
    client::{Client, header},
    grants, sql,
};

/// A running server.
pub struct Server {
    child: Child,
    /// `127.0.0.1:PORT`
    pub host: String,
    /// The database's name.
    pub database: String,
    /// The owner's session, as a `Cookie` header line.
    pub cookie: String,
    /// An API key, as an `Authorization` header line.
    pub key: String,
}

impl Server {
    /// Starts it on a fresh database and signs in.
    pub async fn start(settings: &Settings, name: &str) -> Result<Self, Error> {
        let database = format!("bench_{name}");
        sql::create_database(settings, &database)?;
        let (child, host, token) = first_start(settings, &database).await?;
        let mut client = Client::connect(&host, "").await?;
        let answer = client
            .post("/auth/link", &json!({ "token": token }).to_string())
            .await?;
        let cookie = header(&answer.headers, "set-cookie").and_then(|c| c.split(';').next());
        let cookie = cookie.ok_or_else(|| format!("sign-in: status {}", answer.status))?;
        let cookie = format!("Cookie: {cookie}\r\n");
        let mut client = Client::connect(&host, &cookie).await?;
        let secret = grants::give(&mut client).await?;
        let key = format!("Authorization: Bearer {secret}\r\n");
        Ok(Self {
            child,
            host,
            database,
            cookie,
            key,
        })
    }

    /// A connection with the API key.
    pub async fn client(&self) -> Result<Client, Error> {
        Client::connect(&self.host, &self.key).await
    }

    /// Creates a pipeline and returns its id.
    pub async fn create_pipeline(&self, source: &str) -> Result<String, Error> {
        let made = self
            .client()
            .await?
            .graphql(
                "mutation($input: CreatePipelineInput!) \
                 { createPipeline(input: $input) { pipeline { id } } }",
                json!({ "input": { "source": source } }),
            )
            .await?;
        Ok(made["createPipeline"]["pipeline"]["id"]
            .as_str()
            .ok_or("no id")?
            .to_owned())
    }

    /// Stops the server and waits for its end.
    pub async fn stop(mut self) -> Result<(), Error> {
        self.child.kill().await?;
        Ok(())
    }
}

/// A free address on loopback.
pub fn free_host() -> Result<String, Error> {
    let port = std::net::TcpListener::bind("127.0.0.1:0")?
        .local_addr()?
        .port();
    Ok(format!("127.0.0.1:{port}"))
}

/// The command that starts the program on a database.
pub fn command(settings: &Settings, database: &str, host: &str) -> Command {
    let mut command = Command::new(&settings.program);
    command
        .args([
            "serve",
            "--listen",
            host,
            "--postgres",
            &sql::url(settings, database),
        ])
        .args(["--redis", &settings.redis])
        .env("FLOWMASON_DATA_DIR", settings.folder.join(database))
        .env("FLOWMASON_LOG", "warn")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .kill_on_drop(true);
    command
}

/// Starts the program for the first time on a database and waits for the sign-in link's token.
async fn first_start(
    settings: &Settings,
    database: &str,
) -> Result<(Child, String, String), Error> {
    let host = free_host()?;
    let mut child = command(settings, database, &host).spawn()?;
    let out = child.stdout.take().ok_or("no standard output")?;
    let mut lines = BufReader::new(out).lines();
    let token = loop {
        let line = tokio::time::timeout(Duration::from_secs(60), lines.next_line()).await??;
        let line = line.ok_or("the server ended before it printed a sign-in link")?;
        if let Some((_, token)) = line.split_once("#token=") {
            break token.trim().to_owned();
        }
    };
    // Keeps reading, so that the server never blocks on a full pipe.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    Ok((child, host, token))
}
