//! Reads and writes of passkeys and challenges.

use sea_orm::{ColumnTrait, DbErr, PaginatorTrait, QueryFilter, QueryOrder, Value};
use uuid::Uuid;

use super::entity::{challenge, passkey};
use crate::{App, Tx, tenancy::SharedEntity};

type Time = chrono::DateTime<chrono::Utc>;

/// A person's passkeys, oldest first.
pub async fn all(app: &App, user: Uuid) -> Result<Vec<passkey::Model>, DbErr> {
    passkey::Entity::shared(app)
        .filter(passkey::Column::UserId.eq(user))
        .order_by_asc(passkey::Column::Id)
        .all(app.db())
        .await
}

/// The passkey to which an authenticator gave this id.
pub async fn by_credential(app: &App, id: &[u8]) -> Result<Option<passkey::Model>, DbErr> {
    passkey::Entity::shared(app)
        .filter(passkey::Column::CredentialId.eq(id.to_vec()))
        .one(app.db())
        .await
}

/// Writes a new passkey. `false`: it is registered already.
pub async fn insert(tx: &Tx, row: &passkey::Model) -> Result<bool, DbErr> {
    let sql = "INSERT INTO passkeys (id, user_id, name, credential_id, credential, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (credential_id) DO NOTHING";
    let values: [Value; 6] = [
        row.id.into(),
        row.user_id.into(),
        row.name.as_str().into(),
        row.credential_id.clone().into(),
        row.credential.as_str().into(),
        row.created_at.into(),
    ];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Stores the counter of a passkey after its use. `false`: it was removed, or used at the same
/// time.
pub async fn used(
    tx: &Tx,
    row: &passkey::Model,
    credential: &str,
    now: Time,
) -> Result<bool, DbErr> {
    let sql = "UPDATE passkeys SET credential = $1, last_used_at = $2 \
        WHERE id = $3 AND credential = $4";
    let values = [
        credential.into(),
        now.into(),
        row.id.into(),
        row.credential.as_str().into(),
    ];
    Ok(tx.execute(sql, values).await? == 1)
}

/// The number of a person's passkeys.
pub async fn count(tx: &Tx, app: &App, user: Uuid) -> Result<u64, DbErr> {
    passkey::Entity::shared(app)
        .filter(passkey::Column::UserId.eq(user))
        .count(tx.conn())
        .await
}

/// Removes a passkey of a person. `false`: they have no such passkey.
pub async fn delete(tx: &Tx, user: Uuid, id: Uuid) -> Result<bool, DbErr> {
    let sql = "DELETE FROM passkeys WHERE user_id = $1 AND id = $2";
    Ok(tx.execute(sql, [user.into(), id.into()]).await? == 1)
}

/// Removes the passkeys that were added to an account since a time.
pub async fn delete_since(tx: &Tx, user: Uuid, since: Time) -> Result<u64, DbErr> {
    let sql = "DELETE FROM passkeys WHERE user_id = $1 AND created_at >= $2";
    tx.execute(sql, [user.into(), since.into()]).await
}

/// Writes a challenge, and deletes those that have expired.
pub async fn insert_challenge(tx: &Tx, row: challenge::Model, now: Time) -> Result<(), DbErr> {
    let sql = "DELETE FROM passkey_challenges WHERE expires_at <= $1";
    tx.execute(sql, [now.into()]).await?;
    let sql = "INSERT INTO passkey_challenges (token_hash, used_for, user_id, state, expires_at) \
        VALUES ($1, $2, $3, $4, $5)";
    let values: [Value; 5] = [
        row.token_hash.into(),
        row.used_for.into(),
        row.user_id.into(),
        row.state.into(),
        row.expires_at.into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// The challenge with this hash.
pub async fn challenge(app: &App, hash: &[u8; 32]) -> Result<Option<challenge::Model>, DbErr> {
    challenge::Entity::shared(app)
        .filter(challenge::Column::TokenHash.eq(hash.to_vec()))
        .one(app.db())
        .await
}

/// Uses up a challenge. `false`: it was answered at the same time.
pub async fn end_challenge(tx: &Tx, hash: &[u8; 32]) -> Result<bool, DbErr> {
    let sql = "DELETE FROM passkey_challenges WHERE token_hash = $1";
    Ok(tx.execute(sql, [hash.to_vec().into()]).await? == 1)
}
