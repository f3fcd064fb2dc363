//! Reads and writes of memberships.

use sea_orm::{DbErr, FromQueryResult, Value};
use types::OrgId;
use uuid::Uuid;

use crate::{
    Ctx, Tx,
    access::{AssignedRole, StoredRole},
    db::places,
    paging::Window,
    tenancy::SCOPE,
    text,
};

type Time = chrono::DateTime<chrono::Utc>;

/// A membership joined with its person.
#[derive(Clone, Debug, FromQueryResult)]
pub struct MemberRow {
    pub user_id: Uuid,
    pub name: String,
    pub email: Option<String>,
    #[sea_orm(nested)]
    pub role: StoredRole,
    pub joined_at: Time,
    pub last_seen_at: Option<Time>,
    pub email_wanted: Option<String>,
    pub has_password: bool,
    pub has_passkey: bool,
}

/// The columns of a member. Ended sessions count towards `last_seen_at` too.
const COLUMNS: &str = "m.user_id, u.name, u.email, m.role, m.role_id, \
    r.name AS role_name, r.permissions AS role_permissions, m.created_at AS joined_at, \
    (SELECT max(s.last_seen_at) FROM sessions s WHERE s.user_id = m.user_id) AS last_seen_at, \
    u.email_wanted, u.password_hash IS NOT NULL AS has_password, \
    EXISTS (SELECT 1 FROM passkeys p WHERE p.user_id = m.user_id) AS has_passkey \
    FROM memberships m JOIN users u ON u.id = m.user_id \
    LEFT JOIN roles r ON r.org_id = m.org_id AND r.id = m.role_id";

/// The organization's members, newest accounts first; with `search`, those whose name or address
/// contains it.
pub async fn list(
    ctx: &Ctx,
    window: &Window,
    search: Option<&str>,
) -> Result<Vec<MemberRow>, DbErr> {
    let mut values: Vec<Value> = vec![window.below.into(), i64::from(window.limit()).into()];
    let mut found = "";
    if let Some(search) = search {
        found = "AND (u.name_folded LIKE $4 ESCAPE '!' OR u.email LIKE $5 ESCAPE '!')";
        // Addresses are stored in lower case.
        values.push(text::pattern(&types::fold(search)).into());
        values.push(text::pattern(&search.to_lowercase()).into());
    }
    let sql = format!(
        "SELECT {COLUMNS} WHERE {SCOPE} AND m.org_id = $1 AND m.user_id < $2 {found} \
         ORDER BY m.user_id DESC LIMIT $3"
    );
    ctx.rows(&sql, values).await
}

/// One member.
pub async fn find(ctx: &Ctx, user: Uuid) -> Result<Option<MemberRow>, DbErr> {
    let sql =
        format!("SELECT {COLUMNS} WHERE {SCOPE} AND m.org_id = $1 AND m.user_id = $2 LIMIT 1");
    let mut rows: Vec<MemberRow> = ctx.rows(&sql, [user.into()]).await?;
    Ok(rows.pop())
}

/// An account of a member at an identity provider.
#[derive(Clone, Debug, FromQueryResult)]
pub struct IdentityRow {
    pub user_id: Uuid,
    pub issuer: String,
}

/// The accounts of members at identity providers.
pub async fn identities(ctx: &Ctx, users: &[Uuid]) -> Result<Vec<IdentityRow>, DbErr> {
    let (places, values) = places(2, users);
    let sql = format!(
        "SELECT m.user_id, e.issuer FROM memberships m \
         JOIN external_identities e ON e.user_id = m.user_id \
         WHERE {SCOPE} AND m.org_id = $1 AND m.user_id IN ({places}) LIMIT 10000"
    );
    ctx.rows(&sql, values).await
}

/// An object that a person created.
#[derive(Clone, Debug, FromQueryResult)]
pub struct CreationRow {
    pub kind: String,
    pub name: String,
}

/// What a person created in the organization that still works: tokens for provisioning, keys of service
/// accounts, and applications.
pub async fn creations(ctx: &Ctx, user: Uuid, now: Time) -> Result<Vec<CreationRow>, DbErr> {
    let sql = format!(
        "SELECT c.kind, c.name FROM ( \
            SELECT 'scim_token' AS kind, t.name, t.id FROM scim_tokens t \
            WHERE {SCOPE} AND t.org_id = $1 AND t.created_by = $2 AND t.revoked_at IS NULL \
            AND (t.expires_at IS NULL OR t.expires_at > $3) \
            UNION ALL \
            SELECT 'service_account_key' AS kind, k.name, k.id FROM api_keys k \
            WHERE {SCOPE} AND k.org_id = $1 AND k.created_by = $2 AND k.revoked_at IS NULL \
            AND k.service_account_id IS NOT NULL \
            AND (k.expires_at IS NULL OR k.expires_at > $3) \
            UNION ALL \
            SELECT 'application' AS kind, a.name, a.id FROM oauth_clients a \
            WHERE {SCOPE} AND a.org_id = $1 AND a.created_by = $2 AND a.deleted_at IS NULL \
         ) c ORDER BY c.id DESC LIMIT 100"
    );
    ctx.rows(&sql, [user.into(), now.into()]).await
}

/// Changes a member's role.
pub async fn set_role(tx: &Tx, org: OrgId, user: Uuid, role: &AssignedRole) -> Result<(), DbErr> {
    let sql = "UPDATE memberships SET role = $1, role_id = $2 WHERE org_id = $3 AND user_id = $4";
    let custom = role.custom().map(|role| role.id.0);
    let values: [Value; 4] = [
        role.stored().into(),
        custom.into(),
        org.0.into(),
        user.into(),
    ];
    tx.execute(sql, values).await.map(drop)
}
