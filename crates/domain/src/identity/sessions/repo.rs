//! Reads and writes of sessions.

use sea_orm::{ColumnTrait, DbErr, FromQueryResult, QueryFilter};
use types::SessionId;
use uuid::Uuid;

use super::entity;
use crate::{App, Tx, tenancy::SharedEntity};

type Time = chrono::DateTime<chrono::Utc>;

/// A session that was not ended, joined with its person.
#[derive(Clone, Debug, FromQueryResult)]
pub struct SessionRow {
    pub id: Uuid,
    pub user_id: Uuid,
    pub name: String,
    pub last_seen_at: Time,
    pub expires_at: Time,
}

/// The session with this hash, if it was not ended. It may have expired.
pub async fn by_hash(app: &App, hash: &[u8; 32]) -> Result<Option<SessionRow>, DbErr> {
    let sql = "SELECT s.id, s.user_id, u.name, s.last_seen_at, s.expires_at \
               FROM sessions s JOIN users u ON u.id = s.user_id \
               WHERE s.token_hash = $1 AND s.revoked_at IS NULL";
    let statement = app.db().statement(sql, [hash.to_vec().into()]);
    let row = app.db().query_one(statement).await?;
    row.map(|row| SessionRow::from_query_result(&row, ""))
        .transpose()
}

/// Writes a new session.
pub async fn insert(
    tx: &Tx,
    (id, user): (SessionId, Uuid),
    hash: [u8; 32],
    (now, expires_at): (Time, Time),
) -> Result<(), DbErr> {
    let sql = "INSERT INTO sessions (id, user_id, token_hash, created_at, last_seen_at, expires_at) \
         VALUES ($1, $2, $3, $4, $4, $5)";
    let values = [
        id.0.into(),
        user.into(),
        hash.to_vec().into(),
        now.into(),
        expires_at.into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Records when a session was last used.
pub async fn seen(tx: &Tx, id: Uuid, now: Time) -> Result<(), DbErr> {
    let sql = "UPDATE sessions SET last_seen_at = $1 WHERE id = $2";
    tx.execute(sql, [now.into(), id.into()]).await.map(drop)
}

/// Marks a session as ended.
pub async fn revoke(tx: &Tx, id: Uuid, now: Time) -> Result<(), DbErr> {
    let sql = "UPDATE sessions SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL";
    tx.execute(sql, [now.into(), id.into()]).await.map(drop)
}

/// The sessions of a person that were not ended, except one.
pub async fn others(
    tx: &Tx,
    app: &App,
    user: Uuid,
    but: Option<Uuid>,
) -> Result<Vec<entity::Model>, DbErr> {
    let mut select = entity::Entity::shared(app)
        .filter(entity::Column::UserId.eq(user))
        .filter(entity::Column::RevokedAt.is_null());
    if let Some(but) = but {
        select = select.filter(entity::Column::Id.ne(but));
    }
    select.all(tx.conn()).await
}
