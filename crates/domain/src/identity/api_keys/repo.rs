//! Reads and writes of API keys.

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
    Statement, Value,
};
use types::{ApiKeyId, OrgId};
use uuid::Uuid;

use super::{
    KeyLimits, Networks,
    entity::{Column, Entity, Model},
};
use crate::{
    App, Ctx, Tx,
    access::{Rights, UnknownWord, stored},
    tenancy::OrgEntity,
};

type Time = chrono::DateTime<chrono::Utc>;

impl KeyRow {
    /// The key's current rights: the permissions that both the key and its creator have.
    pub fn rights(&self) -> Result<Rights, UnknownWord> {
        let own = stored::of_key(self.role.as_deref(), self.permissions.as_deref())?;
        let maker = stored::of_role(&self.creator_role)?;
        Ok(own.within(maker.permissions))
    }

    /// The key's limits.
    pub fn limits(&self) -> Result<KeyLimits, UnknownWord> {
        Ok(KeyLimits {
            expires_at: self.expires_at,
            networks: Networks::stored(self.allowed_networks.as_deref())?,
        })
    }
}

/// An unrevoked key with its creator's current role.
#[derive(Clone, Debug, FromQueryResult)]
pub struct KeyRow {
    pub id: Uuid,
    pub org_id: Uuid,
    pub name: String,
    pub role: Option<String>,
    pub permissions: Option<String>,
    pub creator_role: String,
    pub expires_at: Option<Time>,
    pub allowed_networks: Option<String>,
    pub last_used_at: Option<Time>,
    pub last_used_from: Option<String>,
}

/// The columns of a [`KeyRow`].
const COLUMNS: &str = "k.id, k.org_id, k.name, k.role, k.permissions, m.role AS creator_role, \
    k.expires_at, k.allowed_networks, k.last_used_at, k.last_used_from \
    FROM api_keys k JOIN memberships m ON m.org_id = k.org_id AND m.user_id = k.created_by";

/// The key with this hash, if it was not revoked and its creator is still a member.
pub async fn by_hash(app: &App, hash: &[u8; 32]) -> Result<Option<KeyRow>, DbErr> {
    let sql = if app.db().is_postgres() {
        "SELECT * FROM flowmason_api_key($1)".to_owned()
    } else {
        format!(
            "/* across organizations: sign-in */ SELECT {COLUMNS} \
             WHERE k.token_hash = $1 AND k.revoked_at IS NULL"
        )
    };
    let statement = app.db().statement(&sql, [hash.to_vec().into()]);
    let row = app.db().query_one(statement).await?;
    row.map(|row| KeyRow::from_query_result(&row, ""))
        .transpose()
}

/// The key with this id, if it was not revoked and its creator is still a member.
pub async fn by_id(tx: &Tx, org: OrgId, key: Uuid) -> Result<Option<KeyRow>, DbErr> {
    let sql =
        format!("SELECT {COLUMNS} WHERE k.org_id = $1 AND k.id = $2 AND k.revoked_at IS NULL");
    let values = [org.0.into(), key.into()];
    let statement = Statement::from_sql_and_values(tx.conn().get_database_backend(), &sql, values);
    let row = tx.conn().query_one_raw(statement).await?;
    row.map(|row| KeyRow::from_query_result(&row, ""))
        .transpose()
}

/// The organization's newest 1,000 keys, newest first.
pub async fn list(ctx: &Ctx) -> Result<Vec<Model>, DbErr> {
    ctx.all(Entity::in_org(ctx).order_by_desc(Column::Id).limit(1_000))
        .await
}

/// One key.
pub async fn find(ctx: &Ctx, id: ApiKeyId) -> Result<Option<Model>, DbErr> {
    ctx.one(Entity::in_org(ctx).filter(Column::Id.eq(id.0)))
        .await
}

/// Writes a new key.
pub async fn insert(tx: &Tx, row: &Model) -> Result<(), DbErr> {
    let sql = "INSERT INTO api_keys (id, org_id, name, role, permissions, token_hash, prefix, \
        created_by, created_at, expires_at, allowed_networks) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    let values: [Value; 11] = [
        row.id.into(),
        row.org_id.into(),
        row.name.as_str().into(),
        row.role.clone().into(),
        row.permissions.clone().into(),
        row.token_hash.clone().into(),
        row.prefix.as_str().into(),
        row.created_by.into(),
        row.created_at.into(),
        row.expires_at.into(),
        row.allowed_networks.clone().into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Marks a key as revoked.
pub async fn revoke(tx: &Tx, org: OrgId, id: ApiKeyId, now: Time) -> Result<(), DbErr> {
    let sql = "UPDATE api_keys SET revoked_at = $1 \
        WHERE org_id = $2 AND id = $3 AND revoked_at IS NULL";
    let values = [now.into(), org.0.into(), id.0.into()];
    tx.execute(sql, values).await.map(drop)
}

/// The unrevoked keys that a person created in the organization.
pub async fn of_creator(tx: &Tx, org: OrgId, user: Uuid) -> Result<Vec<Uuid>, DbErr> {
    let sql = "SELECT id FROM api_keys \
        WHERE org_id = $1 AND created_by = $2 AND revoked_at IS NULL";
    let values = [org.0.into(), user.into()];
    let statement = Statement::from_sql_and_values(tx.conn().get_database_backend(), sql, values);
    let rows = tx.conn().query_all_raw(statement).await?;
    rows.iter().map(|row| row.try_get("", "id")).collect()
}

/// Replaces a key: it expires at `until`. `false`: it was revoked or
/// replaced in the meantime.
pub async fn replace(
    tx: &Tx,
    org: OrgId,
    id: ApiKeyId,
    by: ApiKeyId,
    until: Time,
) -> Result<bool, DbErr> {
    let sql = "UPDATE api_keys SET replaced_by = $1, expires_at = $2 \
        WHERE org_id = $3 AND id = $4 AND revoked_at IS NULL AND replaced_by IS NULL";
    let values: [Value; 4] = [by.0.into(), until.into(), org.0.into(), id.0.into()];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Records when and from which address a key was last used.
pub async fn used(
    tx: &Tx,
    org: OrgId,
    id: Uuid,
    now: Time,
    from: Option<String>,
) -> Result<(), DbErr> {
    let sql = "UPDATE api_keys SET last_used_at = $1, last_used_from = $2 \
        WHERE org_id = $3 AND id = $4";
    let values: [Value; 4] = [now.into(), from.into(), org.0.into(), id.into()];
    tx.execute(sql, values).await.map(drop)
}
