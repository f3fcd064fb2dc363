//! Reads and writes of token families and refresh tokens.

use sea_orm::{DbErr, FromQueryResult, Value};
use types::{ApplicationId, OrgId, TokenFamilyId};
use uuid::Uuid;

use super::super::clients::COMMAND_LINE_ID;
use crate::{
    App, Tx,
    access::{PermissionSet, Rights, StoredRights, UnknownWord, stored},
    organizations,
    tenancy::{SCOPE, rows_in},
};

type Time = chrono::DateTime<chrono::Utc>;

/// A family that has not ended, with the rights of its holder: the person, or the service account of
/// the application.
#[derive(Clone, Debug, FromQueryResult)]
pub struct FamilyRow {
    pub id: Uuid,
    pub org_id: Uuid,
    pub client_id: Uuid,
    pub grant_id: Option<Uuid>,
    pub user_id: Option<Uuid>,
    pub scopes: String,
    /// Whether it was allowed in a session that the organization's provider opened.
    pub limited: bool,
    pub expires_at: Time,
    pub person: Option<String>,
    pub application: Option<String>,
    pub service_account: Option<String>,
    pub service_account_id: Option<Uuid>,
    #[sea_orm(nested)]
    pub holder: StoredRights,
}

impl FamilyRow {
    /// What was granted.
    pub fn scopes(&self) -> Result<PermissionSet, UnknownWord> {
        stored::of_list(&self.scopes)
    }

    /// The current rights with these scopes: what both the scopes and the holder have.
    pub fn rights(&self, scopes: PermissionSet) -> Result<Rights, UnknownWord> {
        let holder = match self.service_account_id {
            Some(_) => self.holder.rights()?,
            None => self.holder.of_member()?,
        };
        let rights = holder.within(scopes.and(self.scopes()?));
        Ok(Rights {
            role: None,
            ..rights
        })
    }
}

/// A refresh token.
#[derive(Clone, Debug, FromQueryResult)]
pub struct RefreshRow {
    pub family_id: Uuid,
    pub expires_at: Time,
    pub used_at: Option<Time>,
}

/// A query for the [`FamilyRow`] `$3` of the organization `$1` at the time `$2`; `$4` is the
/// application that belongs to no organization. A family has ended with its application, its grant,
/// its person's membership or their account's last sign-out, and its service account.
fn select() -> String {
    let grants = organizations::grants_of("f.org_id", "coalesce(a.id, m.user_id)");
    format!(
        "SELECT f.id, f.org_id, f.client_id, f.grant_id, f.user_id, f.scopes, f.limited, \
             f.expires_at, \
             u.name AS person, c.name AS application, a.name AS service_account, \
             a.id AS service_account_id, coalesce(a.role, m.role) AS role, \
             coalesce(a.role_id, m.role_id) AS role_id, r.name AS role_name, \
             r.permissions AS role_permissions, {grants} \
         FROM oauth_families f \
         LEFT JOIN oauth_clients c ON c.org_id = f.org_id AND c.id = f.client_id \
             AND c.deleted_at IS NULL \
         LEFT JOIN oauth_grants og ON og.org_id = f.org_id AND og.id = f.grant_id \
         LEFT JOIN users u ON u.id = f.user_id \
         LEFT JOIN memberships m ON m.org_id = f.org_id AND m.user_id = f.user_id \
             AND og.user_id = f.user_id \
             AND (u.applications_since IS NULL OR f.created_at > u.applications_since) \
         LEFT JOIN service_accounts a ON a.org_id = f.org_id AND a.id = c.service_account_id \
             AND f.user_id IS NULL AND a.disabled_at IS NULL \
         LEFT JOIN roles r ON r.org_id = f.org_id AND r.id = coalesce(a.role_id, m.role_id) \
         WHERE {SCOPE} AND f.org_id = $1 AND f.id = $3 AND f.ended_at IS NULL \
             AND f.expires_at > $2 AND (c.id IS NOT NULL OR f.client_id = $4) \
             AND coalesce(a.role, m.role) IS NOT NULL LIMIT 1"
    )
}

/// A family that has not ended.
pub async fn find(app: &App, org: OrgId, id: TokenFamilyId) -> Result<Option<FamilyRow>, DbErr> {
    let values = [
        app.clock().now().into(),
        id.0.into(),
        COMMAND_LINE_ID.0.into(),
    ];
    let mut rows: Vec<FamilyRow> = rows_in(app, org, &select(), values).await?;
    Ok(rows.pop())
}

/// Like [`find`], in a transaction.
pub async fn find_in(tx: &Tx, app: &App, org: OrgId, id: Uuid) -> Result<Option<FamilyRow>, DbErr> {
    let values: [Value; 4] = [
        org.0.into(),
        app.clock().now().into(),
        id.into(),
        COMMAND_LINE_ID.0.into(),
    ];
    let row = tx
        .query_one(&select().replace(SCOPE, "1 = 1"), values)
        .await?;
    row.map(|row| FamilyRow::from_query_result(&row, ""))
        .transpose()
}

/// What a new family consists of.
pub struct NewFamily<'a> {
    pub id: TokenFamilyId,
    pub org: OrgId,
    pub client: ApplicationId,
    /// The grant and its person; `None` for a service account.
    pub grant: Option<(Uuid, Uuid)>,
    pub limited: bool,
    pub scopes: PermissionSet,
    pub address: Option<&'a str>,
}

/// Writes a new family.
pub async fn insert(
    tx: &Tx,
    new: &NewFamily<'_>,
    (now, expires_at): (Time, Time),
) -> Result<(), DbErr> {
    let sql = "INSERT INTO oauth_families \
            (id, org_id, client_id, grant_id, user_id, scopes, limited, address, created_at, \
            expires_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let values: [Value; 10] = [
        new.id.0.into(),
        new.org.0.into(),
        new.client.0.into(),
        new.grant.map(|(grant, _)| grant).into(),
        new.grant.map(|(_, user)| user).into(),
        new.scopes.to_string().into(),
        new.limited.into(),
        new.address.into(),
        now.into(),
        expires_at.into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Ends a family of an application. `false`: it has already ended.
pub async fn end(
    tx: &Tx,
    org: OrgId,
    (id, client): (Uuid, ApplicationId),
    now: Time,
) -> Result<bool, DbErr> {
    let sql = "UPDATE oauth_families SET ended_at = $1 \
        WHERE org_id = $2 AND id = $3 AND client_id = $4 AND ended_at IS NULL";
    let values = [now.into(), org.0.into(), id.into(), client.0.into()];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Ends the families that were allowed in sessions of an organization's providers.
pub async fn end_limited(tx: &Tx, org: OrgId, user: Option<Uuid>, now: Time) -> Result<(), DbErr> {
    let sql = "UPDATE oauth_families SET ended_at = $1 WHERE org_id = $2 AND limited \
        AND ($3 IS NULL OR user_id = $3) AND ended_at IS NULL";
    let values = [now.into(), org.0.into(), user.into()];
    tx.execute(sql, values).await.map(drop)
}

/// The organization of a refresh token.
pub async fn org_of(app: &App, hash: &[u8; 32]) -> Result<Option<OrgId>, DbErr> {
    let sql = if app.db().is_postgres() {
        "SELECT * FROM flowmason_oauth_refresh_token($1)"
    } else {
        "/* across organizations: sign-in */ SELECT org_id FROM oauth_refresh_tokens \
         WHERE token_hash = $1"
    };
    let statement = app.db().statement(sql, [hash.to_vec().into()]);
    let row = app.db().query_one(statement).await?;
    row.map(|row| row.try_get("", "org_id").map(OrgId))
        .transpose()
}

/// A refresh token. Nobody else can use it until the transaction ends.
pub async fn refresh_token(
    tx: &Tx,
    org: OrgId,
    hash: &[u8; 32],
) -> Result<Option<RefreshRow>, DbErr> {
    // SQLite has one writer.
    let lock = if tx.is_postgres() { " FOR UPDATE" } else { "" };
    let sql = format!(
        "SELECT family_id, expires_at, used_at FROM oauth_refresh_tokens \
         WHERE org_id = $1 AND token_hash = $2{lock}"
    );
    let row = tx
        .query_one(&sql, [org.0.into(), hash.to_vec().into()])
        .await?;
    row.map(|row| RefreshRow::from_query_result(&row, ""))
        .transpose()
}

/// Writes a refresh token, unless it exists.
pub async fn insert_refresh(
    tx: &Tx,
    org: OrgId,
    family: Uuid,
    hash: [u8; 32],
    (now, expires_at): (Time, Time),
) -> Result<(), DbErr> {
    let sql = "INSERT INTO oauth_refresh_tokens \
            (token_hash, org_id, family_id, created_at, expires_at) \
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    let values: [Value; 5] = [
        hash.to_vec().into(),
        org.0.into(),
        family.into(),
        now.into(),
        expires_at.into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Uses a refresh token up.
pub async fn use_up(tx: &Tx, org: OrgId, hash: &[u8; 32], now: Time) -> Result<(), DbErr> {
    let sql = "UPDATE oauth_refresh_tokens SET used_at = $1 \
        WHERE org_id = $2 AND token_hash = $3 AND used_at IS NULL";
    let values = [now.into(), org.0.into(), hash.to_vec().into()];
    tx.execute(sql, values).await.map(drop)
}

/// Removes the families and refresh tokens of all organizations that expired before `before`.
pub async fn forget(tx: &Tx, before: Time) -> Result<u64, DbErr> {
    let mut gone = 0;
    for table in ["oauth_families", "oauth_refresh_tokens"] {
        let sql =
            format!("/* across organizations: purge */ DELETE FROM {table} WHERE expires_at <= $1");
        gone += tx.execute(&sql, [before.into()]).await?;
    }
    Ok(gone)
}
