//! The limits of the machine, with which the workloads are compared.
//!
//! `commit1`, `commit8` and `select` are measured with pgbench over the same kind of connection as
//! the program's; `fsync` by appending 4 KiB; `calib` with serde_json on a fixed document; `psql`
//! as a cold start. `list` is measured by W3l, on its data.

use std::{
    fs,
    io::Write,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use crate::{Error, Settings, figures::Report, sql};

/// The database for pgbench.
const DATABASE: &str = "bench_limits";

/// Measures all limits for the first time.
pub async fn before(settings: &Settings, report: &mut Report) -> Result<(), Error> {
    sql::create_database(settings, DATABASE)?;
    sql::psql(
        settings,
        DATABASE,
        "CREATE TABLE rows (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text);
         CREATE TABLE lookup (id int PRIMARY KEY, body text);
         INSERT INTO lookup SELECT n, repeat('x', 200) FROM generate_series(1, 100000) n;",
    )?;
    sql::psql(settings, DATABASE, "VACUUM ANALYZE lookup")?;
    all(settings, report)
}

/// Measures the limits again, so that the median covers the whole run.
pub async fn after(settings: &Settings, report: &mut Report) -> Result<(), Error> {
    all(settings, report)
}

fn all(settings: &Settings, report: &mut Report) -> Result<(), Error> {
    let insert = "INSERT INTO rows (body) VALUES (repeat('x', 200));";
    let select = "\\set id random(1, 100000)\nSELECT body FROM lookup WHERE id = :id;";
    let seconds = settings.seconds(6);
    report.limit("commit1", pgbench(settings, DATABASE, insert, 1, seconds)?);
    report.limit("commit8", pgbench(settings, DATABASE, insert, 8, seconds)?);
    report.limit("select", pgbench(settings, DATABASE, select, 8, seconds)?);
    report.limit("fsync", fsync(&settings.folder)?);
    report.limit("calib", calib()?);
    report.limit("psql", psql_start(settings)?);
    Ok(())
}

/// The transactions per second of a script with prepared statements.
pub fn pgbench(
    settings: &Settings,
    database: &str,
    script: &str,
    clients: u32,
    seconds: u64,
) -> Result<f64, Error> {
    let file = settings.folder.join("pgbench.sql");
    fs::write(&file, script)?;
    let out = Command::new(settings.postgres_bin.join("pgbench"))
        .args(["--no-vacuum", "--protocol=prepared", "--jobs=1"])
        .arg(format!("--client={clients}"))
        .arg(format!("--time={seconds}"))
        .arg("--file")
        .arg(&file)
        .arg(sql::url(settings, database))
        .output()?;
    let text = String::from_utf8_lossy(&out.stdout);
    text.lines()
        .find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok())
        .ok_or_else(|| format!("pgbench: {}", String::from_utf8_lossy(&out.stderr)).into())
}

fn fsync(folder: &Path) -> Result<f64, Error> {
    let path = folder.join("fsync.bin");
    let mut file = fs::File::create(&path)?;
    let block = [7u8; 4096];
    let start = Instant::now();
    let mut count = 0;
    while start.elapsed() < Duration::from_secs(1) {
        file.write_all(&block)?;
        file.sync_data()?;
        count += 1;
    }
    let rate = f64::from(count) / start.elapsed().as_secs_f64();
    fs::remove_file(path)?;
    Ok(rate)
}

/// The microseconds to parse and write a fixed JSON document of 1 KiB as a `serde_json::Value`.
fn calib() -> Result<f64, Error> {
    let mut items = Vec::new();
    for n in 0..9 {
        items.push(
            serde_json::json!({ "id": n, "name": format!("item number {n}"), "ok": true,
            "tags": ["a", "b", "c"], "score": f64::from(n) * 1.5, "note": "a fixed short text" }),
        );
    }
    let mut text = serde_json::to_string(&serde_json::json!({ "items": items, "pad": "" }))?;
    let pad = "x".repeat(1024usize.saturating_sub(text.len()));
    text = text.replace("\"pad\":\"\"", &format!("\"pad\":\"{pad}\""));
    let once = || -> Result<usize, Error> {
        let value: serde_json::Value = serde_json::from_str(std::hint::black_box(&text))?;
        Ok(std::hint::black_box(serde_json::to_string(&value)?).len())
    };
    for _ in 0..20_000 {
        once()?;
    }
    let rounds = 50_000;
    let start = Instant::now();
    for _ in 0..rounds {
        once()?;
    }
    Ok(start.elapsed().as_secs_f64() * 1e6 / f64::from(rounds))
}

fn psql_start(settings: &Settings) -> Result<f64, Error> {
    let start = Instant::now();
    sql::psql(settings, DATABASE, "select 1")?;
    Ok(start.elapsed().as_secs_f64())
}
