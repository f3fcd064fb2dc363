//! Accounts at identity providers that belong to people: listing one's own and disconnecting them.
//! Signing in connects them (`sso_sign_in`).

pub mod entity;
mod name_kind;
mod repo;

use chrono::{DateTime, Utc};
use sea_orm::DbErr;
use serde_json::json;
use types::ExternalIdentityId;
use uuid::Uuid;

pub(super) use name_kind::NameKind;
pub(super) use repo::{delete_since, insert, used};

use super::{last_way, sso_providers, users};
use crate::{
    App, Ctx, Tx,
    access::Permission,
    audit::{self, Entry},
    error::{AppError, Result},
    organizations,
};

/// The largest number of listed identities.
const MOST: u64 = 100;

/// An account at an identity provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExternalIdentity {
    /// The identity's id.
    pub id: ExternalIdentityId,
    /// The provider.
    pub issuer: String,
    /// The provider's unchanging name of the person.
    pub subject: String,
    /// When it was connected.
    pub created_at: DateTime<Utc>,
    /// When the person last signed in with it.
    pub used_at: DateTime<Utc>,
}

impl From<entity::Model> for ExternalIdentity {
    fn from(row: entity::Model) -> Self {
        Self {
            id: ExternalIdentityId(row.id),
            issuer: sso_providers::shown_issuer(&row.issuer).to_owned(),
            subject: row.subject,
            created_at: row.created_at,
            used_at: row.used_at,
        }
    }
}

/// The identity that a provider means by a subject, with SAML by one of this kind in its stored form.
pub(super) async fn find(
    app: &App,
    issuer: &str,
    (subject, kind): (&str, &str),
) -> Result<Option<entity::Model>> {
    let rows = repo::of_subject(app, issuer, subject).await?;
    Ok(name_kind::meant(rows, kind))
}

/// The caller's accounts at identity providers, oldest first; at most 100.
pub async fn list_external_identities(ctx: &Ctx) -> Result<Vec<ExternalIdentity>> {
    ctx.authorize_person(Permission::ProfileUpdate).await?;
    let user = users::person(ctx)?;
    let rows = repo::of_person(ctx.app.db(), &ctx.app, user, MOST).await?;
    Ok(in_use(&ctx.app, rows).map(ExternalIdentity::from).collect())
}

/// With how many identities a person may sign in, in a transaction.
pub(super) async fn count(tx: &Tx, app: &App, user: Uuid) -> Result<u64, DbErr> {
    let rows = repo::of_person(tx.conn(), app, user, MOST).await?;
    Ok(in_use(app, rows).fold(0, |sum, _| sum + 1))
}

/// Those of a person's identities that a provider may still mean.
fn in_use(app: &App, rows: Vec<entity::Model>) -> impl Iterator<Item = entity::Model> {
    let rows = rows.into_iter();
    rows.filter(|row| sso_providers::is_in_use(app, &row.issuer))
}

/// Disconnects one of the caller's accounts at an identity provider, unless it is their only way to
/// sign in.
pub async fn disconnect_identity(ctx: &Ctx, id: ExternalIdentityId) -> Result<()> {
    ctx.authorize_person(Permission::ProfileUpdate).await?;
    ctx.require_whole_account().await?;
    ctx.require_fresh_proof()?;
    let user = users::person(ctx)?;
    let all = repo::of_person(ctx.app.db(), &ctx.app, user, MOST).await?;
    let gone = || AppError::not_found("connected account");
    let known = in_use(&ctx.app, all).find(|one| one.id == id.0);
    let known = known.ok_or_else(gone)?;
    let tx = ctx.begin().await?;
    organizations::hold_caller(&tx, ctx).await?;
    last_way::require_another(&tx, &ctx.app, user).await?;
    if !repo::delete(&tx, user, id.0).await? {
        return Err(gone());
    }
    let entry = Entry::new("identity.disconnect", "user", types::UserId(user));
    let issuer = sso_providers::shown_issuer(&known.issuer);
    let detail = json!({ "issuer": issuer, "subject": known.subject });
    audit::write(&tx, ctx, entry.detail(detail)).await?;
    tx.commit().await?;
    Ok(())
}
