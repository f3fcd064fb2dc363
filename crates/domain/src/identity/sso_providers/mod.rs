//! The identity providers of an organization: their settings, and the test of them. What each protocol
//! adds is in `oidc` and `saml`. Signing in with one is in `sso_sign_in`.

pub mod entity;
mod error;
mod input;
mod issuers;
mod kind;
mod mapping;
mod oidc;
mod repo;
mod saml;
mod secret;
mod source;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::SqlErr;
use serde_json::json;
use sso::Inspection;
use types::{RoleId, SsoProviderId};

pub use self::saml::{
    Addresses, ReadMetadata, SamlPerson, SamlRefusal, SamlSeen, SamlSettings, SamlTest,
    ShownCertificate, ShownSaml, create_saml_key, enqueue_reads, remove_old_saml_key,
};
pub(super) use self::saml::{SamlProvider, tested};
pub use error::SsoProviderError;
pub use input::ProviderSettings;
pub(crate) use issuers::known_providers;
pub(super) use issuers::{identity_issuer, is_in_use, issuers_of, shown_issuer};
pub use kind::{Joining, Protocol, ProviderKind};
pub use mapping::Mapping;
pub(super) use mapping::role_of;
pub use oidc::OidcSettings;
pub(super) use oidc::vouches;
pub(super) use repo::{refused, used};
use source::redirect_uri;
pub(super) use source::{Source, Speaks};

use super::{sessions, sso_enforcement, sso_sign_in};
use crate::{
    Ctx, Tx,
    access::{AssignedRole, Permission, PermissionSet, Role},
    audit::{self, Entry},
    error::{AppError, Result},
    live::Right,
    organizations::OwnRights,
    roles::{self, RoleChoice},
};

/// The largest number of providers of an organization.
pub const MOST: u64 = 20;

/// What a protocol adds to the settings, as it is entered.
#[derive(Clone, Debug)]
pub enum ProtocolSettings {
    /// OpenID Connect, with the client's secret. Without one, the stored one stays.
    Oidc(OidcSettings, Option<String>),
    /// SAML 2.0.
    Saml(Box<SamlSettings>),
}

/// What a protocol adds to the settings, as it is shown. Secrets and keys are not.
#[derive(Clone, Debug)]
pub enum ShownProtocol {
    /// OpenID Connect.
    Oidc {
        /// The settings.
        settings: OidcSettings,
        /// Whether it has a secret.
        has_secret: bool,
    },
    /// SAML 2.0.
    Saml(Box<ShownSaml>),
}

/// An identity provider of an organization.
#[derive(Clone, Debug)]
pub struct SsoProvider {
    /// The provider's id.
    pub id: SsoProviderId,
    /// Its settings.
    pub settings: ProviderSettings,
    /// The roles of groups, in the order of `settings.mappings`, with their names and permissions.
    pub roles: Vec<AssignedRole>,
    /// The role of people in none of these groups.
    pub default_role: Option<AssignedRole>,
    /// The provider's name for itself: its issuer or entity id. Empty if it is not known yet.
    pub issuer: String,
    /// What its protocol adds.
    pub protocol: ShownProtocol,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When somebody last signed in with it.
    pub used_at: Option<DateTime<Utc>>,
    /// Why a sign-in was last refused, and when.
    pub problem: Option<(String, DateTime<Utc>)>,
}

impl SsoProvider {
    fn of(
        ctx: &Ctx,
        row: entity::Model,
        saml: Option<saml::entity::Model>,
        known: &roles::Known,
    ) -> Result<Self> {
        let kind = ProviderKind::parse(&row.kind);
        let kind = kind.ok_or_else(|| AppError::internal("an unknown kind of provider"))?;
        let (mappings, default_role) = (mapping::read(&row.mappings)?, row.role_of_others()?);
        // A role is not deleted while a provider gives it.
        let named = |choice: RoleChoice| {
            let role = known.role(choice);
            role.ok_or_else(|| AppError::internal("a provider gives a role that does not exist"))
        };
        let protocol = match saml {
            Some(saml) => {
                let shown = ShownSaml::of(&ctx.app, saml, row.vouched_by())?;
                ShownProtocol::Saml(Box::new(shown))
            }
            None => ShownProtocol::Oidc {
                settings: OidcSettings::of(&row),
                has_secret: row.client_secret.is_some(),
            },
        };
        Ok(Self {
            id: SsoProviderId(row.id),
            roles: mappings
                .iter()
                .map(|one| named(one.role))
                .collect::<Result<_>>()?,
            default_role: default_role.map(named).transpose()?,
            settings: ProviderSettings {
                kind,
                name: row.name,
                groups_claim: row.groups_claim,
                mappings,
                default_role,
                joining: joining(&row.joining)?,
                enabled: row.enabled,
            },
            issuer: row.issuer,
            protocol,
            created_at: row.created_at,
            used_at: row.used_at,
            problem: row.problem.zip(row.problem_at),
        })
    }
}

/// What a protocol adds to a provider's row, after all checks.
struct Prepared {
    protocol: Protocol,
    issuer: String,
    client_id: String,
    client_secret: Option<Vec<u8>>,
    scopes: String,
    audiences: String,
    saml: Option<saml::entity::Model>,
    /// SAML: whether the provider is believed because of the same certificates as before, and they are
    /// read at the same address.
    same_certificates: bool,
}

/// The organization's providers, by name.
pub async fn list_sso_providers(ctx: &Ctx) -> Result<Vec<SsoProvider>> {
    ctx.authorize(Permission::SsoManage).await?;
    let rows = repo::all(ctx).await?;
    let saml = saml::repo::all(ctx).await?;
    let mut saml: HashMap<_, _> = saml.into_iter().map(|row| (row.provider_id, row)).collect();
    let known = roles::Known::read(ctx).await?;
    let shown = rows.into_iter().map(|row| {
        let saml = saml.remove(&row.id);
        SsoProvider::of(ctx, row, saml, &known)
    });
    shown.collect()
}

/// One provider.
pub async fn get_sso_provider(ctx: &Ctx, id: SsoProviderId) -> Result<SsoProvider> {
    ctx.authorize(Permission::SsoManage).await?;
    let row = repo::find(ctx, id).await?;
    let row = row.ok_or(SsoProviderError::NotFound)?;
    let saml = saml::repo::find(ctx, id).await?;
    shown(ctx, row, saml).await
}

async fn shown(
    ctx: &Ctx,
    row: entity::Model,
    saml: Option<saml::entity::Model>,
) -> Result<SsoProvider> {
    SsoProvider::of(ctx, row, saml, &roles::Known::read(ctx).await?)
}

/// Creates a provider, if its description can be read. A SAML provider that is turned off needs none
/// yet: many products show their metadata only after they know the addresses of this server.
pub async fn create_sso_provider(
    ctx: &Ctx,
    settings: ProviderSettings,
    protocol: ProtocolSettings,
) -> Result<SsoProvider> {
    authorize_change(ctx).await?;
    let settings = settings.checked(ctx).await?;
    let id = SsoProviderId::new(ctx.clock());
    let prepared = prepare(ctx, id, &settings, protocol, None).await?;
    let (saml, given) = (prepared.saml.clone(), settings.given_roles());
    let mut row = row(ctx, id, settings, prepared)?;
    inspect(ctx, &row).await?;
    let OwnRights { tx, lasting, .. } = begin(ctx, &given).await?;
    believe(&mut row, lasting);
    if repo::count(&tx, ctx).await? >= MOST {
        return Err(SsoProviderError::TooMany.into());
    }
    let written = repo::insert(&tx, &row).await;
    written.map_err(|error| named(error, &row.name))?;
    if let Some(saml) = &saml {
        saml::repo::insert(&tx, saml).await?;
    }
    note(&tx, ctx, "sso_provider.create", &row, saml.as_ref()).await?;
    tx.commit().await?;
    shown(ctx, row, saml).await
}

/// Replaces the settings of a provider. If it is turned off, or becomes another one, all sessions end
/// that providers of the organization have opened. Without a client's secret, the stored one stays,
/// unless the issuer changes: it would be sent to the new one.
pub async fn update_sso_provider(
    ctx: &Ctx,
    id: SsoProviderId,
    settings: ProviderSettings,
    protocol: ProtocolSettings,
) -> Result<SsoProvider> {
    authorize_change(ctx).await?;
    let settings = settings.checked(ctx).await?;
    let old = repo::find(ctx, id).await?;
    let old = old.ok_or(SsoProviderError::NotFound)?;
    let prepared = prepare(ctx, id, &settings, protocol, Some(&old)).await?;
    let (saml, same_certificates) = (prepared.saml.clone(), prepared.same_certificates);
    let given = settings.given_roles();
    let row = row(ctx, id, settings, prepared)?;
    let mut row = entity::Model {
        created_at: old.created_at,
        used_at: old.used_at,
        problem: old.problem.clone(),
        problem_at: old.problem_at,
        ..row
    };
    // Whatever is wrong with the provider, it can be turned off.
    if row.enabled {
        inspect(ctx, &row).await?;
    }
    let OwnRights { tx, lasting, .. } = begin(ctx, &given).await?;
    believe(&mut row, lasting);
    // Whoever leaves the certificates alone can sign in nobody with them.
    row.certified_by_admin |= old.certified_by_admin && same_certificates;
    row.certified_by_owner |= old.certified_by_owner && same_certificates;
    // Reading the metadata may have taken a while, and who is believed depends on what was there before.
    let written = repo::update(&tx, &old, &row).await;
    if !written.map_err(|error| named(error, &row.name))? {
        return Err(SsoProviderError::Changed.into());
    }
    if let Some(saml) = &saml {
        // The old settings say which problem is that of the metadata.
        if saml.metadata_failed_at.is_none() && saml::repo::solved(&tx, (ctx.org, id.0)).await? {
            (row.problem, row.problem_at) = (None, None);
        }
        saml::repo::update(&tx, saml).await?;
    }
    note(&tx, ctx, "sso_provider.update", &row, saml.as_ref()).await?;
    // Nobody has signed in yet with a SAML provider whose metadata was not known.
    let renamed = !old.issuer.is_empty() && old.issuer != row.issuer;
    let other = renamed || old.client_id != row.client_id;
    if other || (old.enabled && !row.enabled) {
        sessions::end_limited(&tx, ctx.org, None, ctx.clock().now()).await?;
    }
    sso_enforcement::require_a_provider(&tx, ctx.org).await?;
    tx.commit().await?;
    ctx.app.drop_right(Right::Organization(ctx.org.0));
    shown(ctx, row, saml).await
}

/// Deletes a provider. Nobody can sign in with it afterwards, and all sessions end that providers of
/// the organization have opened.
pub async fn delete_sso_provider(ctx: &Ctx, id: SsoProviderId) -> Result<()> {
    authorize_change(ctx).await?;
    let old = repo::find(ctx, id).await?;
    let old = old.ok_or(SsoProviderError::NotFound)?;
    let tx = ctx.begin().await?;
    repo::lock(&tx, (ctx.org, id.0)).await?;
    saml::repo::delete(&tx, ctx.org, id).await?;
    if !repo::delete(&tx, ctx.org, id).await? {
        return Err(SsoProviderError::NotFound.into());
    }
    sso_enforcement::require_a_provider(&tx, ctx.org).await?;
    note(&tx, ctx, "sso_provider.delete", &old, None).await?;
    sessions::end_limited(&tx, ctx.org, None, ctx.clock().now()).await?;
    tx.commit().await?;
    ctx.app.drop_right(Right::Organization(ctx.org.0));
    Ok(())
}

/// A test of a provider that has begun, or is done.
#[derive(Clone, Debug)]
pub enum SsoTest {
    /// OpenID Connect: what was found, or what is wrong.
    Read(Result<Inspection, String>),
    /// SAML: the address at which to sign in. The result is then in [`ShownSaml::test`].
    SignIn(String),
}

/// Tests a provider. With OpenID Connect, its description and keys are read now; with SAML, a sign-in
/// begins that opens no session.
pub async fn test_sso_provider(ctx: &Ctx, id: SsoProviderId) -> Result<SsoTest> {
    ctx.authorize(Permission::SsoManage).await?;
    let row = repo::find(ctx, id).await?;
    let row = row.ok_or(SsoProviderError::NotFound)?;
    let source = Source::of_row(&ctx.app, row)?;
    let Speaks::Oidc(provider) = &source.speaks else {
        let url = sso_sign_in::begin_test(ctx, &source).await?;
        return Ok(SsoTest::SignIn(url));
    };
    let found = sso_sign_in::service(&ctx.app)?.inspect(provider).await;
    Ok(SsoTest::Read(found.map_err(|error| error.to_string())))
}

/// Checks the form of an issuer, for the operator's configuration.
pub fn check_issuer(issuer: &str) -> Result<(), String> {
    sso::check_issuer(issuer).map_err(|error| error.to_string())
}

/// The address to register at every provider of OpenID Connect.
pub async fn shown_redirect_uri(ctx: &Ctx) -> Result<String> {
    ctx.authorize(Permission::SsoManage).await?;
    Ok(redirect_uri(&ctx.app))
}

/// Begins the change of a provider that gives these roles, with the caller's rights at that time: what
/// they allow is stored for good. The roles are not deleted meanwhile.
async fn begin(ctx: &Ctx, given: &[(&'static str, RoleChoice)]) -> Result<OwnRights> {
    let mut change = OwnRights::lock(ctx, Permission::SsoManage).await?;
    for (field, choice) in given {
        let role = roles::chosen(&change.tx, ctx, *choice).await?;
        let what = format!("the role {role}");
        let permissions = role.permissions();
        change = change.gives(ctx, field, &what, permissions).await?;
    }
    Ok(change)
}

/// Stores how far the provider is believed: as far as whoever saves it could go with the permissions `own`, which
/// they have for ever, because it works for longer than a grant that ends.
fn believe(row: &mut entity::Model, own: PermissionSet) {
    let has_all_of = |role: Role| !role.permissions().exceeds(own);
    row.saved_by_admin = has_all_of(Role::Admin);
    row.certified_by_admin = has_all_of(Role::Admin);
    row.certified_by_owner = has_all_of(Role::Owner);
}

async fn authorize_change(ctx: &Ctx) -> Result<()> {
    ctx.authorize_person(Permission::SsoManage).await?;
    ctx.require_fresh_proof()
}

/// Checks what the protocol adds. A provider keeps its protocol.
async fn prepare(
    ctx: &Ctx,
    id: SsoProviderId,
    settings: &ProviderSettings,
    protocol: ProtocolSettings,
    old: Option<&entity::Model>,
) -> Result<Prepared> {
    let speaks = match &protocol {
        ProtocolSettings::Oidc(..) => Protocol::Oidc,
        ProtocolSettings::Saml(_) => Protocol::Saml,
    };
    if old.is_some_and(|old| old.protocol != speaks.as_str()) {
        return Err(SsoProviderError::OtherProtocol.into());
    }
    match protocol {
        ProtocolSettings::Oidc(oidc, secret) => {
            oidc.prepared(ctx, id, settings.joining, (secret.as_deref(), old))
        }
        ProtocolSettings::Saml(input) => {
            let known = match old {
                Some(old) => {
                    let row = saml::repo::find(ctx, id).await?;
                    let row = row.ok_or(SsoProviderError::NotFound)?;
                    Some((row, old.issuer.clone()))
                }
                None => None,
            };
            input.prepared(ctx, id, settings.enabled, known).await
        }
    }
}

/// Refuses settings with which nobody could sign in. Those of SAML were checked when the metadata was
/// read.
async fn inspect(ctx: &Ctx, row: &entity::Model) -> Result<()> {
    let source = Source::of_row(&ctx.app, row.clone())?;
    let Speaks::Oidc(provider) = &source.speaks else {
        return Ok(());
    };
    let found = sso_sign_in::service(&ctx.app)?.inspect(provider).await;
    found.map_err(|error| SsoProviderError::Unusable("issuer", error.to_string()))?;
    Ok(())
}

fn row(
    ctx: &Ctx,
    id: SsoProviderId,
    settings: ProviderSettings,
    prepared: Prepared,
) -> Result<entity::Model> {
    let now = ctx.clock().now();
    Ok(entity::Model {
        id: id.0,
        org_id: ctx.org.0,
        protocol: prepared.protocol.as_str().to_owned(),
        kind: settings.kind.as_str().to_owned(),
        name: settings.name,
        issuer: prepared.issuer,
        client_id: prepared.client_id,
        client_secret: prepared.client_secret,
        scopes: prepared.scopes,
        audiences: prepared.audiences,
        groups_claim: settings.groups_claim,
        mappings: mapping::stored(&settings.mappings)?,
        default_role: settings.default_role.map(|role| role.stored().to_owned()),
        default_role_id: settings.default_role.and_then(RoleChoice::custom_id),
        joining: settings.joining.as_str().to_owned(),
        enabled: settings.enabled,
        // Until `believe` says more.
        saved_by_admin: false,
        certified_by_admin: false,
        certified_by_owner: false,
        created_at: now,
        updated_at: now,
        used_at: None,
        problem: None,
        problem_at: None,
    })
}

async fn note(
    tx: &Tx,
    ctx: &Ctx,
    action: &str,
    row: &entity::Model,
    saml: Option<&saml::entity::Model>,
) -> Result<()> {
    let mut detail = json!({
        "name": row.name,
        "protocol": row.protocol,
        "issuer": row.issuer,
        "enabled": row.enabled,
        "joining": row.joining,
        "mappings": serde_json::from_str::<serde_json::Value>(&row.mappings).unwrap_or_default(),
        "defaultRole": row.default_role,
        "defaultRoleId": row.default_role_id.map(RoleId),
    });
    if let Some(saml) = saml {
        detail["saml"] = json!({
            "certificates": saml.fingerprints()?,
            "ssoUrl": saml.sso_url,
            "sloUrl": saml.slo_url,
            "signedParts": saml.signed_parts,
            "unsolicited": saml.unsolicited,
            "metadataUrl": saml.metadata_url,
        });
    }
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

/// The stored word for who joins.
fn joining(word: &str) -> Result<Joining> {
    Joining::parse(word).ok_or_else(|| AppError::internal("an unknown rule for who joins"))
}
