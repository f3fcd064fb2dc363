//! A provider with which people sign in: one of an organization, or one of the whole server.

use chrono::{DateTime, Utc};
use types::{OrgId, SsoProviderId};
use uuid::Uuid;

use super::{Joining, Mapping, Protocol, entity::Model, mapping, oidc, repo};
use crate::{
    App, ServerProvider, Tx,
    access::{PermissionSet, Role},
    error::{AppError, Result},
    identity::sso_sign_in,
    roles::RoleChoice,
};

/// The path to which providers of OpenID Connect send browsers back.
pub const CALLBACK: &str = "/sign-in/oidc/callback";

/// The address to which providers of OpenID Connect send browsers back. It is the same for all of them,
/// and registered at each.
pub fn redirect_uri(app: &App) -> String {
    format!("{}{CALLBACK}", app.settings().base_url)
}

/// A provider with which people sign in.
#[derive(Clone, Debug)]
pub(in crate::identity) struct Source {
    /// Its key in URLs.
    pub key: String,
    /// Its name on buttons.
    pub name: String,
    /// The provider of an organization; `None`: one of the whole server.
    pub own: Option<(OrgId, Uuid)>,
    /// The organization that people join.
    pub joins: Option<OrgId>,
    /// Who joins.
    pub joining: Joining,
    /// The roles of groups.
    pub mappings: Vec<Mapping>,
    /// The role without such a group.
    pub default_role: Option<RoleChoice>,
    /// Whether whoever saved it had all permissions of an admin.
    pub saved_by_admin: bool,
    /// The permissions of whoever saved it, as far as they are known; SAML: of whoever vouches for its
    /// certificates.
    pub certified_with: PermissionSet,
    /// For a provider of the whole server: the domains whose addresses it is believed about.
    pub domains: Vec<String>,
    /// Whether people can sign in with it.
    pub enabled: bool,
    /// When its settings were last saved; `None`: they are the operator's.
    pub saved_at: Option<DateTime<Utc>>,
    /// The protocol's side of it.
    pub speaks: Speaks,
}

/// The protocol's side of a provider.
#[derive(Clone, Debug)]
pub(in crate::identity) enum Speaks {
    /// OpenID Connect.
    Oidc(Box<sso::Provider>),
    /// SAML 2.0; the rest is read when somebody signs in (`SamlProvider`).
    Saml {
        /// The provider's name for itself.
        entity_id: String,
        /// The attribute with the groups.
        groups_attribute: Option<String>,
    },
}

impl Source {
    /// The provider with this key, if people can sign in with it.
    pub async fn find(app: &App, key: &str) -> Result<Option<Self>> {
        let found = Self::find_any(app, key).await?;
        Ok(found.filter(|source| source.enabled))
    }

    /// The provider with this key, also if it is turned off.
    pub async fn find_any(app: &App, key: &str) -> Result<Option<Self>> {
        if let Ok(id) = key.parse::<SsoProviderId>() {
            let row = repo::lookup(app, id).await?;
            return row.map(|row| Self::of_row(app, row)).transpose();
        }
        let mut all = app.settings().sign_in.iter();
        let found = all.find(|one| one.key == key);
        Ok(found.map(|one| Self::of_server(app, one)))
    }

    /// The providers of the whole server.
    pub fn all_of_server(app: &App) -> Vec<Self> {
        let all = app.settings().sign_in.iter();
        all.map(|one| Self::of_server(app, one)).collect()
    }

    /// The providers of an organization with which people can sign in.
    pub async fn all_of(tx: &Tx, app: &App, org: OrgId) -> Result<Vec<Self>> {
        let rows = repo::enabled(tx, app, org).await?;
        rows.into_iter().map(|row| Self::of_row(app, row)).collect()
    }

    /// The path at which signing in with it begins.
    pub fn path(&self) -> String {
        let protocol = match self.speaks {
            Speaks::Oidc(_) => Protocol::Oidc,
            Speaks::Saml { .. } => Protocol::Saml,
        };
        sso_sign_in::path(protocol, &self.key)
    }

    pub(super) fn of_row(app: &App, row: Model) -> Result<Self> {
        let org = OrgId(row.org_id);
        let protocol = Protocol::parse(&row.protocol);
        let (vouched_by, default_role) = (row.vouched_by(), row.role_of_others()?);
        let speaks = match protocol {
            Some(Protocol::Oidc) => Speaks::Oidc(Box::new(oidc::provider(app, &row)?)),
            Some(Protocol::Saml) => Speaks::Saml {
                entity_id: row.issuer,
                groups_attribute: row.groups_claim,
            },
            None => return Err(AppError::internal("an unknown protocol of a provider")),
        };
        Ok(Self {
            key: SsoProviderId(row.id).to_string(),
            name: row.name,
            own: Some((org, row.id)),
            joins: Some(org),
            joining: super::joining(&row.joining)?,
            mappings: mapping::read(&row.mappings)?,
            default_role,
            saved_by_admin: row.saved_by_admin,
            certified_with: vouched_by.map_or(PermissionSet::NONE, Role::permissions),
            domains: Vec::new(),
            enabled: row.enabled,
            saved_at: Some(row.updated_at),
            speaks,
        })
    }

    fn of_server(app: &App, one: &ServerProvider) -> Self {
        let mappings = one.mappings.iter().map(|(group, role)| Mapping {
            group: group.clone(),
            role: RoleChoice::BuiltIn(*role),
        });
        Self {
            key: one.key.clone(),
            name: one.name.clone(),
            own: None,
            joins: one.organization,
            joining: match (one.organization, one.domains.is_empty()) {
                (None, _) => Joining::Nobody,
                (Some(_), true) => Joining::Everybody,
                (Some(_), false) => Joining::ProvedDomains,
            },
            mappings: mappings.collect(),
            default_role: one.default_role.map(RoleChoice::BuiltIn),
            saved_by_admin: true,
            certified_with: PermissionSet::NONE,
            domains: one.domains.clone(),
            enabled: true,
            saved_at: None,
            speaks: Speaks::Oidc(Box::new(sso::Provider {
                redirect_uri: redirect_uri(app),
                ..one.provider.clone()
            })),
        }
    }
}
