//! Reads of runs; `insert` and `signals` write. A list or a single run takes one statement. A
//! filter that no index supports examines a bounded number of runs.

pub mod insert;
pub mod signals;
mod source;

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
    access::Permission,
    db::{places, with_ids},
    paging::Window,
    run_summary::{COLUMNS, PIPELINE_NAME, RunRow, RunStatus, run_columns},
};

/// The largest number of runs examined for one page of a filter that no index supports.
pub const MAX_EXAMINED: u32 = 10_000;

/// Like [`MAX_EXAMINED`], for a filter that searches the texts of runs.
pub const MAX_SEARCHED: u32 = 2_000;

/// The largest number of runs that are counted; these are the newest ones.
pub const MAX_COUNTED: u32 = 50_000;

/// The largest difference between the times of a run's id and of its `created_at`. The id is based
/// on the system's clock, which may be adjusted, `created_at` on the application's clock.
const SLACK: TimeDelta = TimeDelta::hours(2);

/// A page of runs.
#[derive(Debug)]
pub struct Found {
    /// The rows in no order, up to the window's limit.
    pub rows: Vec<RunRow>,
    /// Set if the page is not full and runs below this id were not examined.
    pub examined_to: Option<Uuid>,
}

/// A page of runs with their pipelines' names: one statement if an index supports the filter;
/// otherwise a bounded number of runs is examined.
pub async fn find(ctx: &Ctx, filter: &Filter, window: &Window) -> Result<Found, DbErr> {
    let all = |rows| Found {
        rows,
        examined_to: None,
    };
    if filter.states().is_some_and(|states| states.is_empty()) {
        return Ok(all(Vec::new()));
    }
    let sees_all = ctx.reads_all(Permission::RunRead);
    let Some(search) = filter.search() else {
        if sees_all && is_indexed(filter) {
            let (sql, values) = list_sql(filter, window, ctx.db().is_postgres());
            return Ok(all(ctx.rows(&sql, values).await?));
        }
        if !sees_all && beside(filter, &mut Vec::new()).is_empty() {
            let limit = window.limit();
            let (sql, values) = scan_sql(ctx, filter, window, (limit, limit));
            return Ok(all(ctx.rows(&sql, values).await?));
        }
        let (sql, values) = scan_sql(ctx, filter, window, (MAX_EXAMINED, window.limit()));
        let rows: Vec<RunRow> = ctx.rows(&sql, values).await?;
        return rest(ctx, filter, window, MAX_EXAMINED, rows).await;
    };
    if let Some(id) = filter.id() {
        let mut rows = by_ids(ctx, &[id.0]).await?;
        rows.retain(|row| row.id < window.below && matches(filter, row));
        let pipelines = rows.iter().map(|row| PipelineId(row.pipeline_id));
        let pipelines: Vec<PipelineId> = pipelines.collect();
        let seen = ctx.readable(Permission::RunRead, &pipelines).await?;
        rows.retain(|row| seen.contains(&PipelineId(row.pipeline_id)));
        return Ok(all(rows));
    }
    let (sql, values) = scan_sql(ctx, filter, window, (MAX_SEARCHED, MAX_SEARCHED));
    let mut rows: Vec<RunRow> = ctx.rows(&sql, values).await?;
    rows.retain(|row| search.matches(row));
    rows.sort_unstable_by_key(|row| Reverse(row.id));
    rows.truncate(window.limit() as usize);
    rest(ctx, filter, window, MAX_SEARCHED, rows).await
}

/// Builds the page. If it is not full, checks whether there are runs that were not examined.
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
            examined_to: None,
        });
    }
    let mut values: Vec<Value> = vec![window.below.into()];
    let within = within(filter, &mut values);
    let source = source::of(ctx, &within, true, looked_at, &mut values);
    let sql = format!(
        "SELECT id FROM {source} AND id < $2{within} \
         ORDER BY id DESC LIMIT 1 OFFSET {}",
        looked_at - 1,
    );
    let last: Option<Last> = ctx.rows(&sql, values).await?.pop();
    Ok(Found {
        rows,
        examined_to: last.map(|last| last.id),
    })
}

/// Whether an index supports the filter: all runs, those of one pipeline, or those in states with
/// partial indexes. Most runs succeed, so succeeded runs are searched among all.
fn is_indexed(filter: &Filter) -> bool {
    filter.not_pipelines.is_empty()
        && filter.environments.is_empty()
        && filter.pipelines.len() <= 1
        && match filter.states() {
            None => true,
            Some(states) => filter.pipelines.is_empty() && !states.contains(&RunStatus::Succeeded),
        }
}

/// Whether the run matches the filter, ignoring the filter's text.
fn matches(filter: &Filter, row: &RunRow) -> bool {
    let pipeline = PipelineId(row.pipeline_id);
    let states = filter.states();
    (filter.ids.is_empty() || filter.ids.contains(&RunId(row.id)))
        && (filter.pipelines.is_empty() || filter.pipelines.contains(&pipeline))
        && !filter.not_pipelines.contains(&pipeline)
        && is_in_environment(filter, &row.environment)
        && states.is_none_or(|states| states.iter().any(|status| status.as_str() == row.status))
        && filter.since.is_none_or(|since| row.created_at >= since)
        && filter.until.is_none_or(|until| row.created_at < until)
}

/// Whether the filter allows the environment.
fn is_in_environment(filter: &Filter, environment: &str) -> bool {
    let mut allowed = filter.environments.iter();
    filter.environments.is_empty() || allowed.any(|one| one.as_str() == environment)
}

/// The statement of [`find`], for tests of its query plan.
#[cfg(test)]
pub fn list_statement(ctx: &Ctx, filter: &Filter, window: &Window) -> Statement {
    let (sql, values) = if is_indexed(filter) {
        list_sql(filter, window, ctx.db().is_postgres())
    } else {
        scan_sql(ctx, filter, window, (MAX_EXAMINED, window.limit()))
    };
    ctx.scoped(&sql, values)
}

/// The statement for a page that an index supports. The page is limited before the names are looked
/// up. Its length is a literal, so that the planner does not have to guess it. States are literals
/// too, so that the planner uses their partial indexes. Each state has its own index, so several
/// states are combined with `UNION ALL`.
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

/// The condition on a state. SQLite uses a partial index only if the statement repeats the index's
/// condition literally. PostgreSQL would treat that as a second condition and expect fewer rows.
fn in_state(status: RunStatus, postgres: bool) -> String {
    match status {
        RunStatus::Failed | RunStatus::Cancelled if !postgres => {
            format!(" AND status IN ('failed', 'cancelled') AND status = '{status}'")
        }
        _ => format!(" AND status = '{status}'"),
    }
}

/// The statement that examines `looked_at` runs below the window's key, and returns those that
/// match the filter, ignoring its text.
fn scan_sql(
    ctx: &Ctx,
    filter: &Filter,
    window: &Window,
    (looked_at, limit): (u32, u32),
) -> (String, Vec<Value>) {
    let mut values: Vec<Value> = vec![window.below.into()];
    let within = within(filter, &mut values);
    let beside = beside(filter, &mut values);
    let source = source::of(ctx, &within, true, looked_at, &mut values);
    let sql = format!(
        "SELECT {columns} FROM (SELECT * FROM (SELECT {own} FROM {source} \
             AND id < $2{within} \
             ORDER BY id DESC LIMIT {looked_at}) a \
           WHERE 1 = 1{beside} ORDER BY id DESC LIMIT {limit}) r \
         ORDER BY r.id DESC LIMIT {limit}",
        columns = run_columns("r", PIPELINE_NAME, ""),
        own = COLUMNS.join(", "),
    );
    (sql, values)
}

/// The filter's conditions that an index supports, each preceded by ` AND `. `$1` is the
/// organization; `values` are `$2` and following.
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
    // A run's id starts with the time at which the run was requested.
    if let Some(since) = filter.since.map(sensible) {
        and("id >=", first_id(since - SLACK).into());
        and("created_at >=", since.into());
    }
    if let Some(until) = filter.until.map(sensible) {
        and("id <", first_id(until + SLACK).into());
        and("created_at <", until.into());
    }
    out
}

/// The filter's other conditions, in the same form, without its text.
fn beside(filter: &Filter, values: &mut Vec<Value>) -> String {
    let mut out = String::new();
    if let Some(states) = filter.states() {
        let words: Vec<String> = states.iter().map(|status| format!("'{status}'")).collect();
        out += &format!(" AND status IN ({})", words.join(", "));
    }
    if !filter.environments.is_empty() {
        let words = filter.environments.iter().map(|one| format!("'{one}'"));
        let words: Vec<String> = words.collect();
        out += &format!(" AND environment IN ({})", words.join(", "));
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

/// A time of a filter, from 1970 to 9999: no run was requested outside of that. Later years are not ordered
/// as text, as SQLite compares times, and beside the last times of all there is no room for [`SLACK`].
fn sensible(time: DateTime<Utc>) -> DateTime<Utc> {
    let last = DateTime::from_timestamp(253_402_000_000, 0).unwrap_or(DateTime::UNIX_EPOCH);
    time.clamp(DateTime::UNIX_EPOCH, last)
}

/// The lowest possible id of a run requested in this millisecond.
fn first_id(time: DateTime<Utc>) -> Uuid {
    let millis = u128::try_from(time.timestamp_millis()).unwrap_or(0);
    Uuid::from_u128((millis & 0xffff_ffff_ffff) << 80)
}

/// The columns of a run that statistics need.
#[derive(Debug, FromQueryResult)]
pub struct CountedRow {
    pub status: String,
    /// When it was requested, in seconds since 1970.
    pub created: i64,
    /// The duration in milliseconds; `None` unless it has started and ended.
    pub millis: Option<i64>,
}

/// The newest runs that match a filter, ignoring its text. Examines up to [`MAX_COUNTED`] runs, and one
/// more, which shows that there are more.
pub async fn counted(ctx: &Ctx, filter: &Filter) -> Result<Vec<CountedRow>, DbErr> {
    if filter.states().is_some_and(|states| states.is_empty()) {
        return Ok(Vec::new());
    }
    let mut values = Vec::new();
    let within = within(filter, &mut values);
    let beside = beside(filter, &mut values);
    let limit = MAX_COUNTED + 1;
    let source = source::of(ctx, &within, false, limit, &mut values);
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
           (SELECT status, pipeline_id, environment, created_at, started_at, finished_at \
            FROM {source}{within} ORDER BY id DESC LIMIT {limit}) a \
         WHERE 1 = 1{beside} LIMIT {limit}"
    );
    ctx.rows(&sql, values).await
}

/// The number of runs in a state, or, for the state `*`, the number of runs examined.
#[derive(Debug, FromQueryResult)]
pub struct TallyRow {
    pub status: String,
    pub runs: i64,
}

/// Counts the newest runs that match a filter, ignoring its text, by state in the database.
/// Examines as many runs as [`counted`].
pub async fn tally(ctx: &Ctx, filter: &Filter) -> Result<Vec<TallyRow>, DbErr> {
    let mut values = Vec::new();
    let within = within(filter, &mut values);
    let beside = beside(filter, &mut values);
    let limit = MAX_COUNTED + 1;
    let source = source::of(ctx, &within, false, limit, &mut values);
    let looked = format!(
        "SELECT status, pipeline_id, environment FROM {source}{within} ORDER BY id DESC LIMIT {limit}"
    );
    let sql = format!(
        "WITH a AS ({looked}) \
         SELECT status, runs FROM (\
           SELECT status, count(*) AS runs FROM a WHERE 1 = 1{beside} GROUP BY status \
           UNION ALL SELECT '*' AS status, count(*) AS runs FROM a) t LIMIT 10"
    );
    ctx.rows(&sql, values).await
}

/// How many runs below a key match a filter, ignoring its text. Without a bound, so for jobs only.
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

/// The runs with these ids that exist, with their pipelines' names, in no order.
pub async fn by_ids(ctx: &Ctx, ids: &[Uuid]) -> Result<Vec<RunRow>, DbErr> {
    let (sql, values) = by_ids_sql(ids);
    ctx.rows(&sql, values).await
}

/// The statement of [`by_ids`].
pub fn by_ids_sql(ids: &[Uuid]) -> (String, Vec<Value>) {
    let (condition, values) = with_ids("r.", ids);
    let sql = format!(
        "SELECT {columns} FROM runs r WHERE {{scope}} AND {condition} LIMIT {limit}",
        columns = run_columns("r", PIPELINE_NAME, ""),
        limit = values.len(),
    );
    (sql, values)
}

/// A run's input and output.
#[derive(Clone, Debug, FromQueryResult)]
pub struct ValuesRow {
    pub id: Uuid,
    pub input: String,
    pub output: Option<String>,
    /// The total bytes of this run's values and of those before it.
    pub total: i64,
}

/// The inputs and outputs of these runs, in no order. `None` if they together exceed `room` bytes;
/// those beyond the limit are not read from the database.
pub async fn values(ctx: &Ctx, ids: &[Uuid], room: usize) -> Result<Option<Vec<ValuesRow>>, DbErr> {
    let room = i64::try_from(room).unwrap_or(i64::MAX);
    let (condition, values) = with_ids("", ids);
    let sql = format!(
        "SELECT id, CASE WHEN total <= {room} THEN input ELSE '' END AS input, \
             CASE WHEN total <= {room} THEN output END AS output, total \
         FROM (SELECT id, input, output, \
                   sum(octet_length(input) + coalesce(octet_length(output), 0)) \
                       OVER (ORDER BY id) AS total \
               FROM runs WHERE {{scope}} AND {condition}) m LIMIT {limit}",
        limit = values.len(),
    );
    let rows: Vec<ValuesRow> = ctx.rows(&sql, values).await?;
    Ok(rows.iter().all(|row| row.total <= room).then_some(rows))
}

/// The newest runs of a pipeline's draft.
pub async fn of_draft(ctx: &Ctx, pipeline: PipelineId, first: u32) -> Result<Vec<RunRow>, DbErr> {
    let sql = format!(
        "SELECT {columns} FROM runs r \
         WHERE r.org_id = $1 AND {{scope}} AND r.pipeline_id = $2 AND r.draft_revision IS NOT NULL \
         ORDER BY r.id DESC LIMIT {first}",
        columns = run_columns("r", PIPELINE_NAME, ""),
    );
    ctx.rows(&sql, [pipeline.0.into()]).await
}

/// The run that was started with an idempotency key.
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

/// The bodies of all segments of the run's journal, in order.
pub async fn segments(ctx: &Ctx, run: RunId) -> Result<Vec<Vec<u8>>, DbErr> {
    const SQL: &str = "SELECT body FROM journal WHERE {scope} AND org_id = $1 AND run_id = $2
        ORDER BY first_seq OFFSET 0";
    const LITE: &str = "SELECT body FROM journal WHERE {scope} AND org_id = $1 AND run_id = $2
        ORDER BY first_seq LIMIT -1";
    let sql = if ctx.db().is_postgres() { SQL } else { LITE };
    let rows: Vec<Body> = ctx.rows(sql, [run.0.into()]).await?;
    Ok(rows.into_iter().map(|row| row.body).collect())
}

/// The entry of a segment in the segment index.
#[derive(Clone, Debug, FromQueryResult)]
pub struct IndexRow {
    pub first_seq: i64,
    /// The stages that it is about; see `engine::run::Subjects`.
    pub stages: Option<Vec<u8>>,
}

/// The segment index of the run's journal, in order.
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

/// The number of segments read in one statement.
const SEGMENTS: usize = 50;

/// Up to [`SEGMENTS`] bodies in order, starting with the segment that holds the event after
/// `after`; and whether there may be more.
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

/// A part of an artifact's bytes, which is shorter at the artifact's end.
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

/// The artifacts with these hashes that exist, in no order, in one statement. `None` if they
/// together exceed `room` bytes; those beyond the limit are not read from the database.
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
