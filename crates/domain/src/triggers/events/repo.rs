//! Reads and writes of events.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Statement, Value};
use types::OrgId;
use uuid::Uuid;

use crate::{
    App, Ctx, Tx,
    paging::Window,
    tenancy::{SCOPE, rows_in},
    trigger_definitions::entity as definition,
};

type Time = DateTime<Utc>;

/// An event.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Row {
    pub id: Uuid,
    pub org_id: Uuid,
    pub event_id: String,
    pub source: String,
    pub event_type: String,
    pub subject: Option<String>,
    pub happened_at: Option<String>,
    pub extensions: String,
    pub data: Option<String>,
    pub bytes: i64,
    pub sent_by_kind: String,
    pub sent_by_name: String,
    pub received_at: Time,
}

const COLUMNS: &str = "e.id, e.org_id, e.event_id, e.source, e.event_type, e.subject, e.happened_at, \
    e.extensions, e.data, e.bytes, e.sent_by_kind, e.sent_by_name, e.received_at";

/// Writes an event. `false`: one of its source has this id already.
pub async fn insert(tx: &Tx, row: &Row, key_hash: &[u8]) -> Result<bool, DbErr> {
    let sql = "INSERT INTO events (id, org_id, key_hash, event_id, source, event_type, subject, \
            happened_at, extensions, data, bytes, sent_by_kind, sent_by_name, received_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) \
        ON CONFLICT (org_id, key_hash) DO NOTHING";
    let values: [Value; 14] = [
        row.id.into(),
        row.org_id.into(),
        key_hash.to_vec().into(),
        row.event_id.as_str().into(),
        row.source.as_str().into(),
        row.event_type.as_str().into(),
        row.subject.clone().into(),
        row.happened_at.clone().into(),
        row.extensions.as_str().into(),
        row.data.clone().into(),
        row.bytes.into(),
        row.sent_by_kind.as_str().into(),
        row.sent_by_name.as_str().into(),
        row.received_at.into(),
    ];
    Ok(tx.execute(sql, values).await? == 1)
}

/// The event that was stored with this key.
pub async fn known(tx: &Tx, org: OrgId, key_hash: &[u8]) -> Result<Option<Uuid>, DbErr> {
    let sql = "SELECT id FROM events WHERE org_id = $1 AND key_hash = $2";
    let found = tx
        .query_one(sql, [org.0.into(), key_hash.to_vec().into()])
        .await?;
    found.map(|row| row.try_get("", "id")).transpose()
}

/// The enabled triggers that wait for events.
pub async fn waiting(tx: &Tx, org: OrgId) -> Result<Vec<definition::Model>, DbErr> {
    let sql = "SELECT t.* FROM triggers t WHERE t.org_id = $1 AND t.waits_for = 'event' \
        ORDER BY t.id LIMIT 1000";
    let backend = tx.conn().get_database_backend();
    let statement = Statement::from_sql_and_values(backend, sql, [org.0.into()]);
    let rows = tx.conn().query_all_raw(statement).await?;
    rows.iter()
        .map(|row| definition::Model::from_query_result(row, ""))
        .collect()
}

/// For when a trigger fired last.
pub async fn last_fired(tx: &Tx, row: &definition::Model) -> Result<Option<Time>, DbErr> {
    let sql = "SELECT f.due_at FROM trigger_firings f WHERE f.org_id = $1 AND f.trigger_id = $2 \
        AND f.state IN ('pending', 'fired') ORDER BY f.id DESC LIMIT 1";
    let found = tx
        .query_one(sql, [row.org_id.into(), row.id.into()])
        .await?;
    found.map(|row| row.try_get("", "due_at")).transpose()
}

/// One event.
pub async fn find(app: &App, org: OrgId, id: Uuid) -> Result<Option<Row>, DbErr> {
    let sql = format!(
        "SELECT {COLUMNS} FROM events e WHERE {SCOPE} AND e.org_id = $1 AND e.id = $2 LIMIT 1"
    );
    Ok(rows_in(app, org, &sql, [id.into()]).await?.pop())
}

/// The organization's events, the newest first.
pub async fn list(ctx: &Ctx, window: &Window) -> Result<Vec<Row>, DbErr> {
    let sql = format!(
        "SELECT {COLUMNS} FROM events e WHERE {SCOPE} AND e.org_id = $1 AND e.id < $2 \
         ORDER BY e.id DESC LIMIT {limit}",
        limit = window.limit(),
    );
    ctx.rows(&sql, [window.below.into()]).await
}

/// Removes events from before `cutoff`, at most `limit`. Returns how many.
pub async fn purge(tx: &Tx, cutoff: Time, limit: usize) -> Result<u64, DbErr> {
    let sql = format!(
        "/* across organizations: purge */ DELETE FROM events WHERE id IN ( \
           SELECT e.id FROM events e WHERE e.received_at < $1 LIMIT {limit})"
    );
    tx.execute(&sql, [cutoff.into()]).await
}

/// Removes the oldest events of organizations that have more than `most`, at most `limit`. Returns how many.
pub async fn trim(tx: &Tx, most: usize, limit: usize) -> Result<u64, DbErr> {
    let sql = format!(
        "/* across organizations: purge */ DELETE FROM events WHERE id IN ( \
           SELECT o.id FROM ( \
             SELECT e.id, row_number() OVER (PARTITION BY e.org_id ORDER BY e.id DESC) AS place \
             FROM events e) o \
           WHERE o.place > {most} LIMIT {limit})"
    );
    tx.execute(&sql, []).await
}
