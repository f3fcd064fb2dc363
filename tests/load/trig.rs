//! TRIG: how soon the runs of very many triggers start that are due in the same second, and what W2 loses
//! beside very many schedules that are not due.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::{
    Error, Settings,
    figures::{Judge, Ratio, Report},
    server::Server,
    sql, w1m, w2,
};

/// Organizations whose schedules sleep. None may have more than 10,000 that are enabled.
const SLEEPERS: usize = 100;

/// How long all firings and their runs may take before they count as lost.
const PATIENCE: Duration = Duration::from_secs(180);

const CREATE: &str =
    "mutation($i: CreateTriggerInput!) { createTrigger(input: $i) { trigger { id } } }";
const ENABLE: &str = "mutation($id: ID!) { setTriggerEnabled(input: { id: $id, enabled: true }) { trigger { id } } }";

/// The columns that a copied trigger shares with its original.
const SHARED: &str = "org_id, pipeline_id, environment, origin, definition, enabled, frequent, \
    enabled_by_kind, enabled_by_id, enabled_by_name, enabled_at, next_at, next_due, created_at, updated_at";

/// Runs the workload.
pub async fn run(settings: &Settings, report: &mut Report) -> Result<(), Error> {
    let server = Server::start(settings, "trig").await?;
    // W2 checks all runs of the database, so it comes first.
    asleep(settings, &server, report).await?;
    at_once(settings, &server, report).await?;
    server.stop().await
}

/// Compares the rate of finished runs beside sleeping schedules with the mean of the rates before and after,
/// so that what a growing table of runs costs counts on both sides.
async fn asleep(settings: &Settings, server: &Server, report: &mut Report) -> Result<(), Error> {
    let count = if settings.quick { 100_000 } else { 1_000_000 };
    let pipeline = server.create_pipeline(&w1m::chain(5)).await?;
    let round = async |seconds| {
        let window = w2::lasting(seconds);
        w2::one_round(settings, server, &pipeline, window).await
    };
    sql::psql(settings, &server.database, SLEEPING_ORGANIZATIONS)?;
    // The warm-up.
    round(3).await?;
    let (mut alone, mut parts) = (Vec::new(), Vec::new());
    for _ in 0..settings.repetitions() {
        let before = round(settings.seconds(15)).await?;
        sql::psql(settings, &server.database, &sleeping(count / SLEEPERS))?;
        sql::psql(settings, &server.database, "VACUUM ANALYZE triggers")?;
        let beside = round(settings.seconds(15)).await?;
        let fired = sql::psql(
            settings,
            &server.database,
            "SELECT count(*) FROM trigger_firings",
        )?;
        if fired.trim() != "0" {
            return Err(format!("{} schedules fired that sleep", fired.trim()).into());
        }
        sql::psql(settings, &server.database, "DELETE FROM triggers")?;
        sql::psql(settings, &server.database, "VACUUM ANALYZE triggers")?;
        let after = round(settings.seconds(15)).await?;
        parts.push(beside / f64::midpoint(before, after));
        alone.extend([before, after]);
    }
    report.result("TRIG_alone", alone, "runs/s", Ratio::Own, Judge::Printed);
    let judge = Judge::AtLeast(0.95);
    report.result("TRIG_asleep", parts, "of W2", Ratio::Own, judge);
    Ok(())
}

const SLEEPING_ORGANIZATIONS: &str = "INSERT INTO organizations (id, name, created_at)
       SELECT gen_random_uuid(), 'asleep ' || n, now() FROM generate_series(1, 100) n;
     CREATE TABLE bench_asleep AS
       SELECT gen_random_uuid() AS id, gen_random_uuid() AS version, o.id AS org
       FROM organizations o WHERE o.name LIKE 'asleep %';
     INSERT INTO pipelines
         (id, org_id, name, description, latest_version_id, created_at, updated_at)
       SELECT id, org, 'asleep', '', version, now(), now() FROM bench_asleep;";

/// Schedules of each of these organizations that are due in some months.
fn sleeping(of_each: usize) -> String {
    format!(
        "INSERT INTO triggers (id, name, {SHARED})
           SELECT gen_random_uuid(), 'asleep ' || n, a.org, a.id, 'development', 'product',
             '{{\"name\": \"asleep\", \"cron\": \"0 0 1 1 *\"}}', true, false,
             'user', gen_random_uuid(), 'bench', now(),
             now() + interval '100 days' + n * interval '1 s',
             now() + interval '100 days' + n * interval '1 s', now(), now()
           FROM bench_asleep a, generate_series(1, {of_each}) n"
    )
}

/// Very many triggers are due in one second: each starts one run, and soon.
async fn at_once(settings: &Settings, server: &Server, report: &mut Report) -> Result<(), Error> {
    let count = if settings.quick { 2_000 } else { 10_000 };
    let pipeline = server.create_pipeline(&w1m::chain(5)).await?;
    let mut client = server.client().await?;
    let definition = json!({ "name": "due", "cron": "0 0 1 1 *", "overlap": "allow",
                             "input": w1m::input() });
    let input = json!({ "pipelineId": pipeline, "definition": definition });
    let made = client.graphql(CREATE, json!({ "i": input })).await?;
    let id = &made["createTrigger"]["trigger"]["id"];
    client.graphql(ENABLE, json!({ "id": id })).await?;
    sql::psql(
        settings,
        &server.database,
        &format!(
            "INSERT INTO triggers (id, name, {SHARED})
               SELECT gen_random_uuid(), 'due ' || n, {SHARED}
               FROM triggers, generate_series(2, {count}) n WHERE name = 'due'"
        ),
    )?;
    sql::psql(settings, &server.database, "VACUUM ANALYZE triggers")?;
    let (mut p99, mut last) = (Vec::new(), Vec::new());
    for round in 0..=settings.repetitions() {
        let due = fire(settings, server, count).await?;
        let runs = sql::psql(
            settings,
            &server.database,
            "SELECT count(*) FROM runs WHERE pipeline_id = \
             (SELECT pipeline_id FROM triggers WHERE name = 'due')",
        )?;
        if runs.trim() != (count * (round + 1)).to_string() {
            return Err(format!("{} runs of {count} triggers", runs.trim()).into());
        }
        let (most, all) = started(settings, server, due)?;
        // The first round is the warm-up.
        if round > 0 {
            p99.push(most);
            last.push(all);
        }
    }
    report.result("TRIG_p99", p99, "s", Ratio::Own, Judge::AtMost(5.0));
    report.result("TRIG_last", last, "s", Ratio::Own, Judge::Printed);
    Ok(())
}

/// Has all triggers fire in the same second, and waits until each has started one run and all runs have
/// succeeded. Returns the instant in seconds since 1970.
async fn fire(settings: &Settings, server: &Server, count: usize) -> Result<i64, Error> {
    let due = sql::psql(
        settings,
        &server.database,
        "SELECT ceil(extract(epoch FROM now()))::bigint + 5",
    )?;
    let due: i64 = due.trim().parse()?;
    sql::psql(
        settings,
        &server.database,
        &format!(
            "UPDATE triggers SET next_at = to_timestamp({due}), next_due = to_timestamp({due})"
        ),
    )?;
    let patience = Instant::now() + PATIENCE;
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let found = sql::psql(
            settings,
            &server.database,
            &format!(
                "SELECT count(*), count(DISTINCT f.run_id),
                    count(*) FILTER (WHERE r.status = 'succeeded')
                 FROM trigger_firings f
                 LEFT JOIN runs r ON r.org_id = f.org_id AND r.id = f.run_id
                 WHERE f.due_at = to_timestamp({due})"
            ),
        )?;
        let found = found.trim();
        if found == format!("{count}|{count}|{count}") {
            return Ok(due);
        }
        if Instant::now() > patience {
            return Err(format!("of {count}: firings, runs and successes are {found}").into());
        }
    }
}

/// How many seconds after their instant runs were created: 99 of a hundred, and all.
fn started(settings: &Settings, server: &Server, due: i64) -> Result<(f64, f64), Error> {
    let found = sql::psql(
        settings,
        &server.database,
        &format!(
            "SELECT percentile_disc(0.99) WITHIN GROUP (ORDER BY late), max(late) FROM (
               SELECT extract(epoch FROM r.created_at - f.due_at) AS late
               FROM trigger_firings f JOIN runs r ON r.org_id = f.org_id AND r.id = f.run_id
               WHERE f.due_at = to_timestamp({due})) l"
        ),
    )?;
    let (most, all) = found.trim().split_once('|').ok_or("no runs")?;
    Ok((most.parse()?, all.parse()?))
}
