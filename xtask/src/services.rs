//! Private PostgreSQL and Redis servers on free ports, with their data in a temporary folder.
//!
//! Clusters that the system started are not touched. PostgreSQL refuses to run as root; in that
//! case it runs as the user `postgres` of Debian's package.

use std::{
    fs,
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use nix::sys::signal::Signal;

use crate::{error::Result, process};

/// Running servers; they end with the command.
pub struct Services {
    /// URL of PostgreSQL's maintenance database, as its superuser.
    pub postgres: String,
    /// URL of Redis.
    pub redis: String,
    /// The folder of their data.
    pub folder: PathBuf,
}

/// How durable PostgreSQL is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// No fsync, for tests, whose data may be lost.
    None,
    /// PostgreSQL's default, for measurements.
    Full,
}

/// The folder with the server programs of the newest installed PostgreSQL.
pub fn postgres_bin() -> Option<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let version = entry.file_name().to_str()?.parse().ok()?;
            let bin = entry.path().join("bin");
            bin.join("postgres").is_file().then_some((version, bin))
        })
        .collect();
    found.sort();
    found.pop().map(|(_, bin)| bin)
}

/// Starts both servers with their data below `parent`.
pub fn start(parent: &Path, durability: Durability) -> Result<Services> {
    let folder = parent.join(format!("flowmason-services-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755))?;
    process::remove_at_end(&folder);
    let postgres = start_postgres(&folder, durability)?;
    let redis = start_redis(&folder)?;
    Ok(Services {
        postgres,
        redis,
        folder,
    })
}

/// A command that runs as the user `postgres` if the current user is root.
fn as_postgres(program: &Path) -> Command {
    if nix::unistd::geteuid().is_root() {
        let mut command = Command::new("setpriv");
        command
            .args(["--reuid=postgres", "--regid=postgres", "--clear-groups"])
            .arg(program);
        command
    } else {
        Command::new(program)
    }
}

fn start_postgres(folder: &Path, durability: Durability) -> Result<String> {
    let bin = postgres_bin().ok_or("PostgreSQL's server programs are not installed")?;
    let home = folder.join("postgres");
    fs::create_dir_all(&home)?;
    if nix::unistd::geteuid().is_root() {
        process::output(Command::new("chown").arg("postgres").arg(&home))?;
    }
    let data = home.join("data");
    let mut initdb = as_postgres(&bin.join("initdb"));
    initdb
        .arg("-D")
        .arg(&data)
        .args(["-U", "postgres", "-A", "trust", "-N", "--no-locale"]);
    process::output(initdb.args(["-E", "UTF8"]).current_dir(&home))?;

    let port = free_port()?;
    let mut server = as_postgres(&bin.join("postgres"));
    server
        .arg("-D")
        .arg(&data)
        .args(["-p", &port.to_string()])
        .current_dir(&home);
    let mut settings = vec![
        "listen_addresses=127.0.0.1".to_owned(),
        format!("unix_socket_directories={}", home.display()),
        "max_connections=300".to_owned(),
    ];
    match durability {
        Durability::None => settings.extend(
            [
                "fsync=off",
                "synchronous_commit=off",
                "full_page_writes=off",
            ]
            .map(str::to_owned),
        ),
        // The benchmarks read commit timestamps.
        Durability::Full => {
            settings.extend(["shared_buffers=1GB", "track_commit_timestamp=on"].map(str::to_owned))
        }
    }
    for setting in &settings {
        server.args(["-c", setting]);
    }
    let log = fs::File::create(folder.join("postgres.log"))?;
    server.stdout(log.try_clone()?).stderr(log);
    // SIGINT is PostgreSQL's fast shutdown.
    process::start(&mut server, Signal::SIGINT)?;
    let url = format!("postgres://postgres@127.0.0.1:{port}/postgres");
    let ready =
        || process::output(Command::new(bin.join("pg_isready")).args(["-q", "-d", &url])).is_ok();
    wait("PostgreSQL", &folder.join("postgres.log"), ready)?;
    Ok(url)
}

fn start_redis(folder: &Path) -> Result<String> {
    let port = free_port()?;
    let log = folder.join("redis.log");
    let mut server = Command::new("redis-server");
    server.args([
        "--port",
        &port.to_string(),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
    ]);
    server
        .args(["--appendonly", "no", "--daemonize", "no", "--dir"])
        .arg(folder);
    server.stdout(fs::File::create(&log)?).stderr(Stdio::null());
    process::start(&mut server, Signal::SIGTERM)?;
    wait("Redis", &log, || {
        TcpStream::connect(("127.0.0.1", port)).is_ok()
    })?;
    Ok(format!("redis://127.0.0.1:{port}"))
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn wait(name: &str, log: &Path, ready: impl Fn() -> bool) -> Result {
    let patience = Instant::now() + Duration::from_secs(30);
    while !ready() {
        if Instant::now() > patience {
            let text = fs::read_to_string(log).unwrap_or_default();
            return Err(format!("{name} did not start within 30 s:\n{text}").into());
        }
        thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}
