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
    access::{Rights, StoredRights, UnknownWord, stored},
    organizations,
    tenancy::OrgEntity,
};

type Time = chrono::DateTime<chrono::Utc>;

impl KeyRow {
    /// The key's current rights: what both the key, by its own permissions and by grants to it, and its
    /// holder have at the same place.
    pub fn rights(&self) -> Result<Rights, UnknownWord> {
        let (role, own) = stored::of_key(self.key_role.as_deref(), self.permissions.as_deref())?;
        let mut key = Rights::from(own);
        stored::add_grants(&mut key, self.key_grants.as_deref())?;
        let holder = match self.service_account {
            Some(_) => self.holder.rights()?,
            None => self.holder.of_member()?,
        };
        let rights = holder.both(&key);
        let whole = rights.permissions == own;
        Ok(Rights {
            role: role.filter(|_| whole).map(Into::into),
            ..rights
        })
    }

    /// The name under which the key acts: its own, with that of its service account.
    pub fn actor_name(&self) -> String {
        match &self.service_account {
            Some(account) => format!("{account} ({})", self.name),
            None => self.name.clone(),
        }
    }

    /// The key's limits.
    pub fn limits(&self) -> Result<KeyLimits, UnknownWord> {
        Ok(KeyLimits {
            expires_at: self.expires_at,
            networks: Networks::stored(self.allowed_networks.as_deref())?,
        })
    }
}

/// An unrevoked key with the rights of its holder: the service account that it belongs to, or the
/// person who created it.
#[derive(Clone, Debug, FromQueryResult)]
pub struct KeyRow {
    pub id: Uuid,
    pub org_id: Uuid,
    pub name: String,
    pub key_role: Option<String>,
    pub permissions: Option<String>,
    pub service_account: Option<String>,
    #[sea_orm(nested)]
    pub holder: StoredRights,
    /// The grants to the key itself, in the form of [`StoredRights::grants`].
    pub key_grants: Option<String>,
    pub expires_at: Option<Time>,
    pub allowed_networks: Option<String>,
    pub last_used_at: Option<Time>,
    pub last_used_from: Option<String>,
}

/// A query for a [`KeyRow`] that meets the condition. `$2` is the current time. On PostgreSQL,
/// [`by_hash`] uses the function of migration 56 instead.
fn select(condition: &str) -> String {
    let grants = organizations::grants_of("k.org_id", "coalesce(a.id, m.user_id)");
    let key_grants = organizations::grants_to("k.org_id", "k.id", "key_grants");
    format!(
        "SELECT k.id, k.org_id, k.name, k.role AS key_role, k.permissions, \
             a.name AS service_account, coalesce(a.role, m.role) AS role, \
             coalesce(a.role_id, m.role_id) AS role_id, r.name AS role_name, \
             r.permissions AS role_permissions, {grants}, {key_grants}, k.expires_at, \
             k.allowed_networks, k.last_used_at, k.last_used_from \
         FROM api_keys k \
         LEFT JOIN memberships m ON m.org_id = k.org_id AND m.user_id = k.created_by \
             AND k.service_account_id IS NULL \
         LEFT JOIN service_accounts a ON a.org_id = k.org_id AND a.id = k.service_account_id \
             AND a.disabled_at IS NULL \
         LEFT JOIN roles r ON r.org_id = k.org_id AND r.id = coalesce(a.role_id, m.role_id) \
         WHERE {condition} AND k.revoked_at IS NULL AND coalesce(a.role, m.role) IS NOT NULL"
    )
}

/// The key with this hash, if it was not revoked and its holder still has access.
pub async fn by_hash(app: &App, hash: &[u8; 32]) -> Result<Option<KeyRow>, DbErr> {
    let sql = if app.db().is_postgres() {
        "SELECT * FROM flowmason_api_key($1, $2)".to_owned()
    } else {
        let select = select("k.token_hash = $1");
        format!("/* across organizations: sign-in */ {select}")
    };
    let values = [hash.to_vec().into(), app.clock().now().into()];
    let statement = app.db().statement(&sql, values);
    let row = app.db().query_one(statement).await?;
    row.map(|row| KeyRow::from_query_result(&row, ""))
        .transpose()
}

/// The key with this id, if it was not revoked and its holder still has access.
pub async fn by_id(tx: &Tx, app: &App, org: OrgId, key: Uuid) -> Result<Option<KeyRow>, DbErr> {
    let sql = select("k.id = $1 AND k.org_id = $3");
    let values = [key.into(), app.clock().now().into(), org.0.into()];
    let row = tx.query_one(&sql, values).await?;
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

/// One key. On PostgreSQL, nobody changes it until the transaction ends; SQLite has one writer.
pub async fn kept(tx: &Tx, org: OrgId, id: ApiKeyId) -> Result<Option<Model>, DbErr> {
    let lock = if tx.is_postgres() { " FOR SHARE" } else { "" };
    let sql = format!("SELECT * FROM api_keys WHERE org_id = $1 AND id = $2{lock}");
    let row = tx.query_one(&sql, [org.0.into(), id.0.into()]).await?;
    row.map(|row| Model::from_query_result(&row, ""))
        .transpose()
}

/// Writes a new key.
pub async fn insert(tx: &Tx, row: &Model) -> Result<(), DbErr> {
    let sql = "INSERT INTO api_keys (id, org_id, name, role, permissions, token_hash, prefix, \
        created_by, created_at, expires_at, allowed_networks, service_account_id) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let values: [Value; 12] = [
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
        row.service_account_id.into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Marks a key as revoked, and withdraws the grants to it.
pub async fn revoke(tx: &Tx, org: OrgId, id: ApiKeyId, now: Time) -> Result<(), DbErr> {
    let sql = "UPDATE api_keys SET revoked_at = $1 \
        WHERE org_id = $2 AND id = $3 AND revoked_at IS NULL";
    let values = [now.into(), org.0.into(), id.0.into()];
    tx.execute(sql, values).await?;
    organizations::drop_grants(tx, org, id.0).await
}

/// The unrevoked keys of a person in the organization. Keys of service accounts are nobody's.
pub async fn of_creator(tx: &Tx, org: OrgId, user: Uuid) -> Result<Vec<Uuid>, DbErr> {
    let sql = "SELECT id FROM api_keys WHERE org_id = $1 AND created_by = $2 \
        AND service_account_id IS NULL AND revoked_at IS NULL";
    let values = [org.0.into(), user.into()];
    let statement = Statement::from_sql_and_values(tx.conn().get_database_backend(), sql, values);
    let rows = tx.conn().query_all_raw(statement).await?;
    rows.iter().map(|row| row.try_get("", "id")).collect()
}

/// Revokes the keys that a person created in an organization since a time, and withdraws the grants to
/// them. Returns them.
pub async fn revoke_since(
    tx: &Tx,
    org: OrgId,
    user: Uuid,
    (since, now): (Time, Time),
) -> Result<Vec<Uuid>, DbErr> {
    let sql = "UPDATE api_keys SET revoked_at = $1 WHERE org_id = $2 AND created_by = $3 \
        AND created_at >= $4 AND service_account_id IS NULL AND revoked_at IS NULL RETURNING id";
    let values = [now.into(), org.0.into(), user.into(), since.into()];
    let statement = Statement::from_sql_and_values(tx.conn().get_database_backend(), sql, values);
    let rows = tx.conn().query_all_raw(statement).await?;
    let keys: Vec<Uuid> = rows
        .iter()
        .map(|row| row.try_get("", "id"))
        .collect::<Result<_, _>>()?;
    for key in &keys {
        organizations::drop_grants(tx, org, *key).await?;
    }
    Ok(keys)
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
