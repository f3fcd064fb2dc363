//! Reads and writes of links that set a new password.

use sea_orm::{ColumnTrait, DbErr, PaginatorTrait, QueryFilter, Value};
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use crate::{App, Tx, tenancy::SharedEntity};

type Time = chrono::DateTime<chrono::Utc>;

/// Writes a new link. `false`: the same job has already written it.
pub async fn insert(tx: &Tx, row: &Model) -> Result<bool, DbErr> {
    let sql = "INSERT INTO password_resets (id, user_id, token_hash, email, password_sha256, \
        language, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
        ON CONFLICT (id) DO NOTHING";
    let values: [Value; 8] = [
        row.id.into(),
        row.user_id.into(),
        row.token_hash.clone().into(),
        row.email.as_str().into(),
        row.password_sha256.clone().into(),
        row.language.as_str().into(),
        row.created_at.into(),
        row.expires_at.into(),
    ];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Invalidates the person's links except one.
pub async fn end_others(tx: &Tx, user: Uuid, but: Uuid, now: Time) -> Result<(), DbErr> {
    let sql = "UPDATE password_resets SET used_at = $1 \
        WHERE user_id = $2 AND id <> $3 AND used_at IS NULL";
    tx.execute(sql, [now.into(), user.into(), but.into()])
        .await
        .map(drop)
}

/// The unused links of a person that may still be on their way.
pub async fn unused(tx: &Tx, app: &App, user: Uuid) -> Result<Vec<Model>, DbErr> {
    Entity::shared(app)
        .filter(Column::UserId.eq(user))
        .filter(Column::UsedAt.is_null())
        .all(tx.conn())
        .await
}

/// How many links were created for a person since a time.
pub async fn count_since(app: &App, user: Uuid, since: Time) -> Result<u64, DbErr> {
    Entity::shared(app)
        .filter(Column::UserId.eq(user))
        .filter(Column::CreatedAt.gt(since))
        .count(app.db())
        .await
}

/// The link with this hash, used or unused.
pub async fn find(app: &App, hash: &[u8; 32]) -> Result<Option<Model>, DbErr> {
    Entity::shared(app)
        .filter(Column::TokenHash.eq(hash.to_vec()))
        .one(app.db())
        .await
}

/// Marks a link as used. `false`: it was already used or replaced, or has expired.
pub async fn redeem(tx: &Tx, id: Uuid, now: Time) -> Result<bool, DbErr> {
    let sql = "UPDATE password_resets SET used_at = $1 \
        WHERE id = $2 AND used_at IS NULL AND expires_at > $1";
    Ok(tx.execute(sql, [now.into(), id.into()]).await? == 1)
}
