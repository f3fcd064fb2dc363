//! Reads of runs. The list and the single run are one statement each.

#[cfg(test)]
use sea_orm::Statement;
use sea_orm::{DbErr, FromQueryResult, Value};
use types::RunId;
use uuid::Uuid;

use super::{
    Filter, RunRow, RunStatus,
    row::{COLUMNS, PIPELINE_NAME, run_columns},
};
use crate::{Ctx, paging::Window};

/// A page of runs with their pipelines' names, in one statement.
pub async fn list(ctx: &Ctx, filter: &Filter, window: &Window) -> Result<Vec<RunRow>, DbErr> {
    let (sql, values) = list_sql(filter, window);
    ctx.rows(&sql, values).await
}

/// The statement of [`list`], for a look at its plan.
#[cfg(test)]
pub fn list_statement(ctx: &Ctx, filter: &Filter, window: &Window) -> Statement {
    let (sql, values) = list_sql(filter, window);
    ctx.scoped(&sql, values)
}

/// The page is cut before the names are looked up, and its length is part of the text: the planner must not
/// guess it. A state's word is part of the text too, so that partial indexes are found.
fn list_sql(filter: &Filter, window: &Window) -> (String, Vec<Value>) {
    let mut conditions = String::new();
    let mut values: Vec<Value> = vec![window.below.into()];
    if let Some(pipeline) = filter.pipeline {
        values.push(pipeline.0.into());
        conditions += " AND pipeline_id = $3";
    }
    if !filter.status.is_empty() {
        let words: Vec<String> = RunStatus::ALL
            .iter()
            .filter(|status| filter.status.contains(status))
            .map(|status| format!("'{status}'"))
            .collect();
        conditions += &format!(" AND status IN ({})", words.join(", "));
    }
    let limit = window.limit();
    let sql = format!(
        "SELECT {columns} FROM (SELECT {own} FROM runs \
           WHERE org_id = $1 AND {{scope}} AND id < $2{conditions} \
           ORDER BY id DESC LIMIT {limit}) r \
         ORDER BY r.id DESC LIMIT {limit}",
        columns = run_columns("r", PIPELINE_NAME, ""),
        own = COLUMNS.join(", "),
    );
    (sql, values)
}

/// These runs with their pipelines' names, in no order.
pub async fn by_ids(ctx: &Ctx, ids: &[Uuid]) -> Result<Vec<RunRow>, DbErr> {
    let places: Vec<String> = (2..ids.len() + 2).map(|n| format!("${n}")).collect();
    let sql = format!(
        "SELECT {columns} FROM runs r \
         WHERE r.org_id = $1 AND {{scope}} AND r.id IN ({places}) LIMIT {limit}",
        columns = run_columns("r", PIPELINE_NAME, ""),
        places = places.join(", "),
        limit = ids.len(),
    );
    ctx.rows(&sql, ids.iter().map(|id| Value::from(*id))).await
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
    let places: Vec<String> = (2..ids.len() + 2).map(|n| format!("${n}")).collect();
    let sql = format!(
        "SELECT id, CASE WHEN total <= {room} THEN input ELSE '' END AS input, \
             CASE WHEN total <= {room} THEN output END AS output, total \
         FROM (SELECT id, input, output, \
                   sum(octet_length(input) + coalesce(octet_length(output), 0)) \
                       OVER (ORDER BY id) AS total \
               FROM runs WHERE org_id = $1 AND {{scope}} AND id IN ({places})) m LIMIT {limit}",
        places = places.join(", "),
        limit = ids.len(),
    );
    let rows: Vec<ValuesRow> = ctx
        .rows(&sql, ids.iter().map(|id| Value::from(*id)))
        .await?;
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
    let places: Vec<String> = (2..names.len() + 2).map(|n| format!("${n}")).collect();
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
        places = places.join(", "),
        limit = names.len(),
    );
    let values = names.iter().map(|name| Value::from(name.as_str()));
    let rows: Vec<ArtifactRow> = ctx.rows(&sql, values).await?;
    Ok(rows
        .iter()
        .all(|row| row.total <= room)
        .then(|| rows.into_iter().map(|row| (row.sha256, row.body)).collect()))
}
