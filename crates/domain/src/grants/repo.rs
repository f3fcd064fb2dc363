//! Reads and writes of grants.

use sea_orm::{DbErr, FromQueryResult, Value};
use types::GrantId;
use uuid::Uuid;

use super::entity::Model;
use crate::{Ctx, Tx, access::StoredRole, tenancy::SCOPE};

type Time = chrono::DateTime<chrono::Utc>;

/// A grant with the name of its subject and its custom role.
#[derive(Clone, Debug, FromQueryResult)]
pub struct GrantRow {
    pub id: Uuid,
    pub subject_kind: String,
    pub subject_id: Uuid,
    pub subject_name: Option<String>,
    #[sea_orm(nested)]
    pub role: StoredRole,
    pub object: String,
    pub expires_at: Option<Time>,
    pub created_by_name: String,
    pub created_at: Time,
}

const COLUMNS: &str = "g.id, g.subject_kind, g.subject_id, \
    coalesce(t.name, a.name, k.name, u.name) AS subject_name, g.role, g.role_id, r.name AS role_name, \
    r.permissions AS role_permissions, g.object, g.expires_at, g.created_by_name, g.created_at \
    FROM grants g LEFT JOIN roles r ON r.org_id = g.org_id AND r.id = g.role_id \
    LEFT JOIN teams t ON t.org_id = g.org_id AND t.id = g.subject_id \
    LEFT JOIN service_accounts a ON a.org_id = g.org_id AND a.id = g.subject_id \
    LEFT JOIN api_keys k ON k.org_id = g.org_id AND k.id = g.subject_id \
    LEFT JOIN users u ON u.id = g.subject_id";

/// The organization's grants, newest first.
pub async fn all(ctx: &Ctx) -> Result<Vec<GrantRow>, DbErr> {
    let sql =
        format!("SELECT {COLUMNS} WHERE {SCOPE} AND g.org_id = $1 ORDER BY g.id DESC LIMIT 5000");
    ctx.rows(&sql, []).await
}

/// The grants that count for a holder: its own, and for a person those of their teams.
pub async fn of(ctx: &Ctx, subject: Uuid) -> Result<Vec<GrantRow>, DbErr> {
    let sql = format!(
        "SELECT {COLUMNS} WHERE {SCOPE} AND g.org_id = $1 AND (g.subject_id = $2 OR g.subject_id IN \
             (SELECT m.team_id FROM team_members m WHERE m.org_id = $1 AND m.user_id = $2)) \
         ORDER BY g.id LIMIT 5000"
    );
    ctx.rows(&sql, [subject.into()]).await
}

/// One grant.
pub async fn find(ctx: &Ctx, id: GrantId) -> Result<Option<GrantRow>, DbErr> {
    let sql = format!("SELECT {COLUMNS} WHERE {SCOPE} AND g.org_id = $1 AND g.id = $2 LIMIT 1");
    let mut rows: Vec<GrantRow> = ctx.rows(&sql, [id.0.into()]).await?;
    Ok(rows.pop())
}

/// Writes a grant.
pub async fn insert(tx: &Tx, row: &Model) -> Result<(), DbErr> {
    let sql = "INSERT INTO grants (id, org_id, subject_kind, subject_id, role, role_id, object, \
            expires_at, created_by, created_by_name, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    let values: [Value; 11] = [
        row.id.into(),
        row.org_id.into(),
        row.subject_kind.as_str().into(),
        row.subject_id.into(),
        row.role.as_str().into(),
        row.role_id.into(),
        row.object.as_str().into(),
        row.expires_at.into(),
        row.created_by.into(),
        row.created_by_name.as_str().into(),
        row.created_at.into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Deletes a grant. Returns whether it existed.
pub async fn delete(tx: &Tx, ctx: &Ctx, id: GrantId) -> Result<bool, DbErr> {
    let sql = "DELETE FROM grants WHERE org_id = $1 AND id = $2";
    Ok(tx.execute(sql, [ctx.org.0.into(), id.0.into()]).await? == 1)
}
