//! W4: from process start to the first answered query, and the memory of the idle process tree.

use std::{
    fs,
    process::Stdio,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::{
    Error, Settings,
    client::Client,
    figures::{Judge, Ratio, Report},
    server::{self, Server},
};

const LIST: &str = "{ runs(first: 20) { edges { node { id status } } } }";

/// Runs the workload.
pub async fn run(settings: &Settings, report: &mut Report) -> Result<(), Error> {
    // The first start migrates the database and signs in. It is not measured.
    let server = Server::start(settings, "w4").await?;
    let (database, cookie) = (server.database.clone(), server.cookie.clone());
    server.stop().await?;
    let (mut seconds, mut memory) = (Vec::new(), Vec::new());
    for _ in 0..settings.repetitions() {
        let host = server::free_host()?;
        let start = Instant::now();
        let mut child = server::command(settings, &database, &host)
            .stdout(Stdio::null())
            .spawn()?;
        first_answers(&host, &cookie, start).await?;
        seconds.push(start.elapsed().as_secs_f64());
        tokio::time::sleep(Duration::from_secs(settings.seconds(10))).await;
        memory.push(resident(child.id().ok_or("the server ended")?)?);
        child.kill().await?;
    }
    report.result(
        "W4_s",
        seconds,
        "s",
        Ratio::Over("psql"),
        Judge::AtMost(8.0),
    );
    report.result("W4_mb", memory, "MiB", Ratio::Own, Judge::AtMost(50.0));
    Ok(())
}

/// Retries until the server listens, then queries the type name and the run list.
async fn first_answers(host: &str, cookie: &str, start: Instant) -> Result<(), Error> {
    let mut client = loop {
        match Client::connect(host, cookie).await {
            Ok(client) => break client,
            Err(error) if start.elapsed() > Duration::from_secs(60) => return Err(error),
            Err(_) => tokio::time::sleep(Duration::from_millis(2)).await,
        }
    };
    client.graphql("{ __typename }", json!({})).await?;
    client.graphql(LIST, json!({})).await?;
    Ok(())
}

/// The resident memory of a process and its children, in MiB.
fn resident(pid: u32) -> Result<f64, Error> {
    let mut sum = 0.0;
    for entry in fs::read_dir("/proc")? {
        let folder = entry?.path();
        let Ok(status) = fs::read_to_string(folder.join("status")) else {
            continue;
        };
        let field = |name: &str| {
            status
                .lines()
                .find_map(|l| l.strip_prefix(name))
                .map(|v| v.trim().to_owned())
        };
        let own = field("Pid:").and_then(|v| v.parse::<u32>().ok()) == Some(pid);
        let child = field("PPid:").and_then(|v| v.parse::<u32>().ok()) == Some(pid);
        if own || child {
            let kib = field("VmRSS:").and_then(|v| v.split(' ').next()?.parse::<f64>().ok());
            sum += kib.unwrap_or(0.0) / 1024.0;
        }
    }
    Ok(sum)
}
