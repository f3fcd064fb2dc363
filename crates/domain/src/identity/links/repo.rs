//! Reads and writes of sign-in links.

use sea_orm::{ColumnTrait, DbErr, QueryFilter};
use uuid::Uuid;

use super::entity;
use crate::{App, Tx, tenancy::SharedEntity};

type Time = chrono::DateTime<chrono::Utc>;

/// Writes a new link and invalidates older ones.
pub async fn replace(
    tx: &Tx,
    hash: [u8; 32],
    user: Option<Uuid>,
    (now, expires_at): (Time, Time),
) -> Result<(), DbErr> {
    let end = "UPDATE sign_in_links SET used_at = $1 WHERE used_at IS NULL";
    tx.execute(end, [now.into()]).await?;
    let sql = "INSERT INTO sign_in_links (token_hash, user_id, expires_at) VALUES ($1, $2, $3)";
    let values = [hash.to_vec().into(), user.into(), expires_at.into()];
    tx.execute(sql, values).await.map(drop)
}

/// The link with this hash, used or unused.
pub async fn find(app: &App, hash: &[u8; 32]) -> Result<Option<entity::Model>, DbErr> {
    entity::Entity::shared(app)
        .filter(entity::Column::TokenHash.eq(hash.to_vec()))
        .one(app.db())
        .await
}

/// Marks a link as used. `false`: it was already used, or has expired.
pub async fn redeem(tx: &Tx, hash: &[u8; 32], now: Time) -> Result<bool, DbErr> {
    let sql = "UPDATE sign_in_links SET used_at = $1 \
        WHERE token_hash = $2 AND used_at IS NULL AND expires_at > $1";
    Ok(tx.execute(sql, [now.into(), hash.to_vec().into()]).await? == 1)
}
