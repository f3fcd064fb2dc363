//! Reads and writes of authorization codes.

use sea_orm::{DbErr, FromQueryResult, Value};
use uuid::Uuid;

use super::super::Whose;
use crate::{App, Tx};

type Time = chrono::DateTime<chrono::Utc>;

/// An authorization code.
#[derive(Clone, Debug, FromQueryResult)]
pub struct CodeRow {
    pub client_id: Uuid,
    pub for_org: Uuid,
    pub grant_id: Uuid,
    pub user_id: Uuid,
    pub scopes: String,
    /// Whether it was allowed in a session that the organization's provider opened.
    pub limited: bool,
    pub redirect_uri: String,
    pub challenge: String,
    pub expires_at: Time,
    pub used_at: Option<Time>,
    pub family_id: Option<Uuid>,
}

/// Writes a code, and deletes those that expired before `before`.
pub async fn insert(tx: &Tx, hash: [u8; 32], row: &CodeRow, before: Time) -> Result<(), DbErr> {
    let sql = "DELETE FROM oauth_codes WHERE expires_at <= $1";
    tx.execute(sql, [before.into()]).await?;
    let sql = "INSERT INTO oauth_codes (code_hash, client_id, for_org, grant_id, user_id, scopes, \
            limited, redirect_uri, challenge, expires_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let values: [Value; 10] = [
        hash.to_vec().into(),
        row.client_id.into(),
        row.for_org.into(),
        row.grant_id.into(),
        row.user_id.into(),
        row.scopes.as_str().into(),
        row.limited.into(),
        row.redirect_uri.as_str().into(),
        row.challenge.as_str().into(),
        row.expires_at.into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// A code, also one that was used or has expired.
pub async fn find(app: &App, hash: &[u8; 32]) -> Result<Option<CodeRow>, DbErr> {
    let sql = "SELECT client_id, for_org, grant_id, user_id, scopes, limited, redirect_uri, \
        challenge, expires_at, used_at, family_id FROM oauth_codes WHERE code_hash = $1";
    let statement = app.db().statement(sql, [hash.to_vec().into()]);
    let row = app.db().query_one(statement).await?;
    row.map(|row| CodeRow::from_query_result(&row, ""))
        .transpose()
}

/// Uses a code up for a family. `false`: it was used in the meantime.
pub async fn use_up(tx: &Tx, hash: &[u8; 32], family: Uuid, now: Time) -> Result<bool, DbErr> {
    let sql = "UPDATE oauth_codes SET used_at = $1, family_id = $2 \
        WHERE code_hash = $3 AND used_at IS NULL";
    let values = [now.into(), family.into(), hash.to_vec().into()];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Deletes the codes that were not redeemed yet: of a person, or of what an organization's providers
/// have let in (`limited`), of one person or of all.
pub async fn delete_unused(tx: &Tx, whose: Whose) -> Result<(), DbErr> {
    let sql = "DELETE FROM oauth_codes WHERE used_at IS NULL \
        AND ($1 IS NULL OR (for_org = $1 AND limited)) AND ($2 IS NULL OR user_id = $2)";
    tx.execute(sql, whose.values()).await.map(drop)
}
