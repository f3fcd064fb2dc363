//! A PostgreSQL server for one test, which can be stopped and restarted.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::{Pid, geteuid},
};
use tokio::process::{Child, Command};

use super::process::Error;

/// A running server; it is stopped on drop.
pub struct Postgres {
    bin: PathBuf,
    home: tempfile::TempDir,
    port: u16,
    child: Child,
}

/// How a server is stopped.
#[derive(Clone, Copy, Debug)]
pub enum Stop {
    /// Open transactions are rolled back, and the server shuts down gracefully.
    Fast,
    /// The server ends immediately, as after a crash, and recovers at the next start.
    Immediate,
}

impl Postgres {
    /// Creates and starts a server; `None` if PostgreSQL's programs are not installed.
    pub async fn start() -> Result<Option<Self>, Error> {
        let Some(bin) = programs() else {
            return Ok(None);
        };
        let home = tempfile::tempdir()?;
        let data = home.path().join("data");
        if geteuid().is_root() {
            run(Command::new("chown").arg("postgres").arg(home.path())).await?;
        }
        let mut initdb = as_postgres(&bin.join("initdb"));
        initdb.arg("-D").arg(&data).current_dir("/");
        run(initdb.args([
            "-U",
            "postgres",
            "-A",
            "trust",
            "-N",
            "--no-locale",
            "-E",
            "UTF8",
        ]))
        .await?;
        let port = std::net::TcpListener::bind("127.0.0.1:0")?
            .local_addr()?
            .port();
        let child = serve(&bin, home.path(), port)?;
        let this = Self {
            bin,
            home,
            port,
            child,
        };
        this.ready().await?;
        Ok(Some(this))
    }

    /// The URL of its maintenance database.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Stops the server and restarts it on the same data. Returns how long it was unavailable.
    pub async fn restart(&mut self, how: Stop) -> Result<Duration, Error> {
        let before = Instant::now();
        self.signal(match how {
            Stop::Fast => Signal::SIGINT,
            Stop::Immediate => Signal::SIGQUIT,
        })?;
        tokio::time::timeout(Duration::from_secs(20), self.child.wait()).await??;
        self.child = serve(&self.bin, self.home.path(), self.port)?;
        self.ready().await?;
        Ok(before.elapsed())
    }

    fn signal(&self, signal: Signal) -> Result<(), Error> {
        let id = self.child.id().ok_or("PostgreSQL has ended")?;
        Ok(kill(Pid::from_raw(i32::try_from(id)?), signal)?)
    }

    async fn ready(&self) -> Result<(), Error> {
        let until = Instant::now() + Duration::from_secs(30);
        loop {
            let mut ask = Command::new(self.bin.join("pg_isready"));
            if run(ask.args(["-q", "-d", &self.url()])).await.is_ok() {
                return Ok(());
            }
            if Instant::now() > until {
                return Err("PostgreSQL does not answer".into());
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Its children end with it. Waits for the end, so that its folder can be deleted.
        if self.signal(Signal::SIGQUIT).is_ok() {
            let until = Instant::now() + Duration::from_secs(5);
            while Instant::now() < until && matches!(self.child.try_wait(), Ok(None)) {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }
}

/// The folder of the newest PostgreSQL programs that Debian's packages installed.
fn programs() -> Option<PathBuf> {
    let found = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let version = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u32>().ok();
    let mut found: Vec<PathBuf> = found.filter_map(|entry| Some(entry.ok()?.path())).collect();
    found.sort_by_key(version);
    let bin = found.pop()?.join("bin");
    bin.join("postgres").is_file().then_some(bin)
}

fn serve(bin: &Path, home: &Path, port: u16) -> Result<Child, Error> {
    let mut server = as_postgres(&bin.join("postgres"));
    server
        .arg("-D")
        .arg(home.join("data"))
        .args(["-p", &port.to_string()])
        .current_dir("/");
    // Without fsync a power cut would lose data; a crash of the server alone does not.
    for setting in [
        "listen_addresses=127.0.0.1",
        "unix_socket_directories=",
        "fsync=off",
    ] {
        server.args(["-c", setting]);
    }
    server
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    Ok(server.kill_on_drop(true).spawn()?)
}

/// PostgreSQL refuses to run as root. In that case, it runs as the user of Debian's package.
fn as_postgres(program: &Path) -> Command {
    if !geteuid().is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid=postgres", "--regid=postgres", "--clear-groups"])
        .arg(program);
    command
}

async fn run(command: &mut Command) -> Result<(), Error> {
    let done = command.stdin(Stdio::null()).output().await?;
    if done.status.success() {
        return Ok(());
    }
    Err(format!("{command:?}: {}", String::from_utf8_lossy(&done.stderr)).into())
}
