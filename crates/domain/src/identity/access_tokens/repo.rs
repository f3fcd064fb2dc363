//! Reads and writes of signing keys.

use sea_orm::{DbErr, FromQueryResult};

use crate::{App, Tx};

type Time = chrono::DateTime<chrono::Utc>;

/// A stored key.
#[derive(Clone, Debug, FromQueryResult)]
pub struct KeyRow {
    pub number: i64,
    pub kid: String,
    pub private_key: Vec<u8>,
    pub signs_from: Time,
    pub signs_until: Time,
}

/// All keys.
pub async fn all(app: &App) -> Result<Vec<KeyRow>, DbErr> {
    let sql = "SELECT number, kid, private_key, signs_from, signs_until FROM signing_keys";
    let rows = app.db().query_all(app.db().statement(sql, [])).await?;
    rows.iter()
        .map(|row| KeyRow::from_query_result(row, ""))
        .collect()
}

/// Writes a new key. `false`: another process has written one with this number.
pub async fn insert(tx: &Tx, row: &KeyRow, now: Time) -> Result<bool, DbErr> {
    let sql = "INSERT INTO signing_keys \
            (number, kid, private_key, created_at, signs_from, signs_until) \
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
    let values = [
        row.number.into(),
        row.kid.as_str().into(),
        row.private_key.clone().into(),
        now.into(),
        row.signs_from.into(),
        row.signs_until.into(),
    ];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Removes the keys that ended before `before`. Returns how many there were.
pub async fn remove(tx: &Tx, before: Time) -> Result<u64, DbErr> {
    let sql = "DELETE FROM signing_keys WHERE signs_until <= $1";
    tx.execute(sql, [before.into()]).await
}
