//! Reads of runs; `insert` and `signals` write. The list and the single run are one statement each; a
//! filter that no index leads to looks at a bounded number of runs.

pub mod insert;
pub mod signals;

use std::cmp::Reverse;

use chrono::{DateTime, TimeDelta, Utc};
#[cfg(test)]
use sea_orm::Statement;
use sea_orm::{DbErr, FromQueryResult, Value};
use types::{PipelineId, RunId};
use uuid::Uuid;

use super::Filter;
use crate::{
    Ctx,
    db::places,
    paging::Window,
    run_summary::{COLUMNS, PIPELINE_NAME, RunRow, RunStatus, run_columns},
};

/// Runs that one page of a filter looks at, at most, where no index leads to them.
pub const LOOKED_AT: u32 = 10_000;

/// As [`LOOKED_AT`], where each run's texts are searched.
pub const SEARCHED: u32 = 2_000;

/// Runs that are counted at most: the newest ones.
pub const COUNTED: u32 = 50_000;

/// How far a run's id and its `created_at` may be apart: the id is of the system's time, which may
/// be set, the other of our clock.
const SLACK: TimeDelta = TimeDelta::hours(2);

/// A page of runs.
#[derive(Debug)]
pub struct Found {
    /// In no order; up to the window's limit.
    pub rows: Vec<RunRow>,
    /// Set when the page is not full and runs below this id were not looked at.
    pub looked_down_to: Option<Uuid>,
}

/// A page of runs with their pipelines' names. One statement where an index leads to the runs;
/// otherwise a bounded number of runs is looked at.
pub async fn find(ctx: &Ctx, filter: &Filter, window: &Window) -> Result<Found, DbErr> {
    let all = |rows| Found {
        rows,
        looked_down_to: None,
    };
    if filter.states().is_some_and(|states| states.is_empty()) {
        return Ok(all(Vec::new()));
    }
    let Some(search) = filter.search() else {
        if is_led_by_an_index(filter) {
            let (sql, values) = list_sql(filter, window, ctx.db().is_postgres());
            return Ok(all(ctx.rows(&sql, values).await?));
        }
        let (sql, values) = scan_sql(filter, window, LOOKED_AT, window.limit());
        let rows: Vec<RunRow> = ctx.rows(&sql, values).await?;
        return rest(ctx, filter, window, LOOKED_AT, rows).await;
    };
    if let Some(id) = filter.id() {
        let mut rows = by_ids(ctx, &[id.0]).await?;
        rows.retain(|row| row.id < window.below && is_meant(filter, row));
        return Ok(all(rows));
    }
    let (sql, values) = scan_sql(filter, window, SEARCHED, SEARCHED);
    let mut rows: Vec<RunRow> = ctx.rows(&sql, values).await?;
    rows.retain(|row| search.matches(row));
    rows.sort_unstable_by_key(|row| Reverse(row.id));
    rows.truncate(window.limit() as usize);
    rest(ctx, filter, window, SEARCHED, rows).await
}

/// Says of a page that is not full whether there are runs that were not looked at.
async fn rest(
    ctx: &Ctx,
    filter: &Filter,
    window: &Window,
    looked_at: u32,
    rows: Vec<RunRow>,
) -> Result<Found, DbErr> {
    #[derive(FromQueryResult)]
    struct Last {
        id: Uuid,
    }
    if rows.len() >= window.limit() as usize {
        return Ok(Found {
            rows,
            looked_down_to: None,
        });
    }
    let mut values: Vec<Value> = vec![window.below.into()];
    let within = within(filter, &mut values);
    let sql = format!(
        "SELECT id FROM runs WHERE org_id = $1 AND {{scope}} AND id < $2{within} \
         ORDER BY id DESC LIMIT 1 OFFSET {}",
        looked_at - 1,
    );
    let last: Option<Last> = ctx.rows(&sql, values).await?.pop();
    Ok(Found {
        rows,
        looked_down_to: last.map(|last| last.id),
    })
}

/// Whether the runs stand together in an index: all, of one pipeline, or in states that have
/// partial indexes. Most runs succeed, so those that did are looked for among all.
fn is_led_by_an_index(filter: &Filter) -> bool {
    filter.not_pipelines.is_empty()
        && filter.pipelines.len() <= 1
        && match filter.states() {
            None => true,
            Some(states) => filter.pipelines.is_empty() && !states.contains(&RunStatus::Succeeded),
        }
}

/// Whether the run is one that the filter means, its text apart.
fn is_meant(filter: &Filter, row: &RunRow) -> bool {
    let pipeline = PipelineId(row.pipeline_id);
    let states = filter.states();
    (filter.ids.is_empty() || filter.ids.contains(&RunId(row.id)))
        && (filter.pipelines.is_empty() || filter.pipelines.contains(&pipeline))
        && !filter.not_pipelines.contains(&pipeline)
        && states.is_none_or(|states| states.iter().any(|status| status.as_str() == row.status))
        && filter.since.is_none_or(|since| row.created_at >= since)
        && filter.until.is_none_or(|until| row.created_at < until)
}

/// The statement of [`find`], for a look at its plan.
#[cfg(test)]
pub fn list_statement(ctx: &Ctx, filter: &Filter, window: &Window) -> Statement {
    let (sql, values) = if is_led_by_an_index(filter) {
        list_sql(filter, window, ctx.db().is_postgres())
    } else {
        scan_sql(filter, window, LOOKED_AT, window.limit())
    };
    ctx.scoped(&sql, values)
}

/// The page is cut before the names are looked up, and its length is part of the text: the planner must not
/// guess it. A state's word is part of the text too, so that partial indexes are found; each state has
/// its own, so several are read one by one and put together.
fn list_sql(filter: &Filter, window: &Window, postgres: bool) -> (String, Vec<Value>) {
    let limit = window.limit();
    let own = COLUMNS.join(", ");
    let mut values: Vec<Value> = vec![window.below.into()];
    let within = within(filter, &mut values);
    let page = |state: &str| {
        format!(
            "SELECT {own} FROM runs WHERE org_id = $1 AND {{scope}} AND id < $2{within}{state} \
             ORDER BY id DESC LIMIT {limit}"
        )
    };
    let pages = match filter.states().as_deref() {
        None => page(""),
        Some([status]) => page(&in_state(*status, postgres)),
        Some(states) => {
            let pages = states
                .iter()
                .map(|status| page(&in_state(*status, postgres)));
            let pages: Vec<_> = pages
                .map(|page| format!("SELECT * FROM ({page}) s"))
                .collect();
            pages.join(" UNION ALL ")
        }
    };
    let sql = format!(
        "SELECT {columns} FROM ({pages}) r ORDER BY r.id DESC LIMIT {limit}",
        columns = run_columns("r", PIPELINE_NAME, ""),
    );
    (sql, values)
}

/// The condition on a state. SQLite wants that of the partial index beside it, word by word;
/// PostgreSQL would take it for a second condition and expect fewer rows.
fn in_state(status: RunStatus, postgres: bool) -> String {
    match status {
        RunStatus::Failed | RunStatus::Cancelled if !postgres => {
            format!(" AND status IN ('failed', 'cancelled') AND status = '{status}'")
        }
        _ => format!(" AND status = '{status}'"),
    }
}

/// Looks at so many runs from the window on and gives those that are meant, their text apart.
fn scan_sql(filter: &Filter, window: &Window, looked_at: u32, limit: u32) -> (String, Vec<Value>) {
    let mut values: Vec<Value> = vec![window.below.into()];
    let within = within(filter, &mut values);
    let beside = beside(filter, &mut values);
    let sql = format!(
        "SELECT {columns} FROM (SELECT * FROM (SELECT {own} FROM runs \
             WHERE org_id = $1 AND {{scope}} AND id < $2{within} \
             ORDER BY id DESC LIMIT {looked_at}) a \
           WHERE 1 = 1{beside} ORDER BY id DESC LIMIT {limit}) r \
         ORDER BY r.id DESC LIMIT {limit}",
        columns = run_columns("r", PIPELINE_NAME, ""),
        own = COLUMNS.join(", "),
    );
    (sql, values)
}

/// The conditions of a filter by which an index is read, each with ` AND ` before it. `$1` is the
/// organization, what follows are the values.
fn within(filter: &Filter, values: &mut Vec<Value>) -> String {
    let mut out = String::new();
    if !filter.ids.is_empty() {
        let mut places = Vec::with_capacity(filter.ids.len());
        for id in &filter.ids {
            values.push(id.0.into());
            places.push(format!("${}", values.len() + 1));
        }
        out += &format!(" AND id IN ({})", places.join(", "));
    }
    let mut and = |condition: &str, value: Value| {
        values.push(value);
        out += &format!(" AND {condition} ${}", values.len() + 1);
    };
    if let [pipeline] = filter.pipelines[..] {
        and("pipeline_id =", pipeline.0.into());
    }
    // A run's id begins with the time at which it was requested.
    if let Some(since) = filter.since {
        and("id >=", first_id(since - SLACK).into());
        and("created_at >=", since.into());
    }
    if let Some(until) = filter.until {
        and("id <", first_id(until + SLACK).into());
        and("created_at <", until.into());
    }
    out
}

/// The other conditions of a filter, in the same form; the text is not among them.
fn beside(filter: &Filter, values: &mut Vec<Value>) -> String {
    let mut out = String::new();
    if let Some(states) = filter.states() {
        let words: Vec<String> = states.iter().map(|status| format!("'{status}'")).collect();
        out += &format!(" AND status IN ({})", words.join(", "));
    }
    let several = (filter.pipelines.len() > 1).then_some(&filter.pipelines);
    let excluded = (!filter.not_pipelines.is_empty()).then_some(&filter.not_pipelines);
    for (word, list) in [("IN", several), ("NOT IN", excluded)] {
        let Some(list) = list else { continue };
        let mut places = Vec::with_capacity(list.len());
        for pipeline in list {
            values.push(pipeline.0.into());
            places.push(format!("${}", values.len() + 1));
        }
        out += &format!(" AND pipeline_id {word} ({})", places.join(", "));
    }
    out
}

/// The lowest id of a run of this millisecond.
fn first_id(time: DateTime<Utc>) -> Uuid {
    let millis = u128::try_from(time.timestamp_millis()).unwrap_or(0);
    Uuid::from_u128((millis & 0xffff_ffff_ffff) << 80)
}

/// A run as it is counted.
#[derive(Debug, FromQueryResult)]
pub struct CountedRow {
    pub status: String,
    /// Seconds since 1970.
    pub created: i64,
    /// From the start to the end.
    pub millis: Option<i64>,
}

/// The newest runs that a filter means, its text apart, as they are counted; up to [`COUNTED`] are
/// looked at, and one more is given when there are more.
pub async fn counted(ctx: &Ctx, filter: &Filter) -> Result<Vec<CountedRow>, DbErr> {
    if filter.states().is_some_and(|states| states.is_empty()) {
        return Ok(Vec::new());
    }
    let mut values = Vec::new();
    let within = within(filter, &mut values);
    let beside = beside(filter, &mut values);
    let limit = COUNTED + 1;
    let (created, millis) = if ctx.db().is_postgres() {
        (
            "CAST(extract(epoch FROM created_at) AS bigint)",
            "CAST(extract(epoch FROM finished_at - started_at) * 1000 AS bigint)",
        )
    } else {
        (
            "unixepoch(created_at)",
            "CAST(round((julianday(finished_at) - julianday(started_at)) * 86400000) AS integer)",
        )
    };
    let sql = format!(
        "SELECT status, {created} AS created, {millis} AS millis FROM \
           (SELECT status, pipeline_id, created_at, started_at, finished_at FROM runs \
            WHERE org_id = $1 AND {{scope}}{within} ORDER BY id DESC LIMIT {limit}) a \
         WHERE 1 = 1{beside} LIMIT {limit}"
    );
    ctx.rows(&sql, values).await
}

/// How many of the newest runs are in each state, as [`counted`]; how many were looked at.
#[derive(Debug, FromQueryResult)]
pub struct TallyRow {
    pub status: String,
    pub runs: i64,
}

/// The runs that a filter means, its text apart, counted by state in the database; up to
/// [`COUNTED`] of the newest are looked at. `*`: how many were.
pub async fn tally(ctx: &Ctx, filter: &Filter) -> Result<Vec<TallyRow>, DbErr> {
    let mut values = Vec::new();
    let within = within(filter, &mut values);
    let beside = beside(filter, &mut values);
    let limit = COUNTED + 1;
    let looked = format!(
        "SELECT status, pipeline_id FROM runs \
         WHERE org_id = $1 AND {{scope}}{within} ORDER BY id DESC LIMIT {limit}"
    );
    let sql = format!(
        "WITH a AS ({looked}) \
         SELECT status, runs FROM (\
           SELECT status, count(*) AS runs FROM a WHERE 1 = 1{beside} GROUP BY status \
           UNION ALL SELECT '*' AS status, count(*) AS runs FROM a) t LIMIT 10"
    );
    ctx.rows(&sql, values).await
}

/// How many runs below a key a filter means, its text apart. Reads all of them: for a job.
pub async fn count_below(ctx: &Ctx, filter: &Filter, below: Uuid) -> Result<i64, DbErr> {
    #[derive(FromQueryResult)]
    struct Count {
        runs: i64,
    }
    let mut values: Vec<Value> = vec![below.into()];
    let within = within(filter, &mut values);
    let beside = beside(filter, &mut values);
    let sql = format!(
        "SELECT count(*) AS runs FROM runs \
         WHERE org_id = $1 AND {{scope}} AND id < $2{within}{beside} LIMIT 1"
    );
    let count: Option<Count> = ctx.rows(&sql, values).await?.pop();
    Ok(count.map_or(0, |count| count.runs))
}

/// These runs with their pipelines' names, in no order.
pub async fn by_ids(ctx: &Ctx, ids: &[Uuid]) -> Result<Vec<RunRow>, DbErr> {
    let (places, values) = places(2, ids);
    let sql = format!(
        "SELECT {columns} FROM runs r \
         WHERE r.org_id = $1 AND {{scope}} AND r.id IN ({places}) LIMIT {limit}",
        columns = run_columns("r", PIPELINE_NAME, ""),
        limit = values.len(),
    );
    ctx.rows(&sql, values).await
}

/// A run's input and output.
#[derive(Clone, Debug, FromQueryResult)]
pub struct ValuesRow {
    pub id: Uuid,
    pub input: String,
    pub output: Option<String>,
    /// The bytes of this run's values and of those before it.
    pub total: i64,
}

/// Inputs and outputs of these runs, in no order; `None` when they come to more than `room` bytes.
/// What is too much stays in the database.
pub async fn values(ctx: &Ctx, ids: &[Uuid], room: usize) -> Result<Option<Vec<ValuesRow>>, DbErr> {
    let room = i64::try_from(room).unwrap_or(i64::MAX);
    let (places, values) = places(2, ids);
    let sql = format!(
        "SELECT id, CASE WHEN total <= {room} THEN input ELSE '' END AS input, \
             CASE WHEN total <= {room} THEN output END AS output, total \
         FROM (SELECT id, input, output, \
                   sum(octet_length(input) + coalesce(octet_length(output), 0)) \
                       OVER (ORDER BY id) AS total \
               FROM runs WHERE org_id = $1 AND {{scope}} AND id IN ({places})) m LIMIT {limit}",
        limit = values.len(),
    );
    let rows: Vec<ValuesRow> = ctx.rows(&sql, values).await?;
    Ok(rows.iter().all(|row| row.total <= room).then_some(rows))
}

/// The run that an idempotency key started.
pub async fn by_key(ctx: &Ctx, key: &str) -> Result<Option<RunRow>, DbErr> {
    let sql = format!(
        "SELECT {columns} FROM runs r \
         WHERE r.org_id = $1 AND {{scope}} AND r.idempotency_key = $2 LIMIT 1",
        columns = run_columns("r", PIPELINE_NAME, ""),
    );
    Ok(ctx.rows(&sql, [key.into()]).await?.pop())
}

#[derive(Debug, FromQueryResult)]
struct Body {
    body: Vec<u8>,
}

/// The bodies of the run's journal, in order.
pub async fn segments(ctx: &Ctx, run: RunId) -> Result<Vec<Vec<u8>>, DbErr> {
    const SQL: &str = "SELECT body FROM journal WHERE {scope} AND org_id = $1 AND run_id = $2
        ORDER BY first_seq OFFSET 0";
    const LITE: &str = "SELECT body FROM journal WHERE {scope} AND org_id = $1 AND run_id = $2
        ORDER BY first_seq LIMIT -1";
    let sql = if ctx.db().is_postgres() { SQL } else { LITE };
    let rows: Vec<Body> = ctx.rows(sql, [run.0.into()]).await?;
    Ok(rows.into_iter().map(|row| row.body).collect())
}

/// What a segment is about.
#[derive(Clone, Debug, FromQueryResult)]
pub struct IndexRow {
    pub first_seq: i64,
    /// See `engine::run::Subjects`.
    pub stages: Option<Vec<u8>>,
}

/// What each segment of the run's journal is about, in order.
pub async fn segment_index(ctx: &Ctx, run: RunId) -> Result<Vec<IndexRow>, DbErr> {
    const SQL: &str = "SELECT first_seq, stages FROM journal
        WHERE {scope} AND org_id = $1 AND run_id = $2 ORDER BY first_seq OFFSET 0";
    const LITE: &str = "SELECT first_seq, stages FROM journal
        WHERE {scope} AND org_id = $1 AND run_id = $2 ORDER BY first_seq LIMIT -1";
    let sql = if ctx.db().is_postgres() { SQL } else { LITE };
    ctx.rows(sql, [run.0.into()]).await
}

/// The bodies of these segments of the run's journal, in order.
pub async fn segments_at(ctx: &Ctx, run: RunId, firsts: &[i64]) -> Result<Vec<Vec<u8>>, DbErr> {
    let mut bodies = Vec::with_capacity(firsts.len());
    for firsts in firsts.chunks(500) {
        let places: Vec<String> = (3..firsts.len() + 3).map(|n| format!("${n}")).collect();
        let sql = format!(
            "SELECT body FROM journal WHERE {{scope}} AND org_id = $1 AND run_id = $2 \
               AND first_seq IN ({places}) ORDER BY first_seq LIMIT {limit}",
            places = places.join(", "),
            limit = firsts.len(),
        );
        let mut values: Vec<Value> = vec![run.0.into()];
        values.extend(firsts.iter().map(|first| Value::from(*first)));
        let rows: Vec<Body> = ctx.rows(&sql, values).await?;
        bodies.extend(rows.into_iter().map(|row| row.body));
    }
    Ok(bodies)
}

/// Segments in one page of a journal.
const SEGMENTS: usize = 50;

/// The bodies from the segment on that holds the event after `after`, in order, up to
/// [`SEGMENTS`]; whether there may be more.
pub async fn segments_after(
    ctx: &Ctx,
    run: RunId,
    after: u64,
) -> Result<(Vec<Vec<u8>>, bool), DbErr> {
    // That segment may begin before the event.
    let sql = format!(
        "SELECT body FROM journal WHERE {{scope}} AND org_id = $1 AND run_id = $2 \
           AND first_seq >= coalesce((SELECT max(j.first_seq) FROM journal j \
             WHERE j.org_id = $1 AND j.run_id = $2 AND j.first_seq <= $3), 0) \
         ORDER BY first_seq LIMIT {SEGMENTS}"
    );
    let next = i64::try_from(after).unwrap_or(i64::MAX - 1) + 1;
    let rows: Vec<Body> = ctx.rows(&sql, [run.0.into(), next.into()]).await?;
    let more = rows.len() == SEGMENTS;
    Ok((rows.into_iter().map(|row| row.body).collect(), more))
}

/// A part of an artifact's bytes, shorter at its end.
pub async fn artifact_piece(
    ctx: &Ctx,
    sha256: &str,
    offset: u64,
    length: u64,
) -> Result<Option<Vec<u8>>, DbErr> {
    let sql = format!(
        "SELECT substr(body, {from}, {length}) AS body FROM artifacts \
         WHERE {{scope}} AND org_id = $1 AND sha256 = $2 LIMIT 1",
        from = offset.saturating_add(1),
    );
    let rows: Vec<Body> = ctx.rows(&sql, [sha256.into()]).await?;
    Ok(rows.into_iter().next().map(|row| row.body))
}

#[derive(Debug, FromQueryResult)]
struct ArtifactRow {
    sha256: String,
    body: Vec<u8>,
    total: i64,
}

/// Artifacts in one statement, in no order; `None` when they come to more than `room` bytes. What
/// is too much stays in the database.
pub async fn artifacts(
    ctx: &Ctx,
    names: &[String],
    room: usize,
) -> Result<Option<Vec<(String, Vec<u8>)>>, DbErr> {
    if names.is_empty() {
        return Ok(Some(Vec::new()));
    }
    let room = i64::try_from(room).unwrap_or(i64::MAX);
    let (places, values) = places(2, names);
    let nothing = if ctx.db().is_postgres() {
        "''::bytea"
    } else {
        "x''"
    };
    let sql = format!(
        "SELECT m.sha256, CASE WHEN m.total <= {room} THEN a.body ELSE {nothing} END AS body, \
             m.total \
         FROM (SELECT sha256, CAST(sum(size) OVER (ORDER BY sha256) AS bigint) AS total \
               FROM artifacts WHERE {{scope}} AND org_id = $1 AND sha256 IN ({places})) m \
         JOIN artifacts a ON a.org_id = $1 AND a.sha256 = m.sha256 LIMIT {limit}",
        limit = values.len(),
    );
    let rows: Vec<ArtifactRow> = ctx.rows(&sql, values).await?;
    Ok(rows
        .iter()
        .all(|row| row.total <= room)
        .then(|| rows.into_iter().map(|row| (row.sha256, row.body)).collect()))
}
