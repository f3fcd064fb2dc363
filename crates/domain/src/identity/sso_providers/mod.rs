//! The identity providers of an organization (OpenID Connect): their settings, and the test of them.
//! Signing in with one is in `sso_sign_in`.
//!
//! Settings are accepted only if the provider's own description can be read and is that of the
//! issuer.

pub mod entity;
mod error;
mod input;
mod kind;
mod mapping;
mod repo;
mod secret;
mod source;

use chrono::{DateTime, Utc};
use sea_orm::SqlErr;
use serde_json::json;
use sso::Inspection;
use types::SsoProviderId;

pub use error::SsoProviderError;
pub use input::ProviderSettings;
pub(super) use input::vouches;
pub use kind::{Joining, ProviderKind};
pub use mapping::Mapping;
pub(super) use mapping::role_of;
pub(super) use repo::{refused, used};
pub(super) use source::Source;
use source::redirect_uri;

use super::{sessions, sso_enforcement, sso_sign_in};
use crate::{
    App, Ctx, Tx,
    access::{Permission, Role},
    audit::{self, Entry},
    error::{AppError, Result},
    live::Right,
};

/// The largest number of providers of an organization.
pub const MOST: u64 = 20;

/// An identity provider of an organization. Its secret is not returned.
#[derive(Clone, Debug)]
pub struct SsoProvider {
    /// The provider's id.
    pub id: SsoProviderId,
    /// Its settings.
    pub settings: ProviderSettings,
    /// Whether it has a secret.
    pub has_secret: bool,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When somebody last signed in with it.
    pub used_at: Option<DateTime<Utc>>,
    /// Why a sign-in was last refused, and when.
    pub problem: Option<(String, DateTime<Utc>)>,
}

impl TryFrom<entity::Model> for SsoProvider {
    type Error = AppError;

    fn try_from(row: entity::Model) -> Result<Self> {
        let kind = ProviderKind::parse(&row.kind);
        let kind = kind.ok_or_else(|| AppError::internal("an unknown kind of provider"))?;
        let role = row.default_role.as_deref();
        Ok(Self {
            id: SsoProviderId(row.id),
            settings: ProviderSettings {
                kind,
                name: row.name,
                issuer: row.issuer,
                client_id: row.client_id,
                scopes: words(&row.scopes),
                audiences: words(&row.audiences),
                groups_claim: row.groups_claim,
                mappings: mapping::read(&row.mappings)?,
                default_role: role.map(mapping::role).transpose()?,
                joining: joining(&row.joining)?,
                enabled: row.enabled,
            },
            has_secret: row.client_secret.is_some(),
            created_at: row.created_at,
            used_at: row.used_at,
            problem: row.problem.zip(row.problem_at),
        })
    }
}

/// The organization's providers, by name.
pub async fn list_sso_providers(ctx: &Ctx) -> Result<Vec<SsoProvider>> {
    ctx.authorize(Permission::SsoManage).await?;
    let rows = repo::all(ctx).await?;
    rows.into_iter().map(SsoProvider::try_from).collect()
}

/// One provider.
pub async fn get_sso_provider(ctx: &Ctx, id: SsoProviderId) -> Result<SsoProvider> {
    ctx.authorize(Permission::SsoManage).await?;
    let row = repo::find(ctx, id).await?;
    row.ok_or(SsoProviderError::NotFound)?.try_into()
}

/// Creates a provider, if its description can be read.
pub async fn create_sso_provider(
    ctx: &Ctx,
    settings: ProviderSettings,
    client_secret: Option<&str>,
) -> Result<SsoProvider> {
    authorize_change(ctx).await?;
    let settings = settings.checked(ctx).await?;
    let (id, now) = (SsoProviderId::new(ctx.clock()), ctx.clock().now());
    let sealed = client_secret
        .map(|secret| secret::seal(&ctx.app, id.0, secret))
        .transpose()?;
    let row = row(ctx, id, settings, sealed)?;
    inspect(&ctx.app, row.clone()).await?;
    let row = entity::Model {
        created_at: now,
        updated_at: now,
        ..row
    };
    let tx = ctx.begin().await?;
    if repo::count(&tx, ctx).await? >= MOST {
        return Err(SsoProviderError::TooMany.into());
    }
    let written = repo::insert(&tx, &row).await;
    written.map_err(|error| named(error, &row.name))?;
    note(&tx, ctx, "sso_provider.create", &row).await?;
    tx.commit().await?;
    row.try_into()
}

/// Replaces the settings of a provider. If it is turned off, or becomes another one, all sessions end
/// that providers of the organization have opened. Without `client_secret`, the stored one stays, unless the
/// issuer changes: it would be sent to the new one.
pub async fn update_sso_provider(
    ctx: &Ctx,
    id: SsoProviderId,
    settings: ProviderSettings,
    client_secret: Option<&str>,
) -> Result<SsoProvider> {
    authorize_change(ctx).await?;
    let settings = settings.checked(ctx).await?;
    let old = repo::find(ctx, id).await?;
    let old = old.ok_or(SsoProviderError::NotFound)?;
    let sealed = match client_secret {
        Some(secret) => Some(secret::seal(&ctx.app, id.0, secret)?),
        None if old.client_secret.is_some() && old.issuer != settings.issuer => {
            return Err(SsoProviderError::SecretOfOther.into());
        }
        None => old.client_secret.clone(),
    };
    let row = entity::Model {
        created_at: old.created_at,
        updated_at: ctx.clock().now(),
        used_at: old.used_at,
        problem: old.problem,
        problem_at: old.problem_at,
        ..row(ctx, id, settings, sealed)?
    };
    // Whatever is wrong with the provider, it can be turned off.
    if row.enabled {
        inspect(&ctx.app, row.clone()).await?;
    }
    let tx = ctx.begin().await?;
    let written = repo::update(&tx, &row).await;
    if !written.map_err(|error| named(error, &row.name))? {
        return Err(SsoProviderError::NotFound.into());
    }
    note(&tx, ctx, "sso_provider.update", &row).await?;
    let other = old.issuer != row.issuer || old.client_id != row.client_id;
    if other || (old.enabled && !row.enabled) {
        sessions::end_limited(&tx, ctx.org, None, ctx.clock().now()).await?;
    }
    sso_enforcement::keeps_a_provider(&tx, ctx.org).await?;
    tx.commit().await?;
    ctx.app.drop_right(Right::Organization(ctx.org.0));
    row.try_into()
}

/// Deletes a provider. Nobody can sign in with it afterwards, and all sessions end that providers of
/// the organization have opened.
pub async fn delete_sso_provider(ctx: &Ctx, id: SsoProviderId) -> Result<()> {
    authorize_change(ctx).await?;
    let old = repo::find(ctx, id).await?;
    let old = old.ok_or(SsoProviderError::NotFound)?;
    let tx = ctx.begin().await?;
    if !repo::delete(&tx, ctx.org, id).await? {
        return Err(SsoProviderError::NotFound.into());
    }
    sso_enforcement::keeps_a_provider(&tx, ctx.org).await?;
    note(&tx, ctx, "sso_provider.delete", &old).await?;
    sessions::end_limited(&tx, ctx.org, None, ctx.clock().now()).await?;
    tx.commit().await?;
    ctx.app.drop_right(Right::Organization(ctx.org.0));
    Ok(())
}

/// Reads a provider's description and keys now, and says what was found or what is wrong.
pub async fn test_sso_provider(ctx: &Ctx, id: SsoProviderId) -> Result<Result<Inspection, String>> {
    ctx.authorize(Permission::SsoManage).await?;
    let row = repo::find(ctx, id).await?;
    let row = row.ok_or(SsoProviderError::NotFound)?;
    let source = Source::of_row(&ctx.app, row)?;
    let found = sso_sign_in::service(&ctx.app)?
        .inspect(&source.provider)
        .await;
    Ok(found.map_err(|error| error.to_string()))
}

/// Checks the form of an issuer, for the operator's configuration.
pub fn check_issuer(issuer: &str) -> Result<(), String> {
    sso::check_issuer(issuer).map_err(|error| error.to_string())
}

/// The address to register at every provider.
pub async fn shown_redirect_uri(ctx: &Ctx) -> Result<String> {
    ctx.authorize(Permission::SsoManage).await?;
    Ok(redirect_uri(&ctx.app))
}

async fn authorize_change(ctx: &Ctx) -> Result<()> {
    ctx.authorize_person(Permission::SsoManage).await?;
    ctx.require_fresh_proof()
}

/// Refuses settings with which nobody could sign in.
async fn inspect(app: &App, row: entity::Model) -> Result<()> {
    let source = Source::of_row(app, row)?;
    let found = sso_sign_in::service(app)?.inspect(&source.provider).await;
    found.map_err(|error| SsoProviderError::Unusable(error.to_string()))?;
    Ok(())
}

fn row(
    ctx: &Ctx,
    id: SsoProviderId,
    settings: ProviderSettings,
    client_secret: Option<Vec<u8>>,
) -> Result<entity::Model> {
    let now = ctx.clock().now();
    Ok(entity::Model {
        id: id.0,
        org_id: ctx.org.0,
        kind: settings.kind.as_str().to_owned(),
        name: settings.name,
        issuer: settings.issuer,
        client_id: settings.client_id,
        client_secret,
        scopes: settings.scopes.join(" "),
        audiences: settings.audiences.join(" "),
        groups_claim: settings.groups_claim,
        mappings: mapping::stored(&settings.mappings)?,
        default_role: settings.default_role.map(|role| role.as_str().to_owned()),
        joining: settings.joining.as_str().to_owned(),
        enabled: settings.enabled,
        saved_by_admin: !Role::Admin.permissions().exceeds(ctx.rights.permissions),
        created_at: now,
        updated_at: now,
        used_at: None,
        problem: None,
        problem_at: None,
    })
}

async fn note(tx: &Tx, ctx: &Ctx, action: &str, row: &entity::Model) -> Result<()> {
    let detail = json!({
        "name": row.name,
        "issuer": row.issuer,
        "enabled": row.enabled,
        "joining": row.joining,
        "mappings": serde_json::from_str::<serde_json::Value>(&row.mappings).unwrap_or_default(),
        "defaultRole": row.default_role,
    });
    let entry = Entry::new(action, "sso_provider", SsoProviderId(row.id)).detail(detail);
    Ok(audit::write(tx, ctx, entry).await?)
}

/// The database's error, or that the name is taken.
fn named(error: sea_orm::DbErr, name: &str) -> AppError {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => {
            SsoProviderError::NameTaken(name.to_owned()).into()
        }
        _ => error.into(),
    }
}

/// The words of a stored list.
fn words(text: &str) -> Vec<String> {
    text.split_ascii_whitespace().map(str::to_owned).collect()
}

/// The stored word for who joins.
fn joining(word: &str) -> Result<Joining> {
    Joining::parse(word).ok_or_else(|| AppError::internal("an unknown rule for who joins"))
}
