//! Reads and writes of what people have granted to applications.

use sea_orm::{DbErr, FromQueryResult, Value};
use types::{ApplicationGrantId, ApplicationId, OrgId};
use uuid::Uuid;

use crate::{
    App, Tx,
    tenancy::{SCOPE, rows_in},
};

type Time = chrono::DateTime<chrono::Utc>;

/// A grant with the names of its application and person.
#[derive(Clone, Debug, FromQueryResult)]
pub struct GrantRow {
    pub id: Uuid,
    pub client_id: Uuid,
    pub application: Option<String>,
    pub user_id: Uuid,
    pub person: String,
    pub scopes: String,
    pub created_at: Time,
    pub last_used_at: Time,
}

/// The grants of an organization that still count, newest first: of one person, or of all; at most
/// 1,000.
pub async fn list(app: &App, org: OrgId, user: Option<Uuid>) -> Result<Vec<GrantRow>, DbErr> {
    let sql = format!(
        "SELECT g.id, g.client_id, c.name AS application, g.user_id, u.name AS person, g.scopes, \
             g.created_at, g.last_used_at \
         FROM oauth_grants g \
         JOIN memberships m ON m.org_id = g.org_id AND m.user_id = g.user_id \
         JOIN users u ON u.id = g.user_id \
         LEFT JOIN oauth_clients c ON c.org_id = g.org_id AND c.id = g.client_id \
         WHERE {SCOPE} AND g.org_id = $1 AND ($2 IS NULL OR g.user_id = $2) \
             AND (u.applications_since IS NULL OR g.last_used_at > u.applications_since) \
         ORDER BY g.id DESC LIMIT 1000"
    );
    rows_in(app, org, &sql, [user.into()]).await
}

/// Writes a grant, or renews the one of the same person for the same application. Returns its id.
pub async fn upsert(
    tx: &Tx,
    org: OrgId,
    (id, client, user): (ApplicationGrantId, ApplicationId, Uuid),
    scopes: &str,
    now: Time,
) -> Result<ApplicationGrantId, DbErr> {
    let sql = "INSERT INTO oauth_grants \
            (id, org_id, client_id, user_id, scopes, created_at, last_used_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT (org_id, client_id, user_id) \
        DO UPDATE SET scopes = excluded.scopes, last_used_at = excluded.last_used_at RETURNING id";
    let values: [Value; 6] = [
        id.0.into(),
        org.0.into(),
        client.0.into(),
        user.into(),
        scopes.into(),
        now.into(),
    ];
    let row = tx.query_one(sql, values).await?;
    let id = row.map_or(Ok(id.0), |row| row.try_get("", "id"))?;
    Ok(ApplicationGrantId(id))
}

/// What a person granted to an application before, if that still counts.
pub async fn scopes(
    tx: &Tx,
    org: OrgId,
    client: ApplicationId,
    user: Uuid,
) -> Result<Option<String>, DbErr> {
    let sql = "SELECT g.scopes FROM oauth_grants g JOIN users u ON u.id = g.user_id \
        WHERE g.org_id = $1 AND g.client_id = $2 AND g.user_id = $3 \
        AND (u.applications_since IS NULL OR g.last_used_at > u.applications_since)";
    let values = [org.0.into(), client.0.into(), user.into()];
    let row = tx.query_one(sql, values).await?;
    row.map(|row| row.try_get("", "scopes")).transpose()
}

/// Deletes a grant, of one person or of anybody. Returns whether there was one.
pub async fn delete(
    tx: &Tx,
    org: OrgId,
    id: ApplicationGrantId,
    user: Option<Uuid>,
) -> Result<bool, DbErr> {
    let sql = "DELETE FROM oauth_grants \
        WHERE org_id = $1 AND id = $2 AND ($3 IS NULL OR user_id = $3)";
    let values = [org.0.into(), id.0.into(), user.into()];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Deletes the grants of a person in an organization.
pub async fn delete_of_person(tx: &Tx, org: OrgId, user: Uuid) -> Result<u64, DbErr> {
    let sql = "DELETE FROM oauth_grants WHERE org_id = $1 AND user_id = $2";
    tx.execute(sql, [org.0.into(), user.into()]).await
}

/// Deletes the grants for an application.
pub async fn delete_of_client(tx: &Tx, org: OrgId, client: ApplicationId) -> Result<u64, DbErr> {
    let sql = "DELETE FROM oauth_grants WHERE org_id = $1 AND client_id = $2";
    tx.execute(sql, [org.0.into(), client.0.into()]).await
}

/// Records that an application used a grant.
pub async fn used(tx: &Tx, org: OrgId, id: Uuid, now: Time) -> Result<(), DbErr> {
    let sql = "UPDATE oauth_grants SET last_used_at = $1 WHERE org_id = $2 AND id = $3";
    let values = [now.into(), org.0.into(), id.into()];
    tx.execute(sql, values).await.map(drop)
}

/// Ends all grants of a person, in every organization.
pub async fn end_all(tx: &Tx, user: Uuid, now: Time) -> Result<(), DbErr> {
    let sql = "UPDATE users SET applications_since = $1 WHERE id = $2";
    tx.execute(sql, [now.into(), user.into()]).await.map(drop)
}
