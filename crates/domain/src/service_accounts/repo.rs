//! Reads and writes of service accounts.

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Statement, Value};
use types::ServiceAccountId;
use uuid::Uuid;

use super::entity::Model;
use crate::{Ctx, Tx, access::StoredRole, tenancy::SCOPE};

type Time = chrono::DateTime<chrono::Utc>;

/// A service account with its custom role.
#[derive(Clone, Debug, FromQueryResult)]
pub struct AccountRow {
    pub id: Uuid,
    pub name: String,
    pub description: String,
    #[sea_orm(nested)]
    pub role: StoredRole,
    pub created_at: Time,
    pub disabled_at: Option<Time>,
}

const COLUMNS: &str = "a.id, a.name, a.description, a.role, a.role_id, r.name AS role_name, \
    r.permissions AS role_permissions, a.created_at, a.disabled_at FROM service_accounts a \
    LEFT JOIN roles r ON r.org_id = a.org_id AND r.id = a.role_id";

/// The organization's service accounts, by name.
pub async fn all(ctx: &Ctx) -> Result<Vec<AccountRow>, DbErr> {
    let sql =
        format!("SELECT {COLUMNS} WHERE {SCOPE} AND a.org_id = $1 ORDER BY a.name LIMIT 1000");
    ctx.rows(&sql, []).await
}

/// Like [`all`], in a transaction and in no order.
pub async fn all_in(tx: &Tx, ctx: &Ctx) -> Result<Vec<AccountRow>, DbErr> {
    let sql = format!("SELECT {COLUMNS} WHERE a.org_id = $1");
    let backend = tx.conn().get_database_backend();
    let statement = Statement::from_sql_and_values(backend, sql, [ctx.org.0.into()]);
    let rows = tx.conn().query_all_raw(statement).await?;
    rows.iter()
        .map(|row| AccountRow::from_query_result(row, ""))
        .collect()
}

/// One service account.
pub async fn find(ctx: &Ctx, id: ServiceAccountId) -> Result<Option<AccountRow>, DbErr> {
    let sql = format!("SELECT {COLUMNS} WHERE {SCOPE} AND a.org_id = $1 AND a.id = $2 LIMIT 1");
    let mut rows: Vec<AccountRow> = ctx.rows(&sql, [id.0.into()]).await?;
    Ok(rows.pop())
}

/// Writes a service account, or changes the one with its id.
pub async fn upsert(tx: &Tx, row: &Model) -> Result<(), DbErr> {
    let sql = "INSERT INTO service_accounts \
            (id, org_id, name, description, role, role_id, created_at, disabled_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO UPDATE SET \
            name = excluded.name, description = excluded.description, role = excluded.role, \
            role_id = excluded.role_id, disabled_at = excluded.disabled_at";
    let values: [Value; 8] = [
        row.id.into(),
        row.org_id.into(),
        row.name.as_str().into(),
        row.description.as_str().into(),
        row.role.as_str().into(),
        row.role_id.into(),
        row.created_at.into(),
        row.disabled_at.into(),
    ];
    tx.execute(sql, values).await.map(drop)
}
