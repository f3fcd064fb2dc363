//! Reads and writes of webhooks' keys and deliveries.

use chrono::{DateTime, Utc};
use sea_orm::{DbErr, FromQueryResult, Value};
use types::{OrgId, TriggerFiringId, TriggerId};
use uuid::Uuid;

use crate::{
    App, Ctx, Tx,
    tenancy::{SCOPE, rows_in},
    triggers::entity,
};

type Time = DateTime<Utc>;

/// The kind of a key: an address.
pub const ADDRESS: &str = "address";
/// The kind of a key: a secret.
pub const SECRET: &str = "secret";

/// The part of a body that a list of deliveries shows, in bytes.
const SHOWN: usize = 16 * 1024;

/// How many deliveries of a trigger are kept.
const KEPT: usize = 100;

/// A key of a webhook.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Key {
    pub id: Uuid,
    pub org_id: Uuid,
    pub trigger_id: Uuid,
    pub kind: String,
    pub token_hash: Option<Vec<u8>>,
    pub sealed: Option<Vec<u8>>,
    pub created_at: Time,
    pub expires_at: Option<Time>,
}

/// A delivery.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Row {
    pub id: Uuid,
    pub org_id: Uuid,
    pub trigger_id: Uuid,
    pub received_at: Time,
    pub delivery_id: Option<String>,
    pub body_kind: String,
    pub address: Option<String>,
    pub headers: String,
    pub query: String,
    pub body: Vec<u8>,
    pub bytes: i64,
    pub repeats: i64,
    pub redelivery_of: Option<Uuid>,
}

/// The address with this hash, of whatever organization.
pub async fn by_hash(app: &App, hash: &[u8; 32]) -> Result<Option<Key>, DbErr> {
    let sql = if app.db().is_postgres() {
        "SELECT * FROM flowmason_webhook($1)"
    } else {
        "/* across organizations: sign-in */ SELECT * FROM webhook_keys WHERE token_hash = $1"
    };
    let statement = app.db().statement(sql, [hash.to_vec().into()]);
    let row = app.db().query_one(statement).await?;
    row.map(|row| Key::from_query_result(&row, "")).transpose()
}

/// The keys of a trigger, the newest first.
pub async fn keys(app: &App, org: OrgId, trigger: Uuid) -> Result<Vec<Key>, DbErr> {
    let sql = format!(
        "SELECT k.* FROM webhook_keys k WHERE {SCOPE} AND k.org_id = $1 AND k.trigger_id = $2 \
         ORDER BY k.id DESC LIMIT 10"
    );
    rows_in(app, org, &sql, [trigger.into()]).await
}

/// Writes a key.
pub async fn insert_key(tx: &Tx, key: &Key) -> Result<(), DbErr> {
    let sql = "INSERT INTO webhook_keys (id, org_id, trigger_id, kind, token_hash, sealed, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let values: [Value; 7] = [
        key.id.into(),
        key.org_id.into(),
        key.trigger_id.into(),
        key.kind.as_str().into(),
        key.token_hash.clone().into(),
        key.sealed.clone().into(),
        key.created_at.into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Ends the current key of a kind at `until`, and those before it now.
pub async fn replace_key(tx: &Tx, key: &Key, until: Time) -> Result<(), DbErr> {
    let sql = "DELETE FROM webhook_keys \
        WHERE org_id = $1 AND trigger_id = $2 AND kind = $3 AND expires_at IS NOT NULL";
    let kind = || Value::from(key.kind.as_str());
    let place: [Value; 3] = [key.org_id.into(), key.trigger_id.into(), kind()];
    tx.execute(sql, place).await?;
    let sql = "UPDATE webhook_keys SET expires_at = $4 \
        WHERE org_id = $1 AND trigger_id = $2 AND kind = $3";
    let values: [Value; 4] = [
        key.org_id.into(),
        key.trigger_id.into(),
        kind(),
        until.into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Remembers a delivery. `false`: it is remembered already.
pub async fn remember(
    tx: &Tx,
    row: &entity::Model,
    key_hash: &[u8],
    until: Time,
) -> Result<bool, DbErr> {
    let sql = "INSERT INTO webhook_seen (org_id, trigger_id, key_hash, firing_id, expires_at) \
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT (org_id, trigger_id, key_hash) DO UPDATE \
        SET firing_id = excluded.firing_id, expires_at = excluded.expires_at \
        WHERE webhook_seen.expires_at <= $6";
    let values: [Value; 6] = [
        row.org_id.into(),
        row.trigger_id.into(),
        key_hash.to_vec().into(),
        row.id.into(),
        until.into(),
        row.created_at.into(),
    ];
    Ok(tx.execute(sql, values).await? == 1)
}

/// The firing of a delivery that is remembered.
pub async fn remembered(
    tx: &Tx,
    row: &entity::Model,
    key_hash: &[u8],
) -> Result<Option<Uuid>, DbErr> {
    let sql = "SELECT firing_id FROM webhook_seen \
        WHERE org_id = $1 AND trigger_id = $2 AND key_hash = $3";
    let values: [Value; 3] = [
        row.org_id.into(),
        row.trigger_id.into(),
        key_hash.to_vec().into(),
    ];
    let found = tx.query_one(sql, values).await?;
    found.map(|row| row.try_get("", "firing_id")).transpose()
}

/// Writes why the last delivery was refused.
pub async fn set_problem(
    tx: &Tx,
    (org, trigger): (OrgId, Uuid),
    code: &str,
    problem: &str,
) -> Result<(), DbErr> {
    let sql = "UPDATE triggers SET problem_code = $3, problem = $4 WHERE org_id = $1 AND id = $2";
    let values: [Value; 4] = [org.0.into(), trigger.into(), code.into(), problem.into()];
    tx.execute(sql, values).await.map(drop)
}

/// Writes the firing of a delivery. `false`: the trigger has one for the same instant.
pub async fn insert_firing(tx: &Tx, row: &entity::Model) -> Result<bool, DbErr> {
    let sql = "INSERT INTO trigger_firings (id, org_id, trigger_id, due_at, state, missed, attempts, \
            next_try_at, created_at) \
        VALUES ($1, $2, $3, $4, $5, 0, 0, $6, $7) ON CONFLICT DO NOTHING";
    let values: [Value; 7] = [
        row.id.into(),
        row.org_id.into(),
        row.trigger_id.into(),
        row.due_at.into(),
        row.state.as_str().into(),
        row.next_try_at.into(),
        row.created_at.into(),
    ];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Writes a delivery.
pub async fn insert(tx: &Tx, row: &Row) -> Result<(), DbErr> {
    let sql = "INSERT INTO webhook_deliveries (id, org_id, trigger_id, received_at, delivery_id, \
            body_kind, address, headers, query, body, bytes, repeats, redelivery_of) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, $12)";
    let values: [Value; 12] = [
        row.id.into(),
        row.org_id.into(),
        row.trigger_id.into(),
        row.received_at.into(),
        row.delivery_id.clone().into(),
        row.body_kind.as_str().into(),
        row.address.clone().into(),
        row.headers.as_str().into(),
        row.query.as_str().into(),
        row.body.clone().into(),
        row.bytes.into(),
        row.redelivery_of.into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Removes the oldest deliveries of a trigger beyond those that are kept. One whose run has not been started
/// yet stays.
pub async fn trim(tx: &Tx, row: &entity::Model) -> Result<(), DbErr> {
    let sql = format!(
        "DELETE FROM webhook_deliveries WHERE org_id = $1 AND trigger_id = $2 AND id IN ( \
           SELECT d.id FROM webhook_deliveries d WHERE d.org_id = $1 AND d.trigger_id = $2 \
             AND NOT EXISTS (SELECT 1 FROM trigger_firings f \
               WHERE f.org_id = $1 AND f.id = d.id AND f.state = 'pending') \
           ORDER BY d.id DESC LIMIT 1000 OFFSET {KEPT})"
    );
    tx.execute(&sql, [row.org_id.into(), row.trigger_id.into()])
        .await
        .map(drop)
}

/// Counts that a delivery was made again.
pub async fn repeated(tx: &Tx, org: OrgId, id: Uuid) -> Result<(), DbErr> {
    let sql = "UPDATE webhook_deliveries SET repeats = repeats + 1 WHERE org_id = $1 AND id = $2";
    tx.execute(sql, [org.0.into(), id.into()]).await.map(drop)
}

/// One delivery with its whole body.
pub async fn find(app: &App, org: OrgId, id: Uuid) -> Result<Option<Row>, DbErr> {
    let sql = format!(
        "SELECT d.* FROM webhook_deliveries d WHERE {SCOPE} AND d.org_id = $1 AND d.id = $2 LIMIT 1"
    );
    Ok(rows_in(app, org, &sql, [id.into()]).await?.pop())
}

/// The newest deliveries of a trigger, with the beginnings of their bodies.
pub async fn newest(ctx: &Ctx, trigger: TriggerId, count: u64) -> Result<Vec<Row>, DbErr> {
    let sql = format!(
        "SELECT d.id, d.org_id, d.trigger_id, d.received_at, d.delivery_id, d.body_kind, d.address, \
             d.headers, d.query, substr(d.body, 1, {SHOWN}) AS body, d.bytes, d.repeats, \
             d.redelivery_of \
         FROM webhook_deliveries d WHERE {SCOPE} AND d.org_id = $1 AND d.trigger_id = $2 \
         ORDER BY d.id DESC LIMIT {count}"
    );
    ctx.rows(&sql, [trigger.0.into()]).await
}

/// The firings of a trigger's deliveries.
pub async fn firings(ctx: &Ctx, trigger: TriggerId) -> Result<Vec<entity::Model>, DbErr> {
    let sql = format!(
        "SELECT f.* FROM trigger_firings f WHERE {SCOPE} AND f.org_id = $1 AND f.trigger_id = $2 \
             AND f.id IN (SELECT d.id FROM webhook_deliveries d \
               WHERE d.org_id = $1 AND d.trigger_id = $2) \
         ORDER BY f.id DESC LIMIT 2000"
    );
    ctx.rows(&sql, [trigger.0.into()]).await
}

/// One firing.
pub async fn firing(
    app: &App,
    org: OrgId,
    id: TriggerFiringId,
) -> Result<Option<entity::Model>, DbErr> {
    let sql = format!(
        "SELECT f.* FROM trigger_firings f WHERE {SCOPE} AND f.org_id = $1 AND f.id = $2 LIMIT 1"
    );
    Ok(rows_in(app, org, &sql, [id.0.into()]).await?.pop())
}

/// Removes what is not remembered any more, and deliveries before `cutoff`; at most `limit` of each. Returns
/// how many.
pub async fn purge(tx: &Tx, now: Time, cutoff: Time, limit: usize) -> Result<u64, DbErr> {
    let seen = format!(
        "/* across organizations: purge */ DELETE FROM webhook_seen \
         WHERE (org_id, trigger_id, key_hash) IN ( \
           SELECT s.org_id, s.trigger_id, s.key_hash FROM webhook_seen s WHERE s.expires_at < $1 \
           LIMIT {limit})"
    );
    let old = format!(
        "/* across organizations: purge */ DELETE FROM webhook_deliveries WHERE id IN ( \
           SELECT d.id FROM webhook_deliveries d WHERE d.received_at < $1 LIMIT {limit})"
    );
    let gone = tx.execute(&seen, [now.into()]).await?;
    Ok(gone + tx.execute(&old, [cutoff.into()]).await?)
}
