//! The disk of the data folder is filled repeatedly. No acknowledged work is lost, every refusal
//! has an error code, and work continues when there is space again.
//!
//! The folder is its own small file system, so that the error comes from the kernel. The remaining
//! space differs in each round, so that it runs out at different statements: at the start of a
//! transaction, within it, and at its commit. Finally the process is killed: the state of its
//! connections is lost, and the file must contain every acknowledged start.

use std::{
    fs::File,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use sea_orm::{ConnectionTrait, Database, Statement};
use serde_json::{Value, json};

use super::{Setup, full, on_small, run_checker, skipped};
use crate::{
    checker::Knowledge,
    system::{
        process::{Caller, Error, Server},
        random::Random,
        sink::Sink,
    },
};

/// The number of times the disk is filled: a few in every test run, twenty in `cargo xtask attack`.
fn fills() -> usize {
    if full() { 20 } else { 6 }
}

const PATIENCE: Duration = Duration::from_secs(20);
/// The error codes that a client may get while the disk is full.
const NAMES: [&str; 2] = ["STORAGE_FULL", "UNAVAILABLE"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attack_a_full_disk_loses_nothing_that_was_acknowledged_on_sqlite() {
    on_small("a full disk", story).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attack_a_start_on_a_full_disk_is_refused_by_name_and_folder() {
    on_small("a start on a full disk", full_from_the_start).await;
}

/// The disk is full before the server's first start, and before a later one. Each start fails with
/// one clear message, and succeeds once there is space.
async fn full_from_the_start(setup: Setup) -> Result<String, Error> {
    let folder = setup.place.folder.path();
    let Some(disk) = Disk::mount(&folder.join("disk"))? else {
        skipped("a file system cannot be mounted: the disk cannot be filled");
        return Ok("skipped".to_owned());
    };
    let log = folder.join("test.log");
    let mut launch = setup.launch("127.0.0.1:1");
    launch.data.clone_from(&disk.0);
    std::os::unix::fs::symlink(&log, disk.0.join("test.log"))?;
    let mut refusals = 0;
    for has_database in [false, true] {
        for room in [0, 4_096, 40_000, 120_000] {
            disk.fill(room)?;
            std::fs::write(&log, "")?;
            if launch.serve(None).await.is_ok() {
                return Err(format!("the server starts with {room} bytes of free space").into());
            }
            let told = std::fs::read_to_string(&log)?;
            let named = told.lines().any(|line| {
                line.contains("STORAGE_FULL") && line.contains(&*disk.0.to_string_lossy())
            });
            if !named {
                return Err(format!("{room} bytes of free space: no clear error:\n{told}").into());
            }
            refusals += 1;
            disk.free()?;
        }
        let mut server = launch.serve(None).await?;
        if !has_database {
            Caller::first(&server).await?;
        }
        server.stop(PATIENCE).await?;
    }
    Ok(format!(
        "{refusals} starts refused with a clear error, each succeeds with free space"
    ))
}

/// A file system in memory, unmounted on drop.
struct Disk(PathBuf);

impl Disk {
    /// Mounts it; `None` if this process may not mount file systems.
    fn mount(at: &Path) -> Result<Option<Self>, Error> {
        std::fs::create_dir_all(at)?;
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=12m,mode=0700", "tmpfs"]);
        let mounted = mount.arg(at).output()?.status.success();
        Ok(mounted.then(|| Self(at.to_path_buf())))
    }

    /// Fills the disk except for about `room` bytes.
    fn fill(&self, room: usize) -> Result<(), Error> {
        let mut file = File::create(self.0.join("ballast"))?;
        while file.write_all(&[0; 4096]).is_ok() {}
        let size = file.metadata()?.len();
        Ok(file.set_len(size.saturating_sub(room as u64))?)
    }

    fn free(&self) -> Result<(), Error> {
        Ok(std::fs::remove_file(self.0.join("ballast"))?)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // A lazy unmount, since a process that is ending may still have files open.
        let _ = Command::new("umount").arg("-l").arg(&self.0).output();
    }
}

async fn story(setup: Setup) -> Result<String, Error> {
    let folder = setup.place.folder.path();
    let Some(disk) = Disk::mount(&folder.join("disk"))? else {
        skipped("a file system cannot be mounted: the disk cannot be filled");
        return Ok("skipped".to_owned());
    };
    let sink = Sink::start(Duration::from_millis(5)).await?;
    let mut launch = setup.launch(&sink.address);
    launch.data.clone_from(&disk.0);
    // The log of the processes must not be on the full disk.
    std::os::unix::fs::symlink(folder.join("test.log"), disk.0.join("test.log"))?;
    let mut server = launch.serve(None).await?;
    let caller = Caller::first(&server).await?;
    let pipeline = caller.create(&server.host, &source(&sink)).await?;
    let mut random = Random::seeded("disk full");
    let mut known = Knowledge::default();
    let (mut refused, mut busiest) = (0, 0.0_f64);
    let fills = fills();
    for fill in 0..fills {
        let first = known.acknowledged.len();
        disk.fill(usize::try_from(random.draw() % 200_000)?)?;
        let begin = Instant::now();
        for turn in 0..14 {
            let size = usize::try_from(random.draw() % 40_000)?;
            let input = json!({ "run": format!("r{fill}-{turn}"), "blob": "x".repeat(size) });
            // Every third start uses the key of the previous one, so its transaction is rolled
            // back, not committed.
            let again = turn % 3 == 1;
            let key = format!("{fill}-{}", turn - usize::from(again));
            let start = caller.start(&server.host, &pipeline, input, Some(&key));
            match start.await {
                Ok(run) => known.acknowledged.push(run),
                Err(error) if named(&error) => refused += 1,
                Err(error) if again && error.to_string().contains("\"CONFLICT\"") => {}
                Err(error) => return Err(format!("fill {fill}: no error code: {error}").into()),
            }
        }
        // Less space is left than a server needs, and the cached result of the readiness check has
        // expired.
        while ready(&server).await? {
            if begin.elapsed() > PATIENCE {
                return Err(
                    format!("fill {fill}: the disk is full, and the server is ready").into(),
                );
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        // There are no requests, so all processor time is spent on retries.
        let (begin, cpu) = (Instant::now(), server.cpu()?);
        tokio::time::sleep(Duration::from_millis(500)).await;
        let share = (server.cpu()? - cpu).as_secs_f64() / begin.elapsed().as_secs_f64();
        busiest = busiest.max(share);
        if share > 0.5 {
            return Err(format!("fill {fill}: {share:.2} processors spent on retries").into());
        }
        if fill == fills / 2 {
            // A server start on a full disk fails or works; it must not damage the folder.
            server.kill().await?;
            known.kills += 1;
        }
        disk.free()?;
        if fill == fills / 2 {
            server = launch.serve(None).await?;
        }
        goes_on(&caller, &server, &pipeline, &mut known, fill).await?;
        let runs = &known.acknowledged[first..];
        let states = caller.finished(&server.host, runs, PATIENCE).await?;
        if let Some(state) = states.iter().find(|state| *state != "SUCCEEDED") {
            return Err(format!("fill {fill}: a run is {state}").into());
        }
    }
    sealed(&disk).await?;
    // The state that only the process's connections had is lost with it.
    server.kill().await?;
    known.kills += 1;
    known.kills_in_flight = known.kills;
    known.acknowledged.sort_unstable();
    known.acknowledged.dedup();
    let acknowledged = known.acknowledged.len();
    run_checker(&url(&disk), &sink, known).await?;
    if refused < fills {
        return Err(format!("V12 only {refused} starts were refused").into());
    }
    Ok(format!(
        "{fills} fills, {acknowledged} starts acknowledged, 0 lost, {refused} refused by name, \
         not ready while full, at most {:.0}% of a processor while full",
        busiest * 100.0
    ))
}

/// A pipeline with one effect, and a value that is stored as an artifact if it is long.
fn source(sink: &Sink) -> Value {
    json!({ "name": "fill", "version": "1.0.0", "stages": [
        { "id": "keep", "type": "variable_set",
          "config": { "name": "kept", "value": "{{input.blob}}" } },
        super::effect(sink, "call", &["keep"]) ] })
}

fn named(error: &Error) -> bool {
    let text = error.to_string();
    NAMES
        .iter()
        .any(|name| text.contains(&format!("\"{name}\"")))
}

async fn ready(server: &Server) -> Result<bool, Error> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    let url = format!("http://{}/readyz", server.host);
    Ok(client.get(url).send().await?.status().is_success())
}

/// Checks that, with space again, a start is acknowledged soon and the server is ready.
async fn goes_on(
    caller: &Caller,
    server: &Server,
    pipeline: &str,
    known: &mut Knowledge,
    fill: usize,
) -> Result<(), Error> {
    let until = Instant::now() + Duration::from_secs(5);
    loop {
        let input = json!({ "run": format!("after{fill}"), "blob": "" });
        match caller.start(&server.host, pipeline, input, None).await {
            Ok(run) => {
                known.acknowledged.push(run);
                break;
            }
            Err(error) if Instant::now() > until => {
                return Err(format!("fill {fill}, with free space again: {error}").into());
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
    // The worker's tasks retry with increasing pauses.
    let until = until + Duration::from_secs(5);
    while !ready(server).await? {
        if Instant::now() > until {
            return Err(format!("fill {fill}: free space, and the server is not ready").into());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// Checks that the job queue's periodic task still runs: the audit log is sealed.
async fn sealed(disk: &Disk) -> Result<(), Error> {
    let db = Database::connect(url(disk)).await?;
    let sql = "SELECT 1 FROM audit WHERE hash IS NULL LIMIT 1";
    let until = Instant::now() + PATIENCE;
    let open = || Statement::from_string(db.get_database_backend(), sql);
    while db.query_one_raw(open()).await?.is_some() {
        if Instant::now() > until {
            return Err("the audit log is not sealed any more".into());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(db.close().await?)
}

fn url(disk: &Disk) -> String {
    format!("sqlite://{}/flowmason.db?mode=rw", disk.0.display())
}
