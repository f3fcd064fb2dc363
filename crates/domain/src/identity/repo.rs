//! Look-ups by secret or person, before the organization is known.

use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, FromQueryResult, QueryFilter, Statement};
use types::OrgId;
use uuid::Uuid;

use super::{session, user};
use crate::{
    App, Tx,
    access::{Rights, UnknownWord, stored},
    tenancy::SharedEntity,
};

type Time = chrono::DateTime<chrono::Utc>;

/// A live session's row and its person.
#[derive(Clone, Debug, FromQueryResult)]
pub struct SessionRow {
    pub id: Uuid,
    pub user_id: Uuid,
    pub name: String,
    pub last_seen_at: Time,
    pub expires_at: Time,
}

/// One of a person's organizations.
#[derive(Clone, Debug, FromQueryResult)]
pub struct MembershipRow {
    pub org_id: Uuid,
    pub org_name: String,
    pub org_created_at: Time,
    pub role: String,
}

impl MembershipRow {
    /// The organization, and what the person may do in it.
    pub fn rights(&self) -> (OrgId, Result<Rights, UnknownWord>) {
        (OrgId(self.org_id), stored::of_role(&self.role))
    }
}

impl KeyRow {
    /// What the key may do: never more than its maker may today.
    pub fn rights(&self) -> Result<Rights, UnknownWord> {
        let own = stored::of_key(self.role.as_deref(), self.permissions.as_deref())?;
        let maker = stored::of_role(&self.creator_role)?;
        Ok(own.within(maker.permissions))
    }
}

/// A key that was not revoked, and its maker's role of today.
#[derive(Clone, Debug, FromQueryResult)]
pub struct KeyRow {
    pub id: Uuid,
    pub org_id: Uuid,
    pub name: String,
    pub role: Option<String>,
    pub permissions: Option<String>,
    pub creator_role: String,
    pub last_used_at: Option<Time>,
}

/// The session with this hash, if it was not ended.
pub async fn session(app: &App, hash: &[u8; 32]) -> Result<Option<SessionRow>, DbErr> {
    let sql = "SELECT s.id, s.user_id, u.name, s.last_seen_at, s.expires_at \
               FROM sessions s JOIN users u ON u.id = s.user_id \
               WHERE s.token_hash = $1 AND s.revoked_at IS NULL";
    one(app, sql, [hash.to_vec().into()]).await
}

/// A person's organizations, the oldest first.
pub async fn memberships(app: &App, user: Uuid) -> Result<Vec<MembershipRow>, DbErr> {
    let sql = if app.db().is_postgres() {
        "SELECT * FROM flowmason_memberships($1)"
    } else {
        "SELECT o.id AS org_id, o.name AS org_name, o.created_at AS org_created_at, m.role \
         FROM memberships m JOIN organizations o ON o.id = m.org_id \
         WHERE m.user_id = $1 ORDER BY o.id"
    };
    let rows = app
        .db()
        .conn()
        .query_all_raw(app.db().statement(sql, [user.into()]))
        .await?;
    rows.iter()
        .map(|row| MembershipRow::from_query_result(row, ""))
        .collect()
}

/// The key with this hash, if it was not revoked and its maker is still a member.
pub async fn api_key(app: &App, hash: &[u8; 32]) -> Result<Option<KeyRow>, DbErr> {
    let sql = if app.db().is_postgres() {
        "SELECT * FROM flowmason_api_key($1)"
    } else {
        "SELECT k.id, k.org_id, k.name, k.role, k.permissions, m.role AS creator_role, \
         k.last_used_at \
         FROM api_keys k JOIN memberships m ON m.org_id = k.org_id AND m.user_id = k.created_by \
         WHERE k.token_hash = $1 AND k.revoked_at IS NULL"
    };
    one(app, sql, [hash.to_vec().into()]).await
}

/// A member's role.
pub async fn role_of_member(tx: &Tx, org: OrgId, user: Uuid) -> Result<Option<String>, DbErr> {
    let sql = "SELECT role FROM memberships WHERE org_id = $1 AND user_id = $2";
    let values = [org.0.into(), user.into()];
    let statement = Statement::from_sql_and_values(tx.conn().get_database_backend(), sql, values);
    let row = tx.conn().query_one_raw(statement).await?;
    row.map(|row| row.try_get("", "role")).transpose()
}

/// A key that was not revoked, if its maker is still a member.
pub async fn key_of(tx: &Tx, org: OrgId, key: Uuid) -> Result<Option<KeyRow>, DbErr> {
    let sql = "SELECT k.id, k.org_id, k.name, k.role, k.permissions, m.role AS creator_role, \
         k.last_used_at \
         FROM api_keys k JOIN memberships m ON m.org_id = k.org_id AND m.user_id = k.created_by \
         WHERE k.org_id = $1 AND k.id = $2 AND k.revoked_at IS NULL";
    let values = [org.0.into(), key.into()];
    let statement = Statement::from_sql_and_values(tx.conn().get_database_backend(), sql, values);
    let row = tx.conn().query_one_raw(statement).await?;
    row.map(|row| KeyRow::from_query_result(&row, ""))
        .transpose()
}

/// The person with this address.
pub async fn user_by_email(app: &App, email: &str) -> Result<Option<user::Model>, DbErr> {
    user::Entity::shared(app)
        .filter(user::Column::Email.eq(email))
        .one(app.db().conn())
        .await
}

/// The person.
pub async fn user(app: &App, id: Uuid) -> Result<Option<user::Model>, DbErr> {
    user::Entity::shared(app)
        .filter(user::Column::Id.eq(id))
        .one(app.db().conn())
        .await
}

/// The sessions of a person that were not ended, but one.
pub async fn other_sessions(
    app: &App,
    user: Uuid,
    but: Option<Uuid>,
) -> Result<Vec<session::Model>, DbErr> {
    let mut select = session::Entity::shared(app)
        .filter(session::Column::UserId.eq(user))
        .filter(session::Column::RevokedAt.is_null());
    if let Some(but) = but {
        select = select.filter(session::Column::Id.ne(but));
    }
    select.all(app.db().conn()).await
}

async fn one<M: FromQueryResult>(
    app: &App,
    sql: &str,
    values: impl IntoIterator<Item = sea_orm::Value>,
) -> Result<Option<M>, DbErr> {
    let row = app
        .db()
        .conn()
        .query_one_raw(app.db().statement(sql, values))
        .await?;
    row.map(|row| M::from_query_result(&row, "")).transpose()
}
