//! Reads of runs. The list and the single run are one statement each.

#[cfg(test)]
use sea_orm::Statement;
use sea_orm::{ColumnTrait, DbErr, FromQueryResult, QueryFilter, QueryOrder, Value};
use types::RunId;
use uuid::Uuid;

use super::{
    Filter, RunRow, RunStatus, artifact, journal,
    row::{COLUMNS, PIPELINE_NAME, run_columns},
};
use crate::{Ctx, paging::Window, tenancy::OrgEntity};

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

/// The run's journal from the segment on that holds event `after` + 1, in order.
pub async fn segments(ctx: &Ctx, run: RunId, after: u64) -> Result<Vec<journal::Model>, DbErr> {
    let mut select = journal::Entity::in_org(ctx).filter(journal::Column::RunId.eq(run.0));
    if after > 0 {
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        // A segment's last event is `first_seq + count - 1`.
        let last = sea_orm::sea_query::Expr::cust("first_seq + count - 1");
        select = select.filter(sea_orm::sea_query::ExprTrait::gt(last, after));
    }
    let mut rows = ctx
        .all(select.order_by_asc(journal::Column::FirstSeq))
        .await?;
    rows.sort_unstable_by_key(|row| row.first_seq);
    Ok(rows)
}

/// The bytes of an artifact.
pub async fn artifact(ctx: &Ctx, sha256: &str) -> Result<Option<Vec<u8>>, DbErr> {
    let select = artifact::Entity::in_org(ctx).filter(artifact::Column::Sha256.eq(sha256));
    Ok(ctx.one(select).await?.map(|row| row.body))
}
