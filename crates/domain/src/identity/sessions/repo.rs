//! Reads and writes of sessions.

use sea_orm::{ColumnTrait, DbErr, FromQueryResult, QueryFilter, QueryOrder, QuerySelect};
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
    /// `None` for the former token, which has no part in the proof that replaced it.
    pub proved_at: Option<Time>,
    /// The only organization that the session reaches; `None`: all of the person's.
    pub only_org: Option<Uuid>,
    pub strong: bool,
    /// The address to sign in with.
    pub email: Option<String>,
    /// An address that is only shown, because it is not proved.
    pub email_wanted: Option<String>,
}

/// The session with this hash of its token or its former token, if it was not ended. It may have
/// expired.
pub async fn by_hash(app: &App, hash: &[u8; 32]) -> Result<Option<SessionRow>, DbErr> {
    let sql = "SELECT s.id, s.user_id, u.name, u.email, u.email_wanted, s.last_seen_at, s.only_org, s.strong, \
               CASE WHEN s.token_hash = $1 THEN s.expires_at ELSE s.former_until END AS expires_at, \
               CASE WHEN s.token_hash = $1 THEN coalesce(s.proved_at, s.created_at) END AS proved_at \
               FROM sessions s JOIN users u ON u.id = s.user_id \
               WHERE (s.token_hash = $1 OR s.former_hash = $1) AND s.revoked_at IS NULL";
    let statement = app.db().statement(sql, [hash.to_vec().into()]);
    let row = app.db().query_one(statement).await?;
    row.map(|row| SessionRow::from_query_result(&row, ""))
        .transpose()
}

/// Writes a new session.
pub async fn insert(
    tx: &Tx,
    (id, user, only_org, strong): (SessionId, Uuid, Option<Uuid>, bool),
    hash: [u8; 32],
    (now, expires_at): (Time, Time),
    (address, agent): (Option<String>, Option<String>),
    (sso_provider, sso_name): (Option<Uuid>, Option<String>),
) -> Result<(), DbErr> {
    let sql = "INSERT INTO sessions \
         (id, user_id, token_hash, created_at, last_seen_at, expires_at, address, agent, only_org, \
          strong, sso_provider, sso_name) \
         VALUES ($1, $2, $3, $4, $4, $5, $6, $7, $8, $9, $10, $11)";
    let values = [
        id.0.into(),
        user.into(),
        hash.to_vec().into(),
        now.into(),
        expires_at.into(),
        address.into(),
        agent.into(),
        only_org.into(),
        strong.into(),
        sso_provider.into(),
        sso_name.into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// The session with this hash of its token, if it was not ended. It may have expired.
pub async fn open_by_hash(app: &App, hash: &[u8; 32]) -> Result<Option<entity::Model>, DbErr> {
    entity::Entity::shared(app)
        .filter(entity::Column::TokenHash.eq(hash.to_vec()))
        .filter(entity::Column::RevokedAt.is_null())
        .one(app.db())
        .await
}

/// The sessions of a person that a provider has opened and that were not ended.
pub async fn of_provider(
    tx: &Tx,
    app: &App,
    provider: Uuid,
    user: Uuid,
) -> Result<Vec<entity::Model>, DbErr> {
    entity::Entity::shared(app)
        .filter(entity::Column::UserId.eq(user))
        .filter(entity::Column::SsoProvider.eq(provider))
        .filter(entity::Column::RevokedAt.is_null())
        .all(tx.conn())
        .await
}

/// Replaces the token of a session after a proof of identity. The former one is accepted until
/// `former_until`. Returns when the session expires; `None` if it has ended.
pub async fn renew(
    tx: &Tx,
    app: &App,
    id: Uuid,
    hash: [u8; 32],
    (now, former_until): (Time, Time),
) -> Result<Option<Time>, DbErr> {
    let sql = "UPDATE sessions SET former_hash = token_hash, former_until = $1, token_hash = $2, \
         proved_at = $3 WHERE id = $4 AND revoked_at IS NULL";
    let values = [
        former_until.into(),
        hash.to_vec().into(),
        now.into(),
        id.into(),
    ];
    if tx.execute(sql, values).await? == 0 {
        return Ok(None);
    }
    let row = entity::Entity::shared(app)
        .filter(entity::Column::Id.eq(id))
        .one(tx.conn())
        .await?;
    Ok(row.map(|row| row.expires_at))
}

/// The person's sessions that have neither ended nor expired, last used first; at most `most`.
pub async fn of_person(
    app: &App,
    user: Uuid,
    now: Time,
    most: u64,
) -> Result<Vec<entity::Model>, DbErr> {
    entity::Entity::shared(app)
        .filter(entity::Column::UserId.eq(user))
        .filter(entity::Column::RevokedAt.is_null())
        .filter(entity::Column::ExpiresAt.gt(now))
        .order_by_desc(entity::Column::LastSeenAt)
        .order_by_desc(entity::Column::Id)
        .limit(most)
        .all(app.db())
        .await
}

/// Records when a session was last used.
pub async fn seen(tx: &Tx, id: Uuid, now: Time) -> Result<(), DbErr> {
    let sql = "UPDATE sessions SET last_seen_at = $1 WHERE id = $2";
    tx.execute(sql, [now.into(), id.into()]).await.map(drop)
}

/// Marks a session of a person as ended; with `only_org`, a session that reaches no other
/// organization. `false`: they have no such session.
pub async fn revoke_of(
    tx: &Tx,
    (user, only_org): (Uuid, Option<Uuid>),
    id: Uuid,
    now: Time,
) -> Result<bool, DbErr> {
    let sql = "UPDATE sessions SET revoked_at = $1 \
         WHERE id = $2 AND user_id = $3 AND revoked_at IS NULL AND expires_at > $1 \
         AND ($4 IS NULL OR only_org = $4)";
    let values = [now.into(), id.into(), user.into(), only_org.into()];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Marks a session as ended.
pub async fn revoke(tx: &Tx, id: Uuid, now: Time) -> Result<(), DbErr> {
    let sql = "UPDATE sessions SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL";
    tx.execute(sql, [now.into(), id.into()]).await.map(drop)
}

/// Ends the sessions that reach one organization only, and the sign-ins to it that wait for a code:
/// those of one person, or all. Returns how many sessions there were.
pub async fn end_limited(tx: &Tx, org: Uuid, user: Option<Uuid>, now: Time) -> Result<u64, DbErr> {
    let sql = "DELETE FROM pending_sign_ins WHERE only_org = $1 AND ($2 IS NULL OR user_id = $2)";
    tx.execute(sql, [org.into(), user.into()]).await?;
    let sql = "UPDATE sessions SET revoked_at = $1 \
        WHERE only_org = $2 AND ($3 IS NULL OR user_id = $3) AND revoked_at IS NULL";
    let values = [now.into(), org.into(), user.into()];
    tx.execute(sql, values).await
}

/// The sessions of a person that were not ended, except one; with `only_org`, those that reach no
/// other organization.
pub async fn others(
    tx: &Tx,
    app: &App,
    (user, only_org): (Uuid, Option<Uuid>),
    but: Option<Uuid>,
) -> Result<Vec<entity::Model>, DbErr> {
    let mut select = entity::Entity::shared(app)
        .filter(entity::Column::UserId.eq(user))
        .filter(entity::Column::RevokedAt.is_null());
    if let Some(but) = but {
        select = select.filter(entity::Column::Id.ne(but));
    }
    if let Some(only_org) = only_org {
        select = select.filter(entity::Column::OnlyOrg.eq(only_org));
    }
    select.all(tx.conn()).await
}
