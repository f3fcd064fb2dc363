//! Reads and writes of devices that wait for a person.

use sea_orm::{DbErr, FromQueryResult, Value};
use types::{ApplicationGrantId, OrgId};
use uuid::Uuid;

use super::super::Whose;
use crate::{App, Tx};

type Time = chrono::DateTime<chrono::Utc>;

/// A device.
#[derive(Clone, Debug, FromQueryResult)]
pub struct DeviceRow {
    pub client_id: Uuid,
    pub scopes: String,
    pub address: Option<String>,
    pub created_at: Time,
    pub expires_at: Time,
    pub interval_seconds: i64,
    pub polled_at: Option<Time>,
    pub opened_by: Option<Uuid>,
    pub answer: Option<String>,
    pub for_org: Option<Uuid>,
    pub grant_id: Option<Uuid>,
    /// Whether it was allowed in a session that the organization's provider opened.
    pub limited: bool,
}

const SELECT: &str = "SELECT client_id, scopes, address, created_at, expires_at, interval_seconds, \
    polled_at, opened_by, answer, for_org, grant_id, limited FROM oauth_devices";

/// Writes a device, and deletes those that expired before `before`.
pub async fn insert(
    tx: &Tx,
    (device, user): ([u8; 32], [u8; 32]),
    row: &DeviceRow,
    before: Time,
) -> Result<(), DbErr> {
    let sql = "DELETE FROM oauth_devices WHERE expires_at <= $1";
    tx.execute(sql, [before.into()]).await?;
    let sql = "INSERT INTO oauth_devices (device_hash, user_code_hash, client_id, scopes, address, \
            created_at, expires_at, interval_seconds) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let values: [Value; 8] = [
        device.to_vec().into(),
        user.to_vec().into(),
        row.client_id.into(),
        row.scopes.as_str().into(),
        row.address.clone().into(),
        row.created_at.into(),
        row.expires_at.into(),
        row.interval_seconds.into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// The device with this code.
pub async fn find(app: &App, device: &[u8; 32]) -> Result<Option<DeviceRow>, DbErr> {
    one(app, format!("{SELECT} WHERE device_hash = $1"), device).await
}

/// The device whose person has this code.
pub async fn by_user_code(app: &App, code: &[u8; 32]) -> Result<Option<DeviceRow>, DbErr> {
    one(app, format!("{SELECT} WHERE user_code_hash = $1"), code).await
}

async fn one(app: &App, sql: String, hash: &[u8; 32]) -> Result<Option<DeviceRow>, DbErr> {
    let statement = app.db().statement(sql, [hash.to_vec().into()]);
    let row = app.db().query_one(statement).await?;
    row.map(|row| DeviceRow::from_query_result(&row, ""))
        .transpose()
}

/// Records who looks at a device's request. `false`: somebody else does, or it was answered.
pub async fn open(tx: &Tx, code: &[u8; 32], user: Uuid, now: Time) -> Result<bool, DbErr> {
    let sql = "UPDATE oauth_devices SET opened_by = $1 WHERE user_code_hash = $2 \
        AND (opened_by IS NULL OR opened_by = $1) AND answer IS NULL AND expires_at > $3";
    let values = [user.into(), code.to_vec().into(), now.into()];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Writes the answer of the person who looked at the request. `false`: somebody else did, or it was
/// answered or has expired.
pub async fn answer(
    tx: &Tx,
    (code, user): (&[u8; 32], Uuid),
    answer: &str,
    (org, grant, limited): (OrgId, Option<ApplicationGrantId>, bool),
    now: Time,
) -> Result<bool, DbErr> {
    let sql = "UPDATE oauth_devices SET answer = $1, for_org = $2, grant_id = $3, limited = $4 \
        WHERE user_code_hash = $5 AND opened_by = $6 AND answer IS NULL AND expires_at > $7";
    let values: [Value; 7] = [
        answer.into(),
        org.0.into(),
        grant.map(|grant| grant.0).into(),
        limited.into(),
        code.to_vec().into(),
        user.into(),
        now.into(),
    ];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Records that a device asked, and how long it has to wait before it asks again.
pub async fn polled(
    tx: &Tx,
    device: &[u8; 32],
    interval_seconds: i64,
    now: Time,
) -> Result<(), DbErr> {
    let sql = "UPDATE oauth_devices SET polled_at = $1, interval_seconds = $2 \
        WHERE device_hash = $3";
    let values = [now.into(), interval_seconds.into(), device.to_vec().into()];
    tx.execute(sql, values).await.map(drop)
}

/// Uses a device's code up. `false`: it was used in the meantime.
pub async fn take(tx: &Tx, device: &[u8; 32]) -> Result<bool, DbErr> {
    let sql = "DELETE FROM oauth_devices WHERE device_hash = $1";
    Ok(tx.execute(sql, [device.to_vec().into()]).await? == 1)
}

/// Deletes the devices that were answered and did not get their tokens yet: by a person, or in sessions
/// of an organization's providers (`limited`), by one person or by all.
pub async fn delete_answered(tx: &Tx, whose: Whose) -> Result<(), DbErr> {
    let sql = "DELETE FROM oauth_devices WHERE answer IS NOT NULL \
        AND ($1 IS NULL OR (for_org = $1 AND limited)) AND ($2 IS NULL OR opened_by = $2)";
    tx.execute(sql, whose.values()).await.map(drop)
}
