//! `flowmason serve` as a process that can be killed and restarted, and a client for it.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use nix::{sys::signal::Signal, unistd::Pid};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpStream,
    process::{Child, Command},
};

/// An error of the test.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// How the program is launched. Each launch uses the same settings.
#[derive(Clone, Debug)]
pub struct Launch {
    /// The program.
    pub program: PathBuf,
    /// Its data folder.
    pub data: PathBuf,
    /// `--postgres` and `--redis`, or nothing.
    pub backend: Vec<String>,
    /// Addresses that the guarded client may call: `HOST:PORT,…`
    pub sink: String,
    /// Additional environment variables, which take precedence.
    pub env: Vec<(String, String)>,
}

/// A running process.
pub struct Server {
    child: Child,
    /// The address on which it listens; empty for a worker.
    pub host: String,
    /// The one-time sign-in link's token, if one was printed.
    pub token: Option<String>,
}

impl Launch {
    fn command(&self, part: Option<&str>) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("serve").args(&self.backend);
        if let Some(part) = part {
            command.args(["--only", part]);
        }
        command
            .env("FLOWMASON_DATA_DIR", &self.data)
            .env("FLOWMASON_LEASE_MS", "1000")
            .env("FLOWMASON_OUTBOUND_ALLOW", &self.sink)
            .env("FLOWMASON_LOG", "warn")
            .envs(self.env.iter().cloned())
            .stdin(Stdio::null())
            .stderr(log_file(&self.data))
            .kill_on_drop(true);
        command
    }

    /// Starts a worker without an API. The owners of its leases begin with its name.
    pub fn worker(&self, name: &str) -> Result<Server, Error> {
        let mut command = self.command(Some("worker"));
        command
            .args(["--listen", "127.0.0.1:0"])
            .env("HOSTNAME", name);
        let child = command.stdout(Stdio::null()).spawn()?;
        Ok(Server {
            child,
            host: String::new(),
            token: None,
        })
    }

    /// Starts the program (or only one part, such as its API) and waits until it responds.
    pub async fn serve(&self, part: Option<&str>) -> Result<Server, Error> {
        let port = std::net::TcpListener::bind("127.0.0.1:0")?
            .local_addr()?
            .port();
        let host = format!("127.0.0.1:{port}");
        let mut command = self.command(part);
        let mut child = command
            .args(["--listen", &host])
            .stdout(Stdio::piped())
            .spawn()?;
        let out = child.stdout.take().ok_or("no standard output")?;
        let mut lines = BufReader::new(out).lines();
        let mut server = Server {
            child,
            host,
            token: None,
        };
        let patience = Instant::now() + Duration::from_secs(60);
        // The sign-in link, if there is one, is printed directly after the address.
        let mut listens = false;
        while !listens || server.token.is_none() {
            let limit = Duration::from_millis(if listens { 200 } else { 60_000 });
            match tokio::time::timeout(limit, lines.next_line()).await {
                Err(_) if listens => break,
                Ok(Ok(Some(line))) => {
                    listens |= line.starts_with("FlowMason is at");
                    if let Some((_, token)) = line.split_once("#token=") {
                        server.token = Some(token.trim().to_owned());
                    }
                }
                _ => return Err(self.failed("the program did not start")),
            }
        }
        // Keeps reading, so that the program never blocks on a full pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        while TcpStream::connect(&server.host).await.is_err() {
            if Instant::now() > patience {
                return Err(self.failed("the program does not listen"));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(server)
    }

    /// Adds an environment variable.
    #[must_use]
    pub fn with(&self, name: &str, value: impl ToString) -> Self {
        let mut with = self.clone();
        with.env.push((name.to_owned(), value.to_string()));
        with
    }

    /// An error that includes the program's log.
    pub fn failed(&self, what: &str) -> Error {
        let log = std::fs::read_to_string(self.data.join("test.log")).unwrap_or_default();
        let end: Vec<&str> = log.lines().rev().take(20).collect();
        format!(
            "{what}:\n{}",
            end.into_iter().rev().collect::<Vec<_>>().join("\n")
        )
        .into()
    }
}

/// Whether each thread of a process is in the state T; see proc(5).
fn all_stopped(process: u32) -> Result<bool, Error> {
    for thread in std::fs::read_dir(format!("/proc/{process}/task"))? {
        let stat = std::fs::read_to_string(thread?.path().join("stat"))?;
        // The process name is in parentheses and can contain any character.
        let state = stat
            .rsplit(") ")
            .next()
            .and_then(|rest| rest.chars().next());
        if state != Some('T') {
            return Ok(false);
        }
    }
    Ok(true)
}

fn log_file(data: &Path) -> Stdio {
    let path = data.join("test.log");
    let open = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(path);
    open.map_or_else(|_| Stdio::null(), Stdio::from)
}

impl Server {
    /// Sends SIGKILL: no handler runs, nothing is flushed. It is an error if the process has
    /// already ended by itself, because the kill would test nothing.
    pub async fn kill(&mut self) -> Result<(), Error> {
        if let Some(status) = self.child.try_wait()? {
            return Err(format!("a process ended by itself: {status}").into());
        }
        Ok(self.child.kill().await?)
    }

    /// Sends SIGSTOP and waits until every thread is stopped; on a busy machine, threads continue
    /// for a while after the signal. Connections stay open.
    pub async fn pause(&self) -> Result<(), Error> {
        self.signal(Signal::SIGSTOP)?;
        let process = self.child.id().ok_or("the process has ended")?;
        for _ in 0..1_000 {
            if all_stopped(process)? {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Err("the process does not stop".into())
    }

    /// Sends SIGCONT: the process continues.
    pub fn resume(&self) -> Result<(), Error> {
        self.signal(Signal::SIGCONT)
    }

    /// Sends SIGTERM and waits at most `patience` for the process to end. Returns how long that
    /// took.
    pub async fn stop(&mut self, patience: Duration) -> Result<Duration, Error> {
        let begin = Instant::now();
        self.signal(Signal::SIGTERM)?;
        let ended = tokio::time::timeout(patience, self.child.wait()).await;
        ended.map_err(|_| format!("no end within {patience:?} after SIGTERM"))??;
        Ok(begin.elapsed())
    }

    /// The resident memory of the process, in bytes.
    pub fn memory(&self) -> Result<u64, Error> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id()?))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        Ok(kib.ok_or("no VmRSS")? * 1024)
    }

    fn signal(&self, signal: Signal) -> Result<(), Error> {
        let id = i32::try_from(self.id()?)?;
        Ok(nix::sys::signal::kill(Pid::from_raw(id), signal)?)
    }

    /// The process's id; an error if it has ended.
    pub fn id(&self) -> Result<u32, Error> {
        Ok(self.child.id().ok_or("the process has ended")?)
    }

    /// The processor time used so far by all threads.
    pub fn cpu(&self) -> Result<Duration, Error> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.id()?))?;
        // Fields after the name in parentheses: the state is the first, utime and stime are the
        // 12th and 13th.
        let after = stat.rsplit_once(") ").ok_or("no name")?.1;
        let fields: Vec<&str> = after.split(' ').collect();
        let ticks = |at: usize| fields.get(at).and_then(|f| f.parse::<u64>().ok());
        let ticks = ticks(11).zip(ticks(12)).ok_or("no times")?;
        // Linux reports these times in hundredths of a second.
        Ok(Duration::from_millis((ticks.0 + ticks.1) * 10))
    }
}

/// A client of the API. Each request may go to a different process.
#[derive(Clone)]
pub struct Caller {
    client: reqwest::Client,
    key: String,
}

impl Caller {
    /// Signs in with the printed link and creates an API key.
    pub async fn first(server: &Server) -> Result<Self, Error> {
        let (client, session) = sign_in(server).await?;
        let key = new_key(&client, server, &session, None).await?;
        Ok(Self { client, key })
    }

    /// Like [`Caller::first`], for two organizations of one person.
    pub async fn two(server: &Server) -> Result<[Self; 2], Error> {
        let (client, session) = sign_in(server).await?;
        let make = "mutation { createOrganization(input: { name: \"other\" }) \
                    { organization { id } } }";
        let made = ask(&client, server, &session, None, make).await?;
        let org = text(&made["data"]["createOrganization"]["organization"]["id"])?;
        // A person in several organizations must name the one to act in.
        let orgs = "{ viewer { organizations { id } } }";
        let all = ask(&client, server, &session, Some(&org), orgs).await?;
        let other = all["data"]["viewer"]["organizations"].as_array();
        let other = other.and_then(|all| all.iter().find(|one| one["id"] != org.as_str()));
        let other = text(&other.ok_or_else(|| format!("no first organization: {all}"))?["id"])?;
        let mut callers = Vec::new();
        for org in [other, org] {
            let key = new_key(&client, server, &session, Some(&org)).await?;
            let client = client.clone();
            callers.push(Self { client, key });
        }
        <[Self; 2]>::try_from(callers).map_err(|_| "not two".into())
    }

    /// The API key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Creates a pipeline and returns its id.
    pub async fn create(&self, host: &str, source: &Value) -> Result<String, Error> {
        let create = "mutation($source: String!) { createPipeline(input: { source: $source }) \
                      { pipeline { id } } }";
        let made = self
            .data(host, create, json!({ "source": source.to_string() }))
            .await?;
        text(&made["createPipeline"]["pipeline"]["id"])
    }

    /// Starts a run and returns its id. With an idempotency key, it can be retried after a lost
    /// response.
    pub async fn start(
        &self,
        host: &str,
        pipeline: &str,
        input: Value,
        key: Option<&str>,
    ) -> Result<String, Error> {
        let start = "mutation($i: StartRunInput!) { startRun(input: $i) { run { id } } }";
        let input = json!({ "pipelineId": pipeline, "input": input, "idempotencyKey": key });
        let started = self.data(host, start, json!({ "i": input })).await?;
        text(&started["startRun"]["run"]["id"])
    }

    /// Requests the cancellation of a run.
    pub async fn cancel(&self, host: &str, run: &str) -> Result<(), Error> {
        let cancel = "mutation($id: ID!) { cancelRun(input: { runId: $id }) { run { id } } }";
        self.data(host, cancel, json!({ "id": run })).await?;
        Ok(())
    }

    /// Waits until all of these runs are finished and returns their statuses.
    pub async fn finished(
        &self,
        host: &str,
        runs: &[String],
        patience: Duration,
    ) -> Result<Vec<String>, Error> {
        let query = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Run { id status lastSeq } } }";
        let until = Instant::now() + patience;
        loop {
            // During a fault, the server may not respond.
            let data = self.data(host, query, json!({ "ids": runs })).await;
            let nodes = match &data {
                Ok(data) => data["nodes"].as_array().cloned().unwrap_or_default(),
                Err(_) => vec![],
            };
            let states: Vec<String> = nodes
                .iter()
                .filter_map(|run| run["status"].as_str().map(str::to_owned))
                .collect();
            let over = |state: &String| ["SUCCEEDED", "FAILED", "CANCELLED"].contains(&&**state);
            if states.len() == runs.len() && states.iter().all(over) {
                return Ok(states);
            }
            if Instant::now() > until {
                data?;
                return Err(format!("V9 not finished after {patience:?}: {nodes:?}").into());
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    /// Runs an operation and returns its data.
    pub async fn data(&self, host: &str, query: &str, variables: Value) -> Result<Value, Error> {
        let request = self
            .client
            .post(format!("http://{host}/graphql"))
            .bearer_auth(&self.key);
        let body = json!({ "query": query, "variables": variables });
        let mut json: Value = request.json(&body).send().await?.json().await?;
        if json["errors"].is_array() {
            return Err(format!("{json}").into());
        }
        Ok(json["data"].take())
    }
}

/// Signs in with the printed link and returns the client and its cookie.
async fn sign_in(server: &Server) -> Result<(reqwest::Client, String), Error> {
    components::http::install_crypto();
    let client = reqwest::Client::builder().no_proxy().build()?;
    let base = format!("http://{}", server.host);
    let token = server
        .token
        .as_deref()
        .ok_or("no sign-in link was printed")?;
    let request = client
        .post(format!("{base}/auth/link"))
        .header("origin", &base);
    let answer = request.json(&json!({ "token": token })).send().await?;
    let cookie = answer
        .headers()
        .get("set-cookie")
        .and_then(|c| c.to_str().ok());
    let cookie = cookie
        .and_then(|c| c.split(';').next())
        .unwrap_or_default()
        .to_owned();
    Ok((client, cookie))
}

async fn new_key(
    client: &reqwest::Client,
    server: &Server,
    session: &str,
    org: Option<&str>,
) -> Result<String, Error> {
    let query = "mutation { createApiKey(input: { name: \"kill\", role: DEVELOPER }) { secret } }";
    let json = ask(client, server, session, org, query).await?;
    let secret = json["data"]["createApiKey"]["secret"].as_str();
    Ok(secret.ok_or_else(|| format!("no key: {json}"))?.to_owned())
}

/// Runs an operation with a session, as a browser does.
async fn ask(
    client: &reqwest::Client,
    server: &Server,
    session: &str,
    org: Option<&str>,
    query: &str,
) -> Result<Value, Error> {
    let base = format!("http://{}", server.host);
    let mut request = client
        .post(format!("{base}/graphql"))
        .header("origin", &base)
        .header("cookie", session);
    if let Some(org) = org {
        request = request.header("x-flowmason-org", org);
    }
    Ok(request
        .json(&json!({ "query": query }))
        .send()
        .await?
        .json()
        .await?)
}

fn text(value: &Value) -> Result<String, Error> {
    Ok(value.as_str().ok_or("no id")?.to_owned())
}
