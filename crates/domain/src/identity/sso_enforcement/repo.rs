//! Reads and writes of the enforcement of single sign-on.

use sea_orm::{DbErr, FromQueryResult};
use types::{DomainId, OrgId, UserId};
use uuid::Uuid;

use super::{MOST_GUESTS, OwnerChoice, SsoGuest};
use crate::{Ctx, Tx, access::Role, db::places, identity::sso_providers::Protocol, tenancy::SCOPE};

type Time = chrono::DateTime<chrono::Utc>;

/// An owner with what the choice of the break-glass owner depends on.
#[derive(Clone, Debug, FromQueryResult)]
pub struct OwnerRow {
    pub user_id: Uuid,
    pub name: String,
    pub email: Option<String>,
    pub passkeys: i64,
    pub chosen: bool,
}

impl From<OwnerRow> for OwnerChoice {
    fn from(row: OwnerRow) -> Self {
        Self {
            user: UserId(row.user_id),
            name: row.name,
            email: row.email,
            passkeys: row.passkeys,
            chosen: row.chosen,
        }
    }
}

/// The organization's first hundred owners, by name.
pub async fn owners(ctx: &Ctx) -> Result<Vec<OwnerRow>, DbErr> {
    let sql = format!(
        "SELECT m.user_id, u.name, u.email, \
            (SELECT count(*) FROM passkeys p WHERE p.user_id = m.user_id) AS passkeys, \
            coalesce(o.break_glass_owner = m.user_id, false) AS chosen \
         FROM memberships m JOIN users u ON u.id = m.user_id \
         JOIN organizations o ON o.id = m.org_id \
         WHERE {SCOPE} AND m.org_id = $1 AND m.role = $2 ORDER BY u.name, m.user_id LIMIT 100"
    );
    ctx.rows(&sql, [Role::Owner.as_str().into()]).await
}

/// Whether a member is an owner.
pub async fn is_owner(tx: &Tx, org: OrgId, user: UserId) -> Result<bool, DbErr> {
    let sql = "SELECT 1 AS found FROM memberships WHERE org_id = $1 AND user_id = $2 AND role = $3";
    let values = [org.0.into(), user.0.into(), Role::Owner.as_str().into()];
    Ok(tx.query_one(sql, values).await?.is_some())
}

/// Whether a person has a passkey.
pub async fn has_passkey(tx: &Tx, user: UserId) -> Result<bool, DbErr> {
    let sql = "SELECT 1 AS found FROM passkeys WHERE user_id = $1 LIMIT 1";
    Ok(tx.query_one(sql, [user.0.into()]).await?.is_some())
}

/// Whether somebody has signed in with a provider that is turned on.
pub async fn has_used_provider(tx: &Tx, org: OrgId) -> Result<bool, DbErr> {
    let sql = "SELECT 1 AS found FROM sso_providers \
         WHERE org_id = $1 AND enabled AND used_at IS NOT NULL LIMIT 1";
    Ok(tx.query_one(sql, [org.0.into()]).await?.is_some())
}

/// Whether one of these providers is believed about owners: any that speaks OpenID Connect, and one that
/// speaks SAML if an owner vouches for its certificates.
pub async fn signs_in_owners(tx: &Tx, org: OrgId) -> Result<bool, DbErr> {
    let sql = "SELECT 1 AS found FROM sso_providers WHERE org_id = $1 AND enabled \
         AND used_at IS NOT NULL AND (protocol <> $2 OR certified_by_owner) LIMIT 1";
    let values = [org.0.into(), Protocol::Saml.as_str().into()];
    Ok(tx.query_one(sql, values).await?.is_some())
}

/// Enforces single sign-on for a proved domain. `false`: it is not proved any more.
pub async fn enforce(
    tx: &Tx,
    (org, domain): (OrgId, DomainId),
    owner: UserId,
    now: Time,
) -> Result<bool, DbErr> {
    let sql = "UPDATE domains SET enforced_at = coalesce(enforced_at, $1) \
         WHERE org_id = $2 AND id = $3 AND proved_at IS NOT NULL AND missing_since IS NULL";
    let values = [now.into(), org.0.into(), domain.0.into()];
    if tx.execute(sql, values).await? == 0 {
        return Ok(false);
    }
    let sql = "UPDATE organizations SET break_glass_owner = $1 WHERE id = $2";
    tx.execute(sql, [owner.0.into(), org.0.into()]).await?;
    Ok(true)
}

/// Ends the enforcement for a domain, and with the last one the part of the break-glass owner.
/// `false`: it was not enforced.
pub async fn stop(tx: &Tx, org: OrgId, domain: DomainId) -> Result<bool, DbErr> {
    let sql = "UPDATE domains SET enforced_at = NULL \
         WHERE org_id = $1 AND id = $2 AND enforced_at IS NOT NULL";
    if tx.execute(sql, [org.0.into(), domain.0.into()]).await? == 0 {
        return Ok(false);
    }
    end_break_glass(tx, org).await?;
    Ok(true)
}

/// Ends the part of the break-glass owner, unless single sign-on is still enforced for somebody.
async fn end_break_glass(tx: &Tx, org: OrgId) -> Result<(), DbErr> {
    let sql = "UPDATE organizations SET break_glass_owner = NULL \
         WHERE id = $1 AND sso_everyone_since IS NULL AND NOT EXISTS \
         (SELECT 1 FROM domains d WHERE d.org_id = $1 AND d.enforced_at IS NOT NULL)";
    tx.execute(sql, [org.0.into()]).await.map(drop)
}

/// A guest, with what is shown of them.
#[derive(Clone, Debug, FromQueryResult)]
pub struct GuestRow {
    pub user_id: Uuid,
    pub name: String,
    pub email: Option<String>,
}

impl From<GuestRow> for SsoGuest {
    fn from(row: GuestRow) -> Self {
        Self {
            user: UserId(row.user_id),
            name: row.name,
            email: row.email,
        }
    }
}

/// The guests, by name.
pub async fn guests(ctx: &Ctx) -> Result<Vec<GuestRow>, DbErr> {
    let sql = format!(
        "SELECT m.user_id, u.name, u.email FROM memberships m JOIN users u ON u.id = m.user_id \
         WHERE {SCOPE} AND m.org_id = $1 AND m.sso_guest ORDER BY u.name, m.user_id LIMIT {MOST_GUESTS}"
    );
    let mut rows: Vec<GuestRow> = ctx.rows(&sql, []).await?;
    // The statement sorts, but inside another statement its order is not guaranteed.
    rows.sort_unstable_by(|a, b| (&a.name, a.user_id).cmp(&(&b.name, b.user_id)));
    Ok(rows)
}

/// A member whose account is not connected, with what decides whether their address leads to it.
#[derive(Clone, Debug, FromQueryResult)]
pub struct UnconnectedRow {
    pub user_id: Uuid,
    pub name: String,
    pub email: Option<String>,
    pub email_wanted: Option<String>,
    pub verified: bool,
    pub guest: bool,
}

/// The members who have no account at a provider with one of these issuers, by name, without the
/// break-glass owner; at most 10,000.
pub async fn unconnected(ctx: &Ctx, issuers: &[String]) -> Result<Vec<UnconnectedRow>, DbErr> {
    let (places, values) = places(2, issuers);
    let sql = format!(
        "SELECT m.user_id, u.name, u.email, u.email_wanted, \
            u.email_verified_at IS NOT NULL AS verified, m.sso_guest AS guest \
         FROM memberships m JOIN users u ON u.id = m.user_id \
         JOIN organizations o ON o.id = m.org_id \
         WHERE {SCOPE} AND m.org_id = $1 \
         AND (o.break_glass_owner IS NULL OR o.break_glass_owner <> m.user_id) \
         AND NOT EXISTS (SELECT 1 FROM external_identities e \
            WHERE e.user_id = m.user_id AND e.issuer IN ({places})) \
         ORDER BY u.name, m.user_id LIMIT 10000"
    );
    let mut rows: Vec<UnconnectedRow> = ctx.rows(&sql, values).await?;
    // The statement sorts, but inside another statement its order is not guaranteed.
    rows.sort_unstable_by(|a, b| (&a.name, a.user_id).cmp(&(&b.name, b.user_id)));
    Ok(rows)
}

#[derive(FromQueryResult)]
struct Name {
    name: String,
}

/// The domains that the organization has proved.
pub async fn proved(ctx: &Ctx) -> Result<Vec<String>, DbErr> {
    let sql = format!(
        "SELECT d.name FROM domains d \
         WHERE {SCOPE} AND d.org_id = $1 AND d.proved_at IS NOT NULL LIMIT 100"
    );
    let rows: Vec<Name> = ctx.rows(&sql, []).await?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

#[derive(FromQueryResult)]
struct Since {
    since: Option<Time>,
}

/// Since when single sign-on is enforced for everyone.
pub async fn everyone_since(ctx: &Ctx) -> Result<Option<Time>, DbErr> {
    let sql = format!(
        "SELECT o.sso_everyone_since AS since FROM organizations o \
         WHERE {SCOPE} AND o.id = $1 LIMIT 1"
    );
    let rows: Vec<Since> = ctx.rows(&sql, []).await?;
    Ok(rows.first().and_then(|row| row.since))
}

/// Whether single sign-on is enforced for everyone.
pub async fn is_for_everyone(tx: &Tx, org: OrgId) -> Result<bool, DbErr> {
    let sql =
        "SELECT 1 AS found FROM organizations WHERE id = $1 AND sso_everyone_since IS NOT NULL";
    Ok(tx.query_one(sql, [org.0.into()]).await?.is_some())
}

/// Enforces single sign-on for everyone.
pub async fn enforce_for_everyone(
    tx: &Tx,
    org: OrgId,
    owner: UserId,
    now: Time,
) -> Result<(), DbErr> {
    let sql = "UPDATE organizations SET sso_everyone_since = coalesce(sso_everyone_since, $1), \
         break_glass_owner = $2 WHERE id = $3";
    let values = [now.into(), owner.0.into(), org.0.into()];
    tx.execute(sql, values).await.map(drop)
}

/// Ends the enforcement for everyone. `false`: it was not enforced.
pub async fn stop_for_everyone(tx: &Tx, org: OrgId) -> Result<bool, DbErr> {
    let sql = "UPDATE organizations SET sso_everyone_since = NULL \
         WHERE id = $1 AND sso_everyone_since IS NOT NULL";
    if tx.execute(sql, [org.0.into()]).await? == 0 {
        return Ok(false);
    }
    end_break_glass(tx, org).await?;
    Ok(true)
}

/// Whether somebody is a member.
pub async fn is_member(tx: &Tx, org: OrgId, user: UserId) -> Result<bool, DbErr> {
    let sql = "SELECT 1 AS found FROM memberships WHERE org_id = $1 AND user_id = $2";
    let values = [org.0.into(), user.0.into()];
    Ok(tx.query_one(sql, values).await?.is_some())
}

/// Makes a member a guest, or none. `false`: nothing changed.
pub async fn set_guest(tx: &Tx, org: OrgId, user: UserId, guest: bool) -> Result<bool, DbErr> {
    let sql = "UPDATE memberships SET sso_guest = $1 \
         WHERE org_id = $2 AND user_id = $3 AND sso_guest <> $1";
    let values = [guest.into(), org.0.into(), user.0.into()];
    Ok(tx.execute(sql, values).await? == 1)
}

/// How many guests there are.
pub async fn count_guests(tx: &Tx, org: OrgId) -> Result<u64, DbErr> {
    let sql = "SELECT count(*) AS guests FROM memberships WHERE org_id = $1 AND sso_guest";
    let row = tx.query_one(sql, [org.0.into()]).await?;
    let guests: i64 = row.map_or(Ok(0), |row| row.try_get("", "guests"))?;
    Ok(u64::try_from(guests).unwrap_or_default())
}

/// Whether single sign-on is enforced for a domain, by its name in ASCII.
pub async fn is_enforced(tx: &Tx, org: OrgId, domain: &str) -> Result<bool, DbErr> {
    let sql = "SELECT 1 AS found FROM domains \
         WHERE org_id = $1 AND name = $2 AND enforced_at IS NOT NULL";
    Ok(tx
        .query_one(sql, [org.0.into(), domain.into()])
        .await?
        .is_some())
}

/// Whether a member is the break-glass owner.
pub async fn is_break_glass(tx: &Tx, org: OrgId, user: Uuid) -> Result<bool, DbErr> {
    let sql = "SELECT 1 AS found FROM organizations WHERE id = $1 AND break_glass_owner = $2";
    Ok(tx
        .query_one(sql, [org.0.into(), user.into()])
        .await?
        .is_some())
}

/// For whom single sign-on is enforced, if there is no provider that is turned on: a domain, or everyone.
pub async fn enforced_without_provider(tx: &Tx, org: OrgId) -> Result<Option<String>, DbErr> {
    let sql = "SELECT 1 AS found FROM organizations o \
         WHERE o.id = $1 AND o.sso_everyone_since IS NOT NULL AND NOT EXISTS \
         (SELECT 1 FROM sso_providers p WHERE p.org_id = $1 AND p.enabled)";
    if tx.query_one(sql, [org.0.into()]).await?.is_some() {
        return Ok(Some("everyone".to_owned()));
    }
    let sql = "SELECT d.name FROM domains d WHERE d.org_id = $1 AND d.enforced_at IS NOT NULL \
         AND NOT EXISTS (SELECT 1 FROM sso_providers p WHERE p.org_id = $1 AND p.enabled) LIMIT 1";
    let row = tx.query_one(sql, [org.0.into()]).await?;
    row.map(|row| row.try_get("", "name")).transpose()
}
