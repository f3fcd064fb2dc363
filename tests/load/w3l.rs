//! W3l: random pages of the run list, with 100,000 runs in one of 100 organizations.
//!
//! The load comes from wrk over 32 connections with a session cookie. At the same time, a second
//! client compares responses with the database.

use std::{fs, process::Stdio, time::Duration};

use serde_json::{Value, json};
use tokio::process::Command;

use crate::{
    Error, Settings,
    client::Client,
    figures::{Judge, Ratio, Report},
    limits,
    server::Server,
    sql,
};

const RUNS: u32 = 100_000;
const QUERY: &str = "query($after: String!) { runs(first: 20, after: $after) { edges { cursor \
    node { id status createdAt pipeline { id name } } } pageInfo { hasNextPage endCursor } } }";

/// The SQL of the list as one statement, for the limit `list`. Names are looked up by key, as in
/// the program.
fn list_sql(org: &str) -> String {
    format!(
        "\\set n random(1, 99000)
SELECT r.id, r.status, r.created_at, r.pipeline_id,
  (SELECT p.name FROM pipelines p WHERE p.id = r.pipeline_id AND p.org_id = '{org}')
FROM runs r
WHERE r.org_id = '{org}' AND r.id < (SELECT key FROM bench_keys WHERE n = :n)
ORDER BY r.id DESC LIMIT 21;"
    )
}

/// Runs the workload.
pub async fn run(settings: &Settings, report: &mut Report) -> Result<(), Error> {
    let server = Server::start(settings, "w3l").await?;
    seed(settings, &server)?;
    let org = sql::psql(settings, &server.database, "SELECT org FROM bench_org")?;
    let list_sql = list_sql(org.trim());
    let cursors = cursors(&server).await?;
    let script = settings.folder.join("w3l.lua");
    fs::write(&script, lua(&server.cookie, &cursors))?;
    let mut values = Vec::new();
    for round in 0..=settings.repetitions() {
        let seconds = if round == 0 { 2 } else { settings.seconds(10) };
        let rate = wrk(&server, &script, seconds);
        let (rate, checked) = tokio::join!(rate, check(settings, &server, &cursors, seconds));
        checked?;
        if round > 0 {
            values.push(rate?);
        }
        let list = limits::pgbench(
            settings,
            &server.database,
            &list_sql,
            8,
            settings.seconds(6),
        )?;
        report.limit("list", list);
    }
    server.stop().await?;
    report.result(
        "W3l",
        values.clone(),
        "req/s",
        Ratio::Over("list"),
        Judge::AtLeast(0.15),
    );
    report.result(
        "W3l_select",
        values,
        "req/s",
        Ratio::Over("select"),
        Judge::Printed,
    );
    Ok(())
}

/// Seeds 99 more organizations, with 1,000 pipelines and 100,000 finished runs in ours and 1,000
/// runs in each other one.
fn seed(settings: &Settings, server: &Server) -> Result<(), Error> {
    let id = "(lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint - 10000000 + g.n), 12, '0') ||
        '7' || lpad(to_hex(g.n % 4096), 3, '0') || '8' || substr(md5(g.n::text || o.id::text), 1, 15)
        )::uuid";
    sql::psql(
        settings,
        &server.database,
        &format!(
            "INSERT INTO organizations (id, name, created_at)
               SELECT gen_random_uuid(), 'org ' || n, now() FROM generate_series(1, 99) n;
             CREATE TABLE bench_org AS SELECT org_id AS org FROM memberships LIMIT 1;
             CREATE TABLE bench_pipelines AS
               SELECT gen_random_uuid() AS id, gen_random_uuid() AS version, o.id AS org, g.n
               FROM organizations o, generate_series(1, 1000) g(n)
               WHERE o.id = (SELECT org FROM bench_org) OR g.n <= 10;
             INSERT INTO pipelines
                 (id, org_id, name, description, latest_version_id, created_at, updated_at)
               SELECT id, org, 'pipeline ' || n, '', version, now(), now() FROM bench_pipelines;
             INSERT INTO runs (id, org_id, pipeline_id, version_id, status, input, output,
                 started_by_kind, started_by_name, created_at, started_at, finished_at,
                 stages_total, stages_done)
               SELECT {id}, o.id, p.id, p.version, 'succeeded', '{{}}', '{{}}', 'user', 'bench',
                 now() - g.n * interval '1 s', now(), now(), 5, 5
               FROM organizations o, generate_series(1, {RUNS}) g(n), bench_pipelines p
               WHERE p.org = o.id
                 AND (o.id = (SELECT org FROM bench_org) OR g.n <= 1000)
                 AND p.n = 1 + g.n % (CASE WHEN o.id = (SELECT org FROM bench_org)
                                    THEN 1000 ELSE 10 END);
             CREATE TABLE bench_keys AS
               SELECT row_number() OVER (ORDER BY id DESC) AS n, id AS key FROM runs
               WHERE org_id = (SELECT org FROM bench_org);
             CREATE INDEX ON bench_keys (n) INCLUDE (key);"
        ),
    )?;
    // A separate call, because the statements of one call share a transaction, in which VACUUM
    // cannot run.
    sql::psql(settings, &server.database, "VACUUM ANALYZE")?;
    Ok(())
}

/// Walks the whole list and returns 500 cursors spread over it.
async fn cursors(server: &Server) -> Result<Vec<String>, Error> {
    let mut client = Client::connect(&server.host, &server.cookie).await?;
    let first = "{ runs(first: 100) { pageInfo { endCursor } } }";
    let next = "query($after: String!) { runs(first: 100, after: $after) \
        { pageInfo { hasNextPage endCursor } } }";
    let mut page = client.graphql(first, json!({})).await?;
    let mut cursors = Vec::new();
    while let Some(cursor) = page["runs"]["pageInfo"]["endCursor"].as_str() {
        cursors.push(cursor.to_owned());
        if page["runs"]["pageInfo"]["hasNextPage"] == Value::Bool(false) || cursors.len() >= 990 {
            break;
        }
        page = client.graphql(next, json!({ "after": cursor })).await?;
    }
    if cursors.len() < 900 {
        return Err(format!("only {} pages of 100 runs", cursors.len()).into());
    }
    Ok(cursors)
}

fn lua(cookie: &str, cursors: &[String]) -> String {
    let list: Vec<_> = cursors.iter().map(|c| format!("\"{c}\"")).collect();
    let cookie = cookie.trim().trim_start_matches("Cookie: ");
    format!(
        "local cursors = {{ {} }}
wrk.method = \"POST\"
wrk.headers[\"Content-Type\"] = \"application/json\"
wrk.headers[\"Cookie\"] = \"{cookie}\"
local query = [[{QUERY}]]
function setup(thread)
  thread:set(\"seed\", math.random(1000000))
end
function init()
  math.randomseed(seed)
  wrk.headers[\"Origin\"] = \"http://\" .. wrk.host .. \":\" .. wrk.port
end
function request()
  local cursor = cursors[math.random(#cursors)]
  return wrk.format(nil, \"/graphql\", nil,
    '{{\"query\":\"' .. query .. '\",\"variables\":{{\"after\":\"' .. cursor .. '\"}}}}')
end
",
        list.join(", ")
    )
}

async fn wrk(server: &Server, script: &std::path::Path, seconds: u64) -> Result<f64, Error> {
    let out = Command::new("wrk")
        .args([
            "--threads=1",
            "--connections=32",
            &format!("--duration={seconds}s"),
            "--script",
        ])
        .arg(script)
        .arg(format!("http://{}", server.host))
        .stdin(Stdio::null())
        .output()
        .await?;
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    if text.contains("Non-2xx") {
        return Err(format!("wrong answers:\n{text}").into());
    }
    text.lines()
        .find_map(|line| {
            line.trim()
                .strip_prefix("Requests/sec:")?
                .trim()
                .parse()
                .ok()
        })
        .ok_or_else(|| format!("wrk: {text}{}", String::from_utf8_lossy(&out.stderr)).into())
}

/// Compares pages with the database during the load.
async fn check(
    settings: &Settings,
    server: &Server,
    cursors: &[String],
    seconds: u64,
) -> Result<(), Error> {
    let mut client = Client::connect(&server.host, &server.cookie).await?;
    let until = std::time::Instant::now() + Duration::from_secs(seconds);
    let mut at = 0;
    while std::time::Instant::now() < until {
        // The cursor of page k ends after (k + 1) * 100 runs.
        let page = at * 37 % cursors.len();
        let answer = client
            .graphql(QUERY, json!({ "after": cursors[page] }))
            .await?;
        let names: Vec<_> = answer["runs"]["edges"]
            .as_array()
            .ok_or("no edges")?
            .iter()
            .map(|e| {
                e["node"]["pipeline"]["name"]
                    .as_str()
                    .unwrap_or("?")
                    .to_owned()
            })
            .collect();
        let wanted = sql::psql(
            settings,
            &server.database,
            &format!(
                "SELECT p.name FROM bench_keys k JOIN runs r ON r.id = k.key
                 JOIN pipelines p ON p.id = r.pipeline_id
                 WHERE k.n BETWEEN {} AND {} ORDER BY k.n",
                (page + 1) * 100 + 1,
                (page + 1) * 100 + 20
            ),
        )?;
        if names != wanted.lines().collect::<Vec<_>>() {
            return Err(format!("page {page} differs from the database").into());
        }
        at += 1;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}
