//! Reads and writes of organizations and memberships.

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Statement, Value};
use types::{Clock, OrgId};
use uuid::Uuid;

use super::entity;
use crate::{
    App, Ctx, Tx,
    access::{Rights, Role, UnknownWord, stored},
    tenancy::OrgEntity,
};

type Time = chrono::DateTime<chrono::Utc>;

/// One of a person's organizations.
#[derive(Clone, Debug, FromQueryResult)]
pub struct MembershipRow {
    pub org_id: Uuid,
    pub org_name: String,
    pub org_created_at: Time,
    pub role: String,
}

impl MembershipRow {
    /// The organization and the person's rights in it.
    pub fn rights(&self) -> (OrgId, Result<Rights, UnknownWord>) {
        (OrgId(self.org_id), stored::of_role(&self.role))
    }
}

/// A person's organizations, oldest first.
pub async fn memberships(app: &App, user: Uuid) -> Result<Vec<MembershipRow>, DbErr> {
    let sql = if app.db().is_postgres() {
        "SELECT * FROM flowmason_memberships($1)"
    } else {
        "/* across organizations: sign-in */ \
         SELECT o.id AS org_id, o.name AS org_name, o.created_at AS org_created_at, m.role \
         FROM memberships m JOIN organizations o ON o.id = m.org_id \
         WHERE m.user_id = $1 ORDER BY o.id"
    };
    let rows = app
        .db()
        .query_all(app.db().statement(sql, [user.into()]))
        .await?;
    rows.iter()
        .map(|row| MembershipRow::from_query_result(row, ""))
        .collect()
}

/// How many organizations a person created after `since`, including those that now have another
/// owner. Until the transaction ends, the person cannot create another one.
pub async fn created_since(tx: &Tx, user: Uuid, since: Time) -> Result<i64, DbErr> {
    let sql = if tx.is_postgres() {
        // Two concurrent transactions would not see each other's rows. SQLite has one writer.
        tx.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('organizations ' || $1, 0))",
            [user.to_string().into()],
        )
        .await?;
        "SELECT flowmason_organizations_created($1, $2) AS created"
    } else {
        "/* across organizations: sign-in */ SELECT count(*) AS created FROM organizations \
         WHERE created_by = $1 AND created_at > $2"
    };
    let values = [user.into(), since.into()];
    let statement = Statement::from_sql_and_values(tx.conn().get_database_backend(), sql, values);
    let row = tx.conn().query_one_raw(statement).await?;
    row.map_or(Ok(0), |row| row.try_get("", "created"))
}

/// The name of a member's role; `None` if the user is not a member.
pub async fn role_of_member(tx: &Tx, org: OrgId, user: Uuid) -> Result<Option<String>, DbErr> {
    let sql = "SELECT role FROM memberships WHERE org_id = $1 AND user_id = $2";
    let values = [org.0.into(), user.into()];
    let statement = Statement::from_sql_and_values(tx.conn().get_database_backend(), sql, values);
    let row = tx.conn().query_one_raw(statement).await?;
    row.map(|row| row.try_get("", "role")).transpose()
}

/// The context's organization.
pub async fn find(ctx: &Ctx) -> Result<Option<entity::Model>, DbErr> {
    ctx.one(entity::Entity::in_org(ctx)).await
}

/// Writes an organization and its first member. The transaction must be scoped to `org`.
pub async fn insert(
    tx: &Tx,
    clock: &Clock,
    org: OrgId,
    name: &str,
    member: Uuid,
    role: Role,
) -> Result<(), DbErr> {
    let now = clock.now();
    tx.execute(
        "INSERT INTO organizations (id, name, created_at, created_by) VALUES ($1, $2, $3, $4)",
        [org.0.into(), name.into(), now.into(), member.into()],
    )
    .await?;
    add_member(tx, org, member, role, now).await
}

/// Writes a membership.
pub async fn add_member(
    tx: &Tx,
    org: OrgId,
    member: Uuid,
    role: Role,
    now: Time,
) -> Result<(), DbErr> {
    let sql = "INSERT INTO memberships (org_id, user_id, role, created_at) VALUES ($1, $2, $3, $4)";
    let values: [Value; 4] = [
        org.0.into(),
        member.into(),
        role.as_str().into(),
        now.into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Renames an organization. Returns whether it exists.
pub async fn rename(tx: &Tx, org: OrgId, name: &str) -> Result<bool, DbErr> {
    let sql = "UPDATE organizations SET name = $1 WHERE id = $2";
    Ok(tx.execute(sql, [name.into(), org.0.into()]).await? == 1)
}
