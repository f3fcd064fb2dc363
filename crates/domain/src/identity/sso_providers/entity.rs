//! The `sso_providers` table.

use sea_orm::entity::prelude::*;

use super::mapping;
use crate::{access::Role, roles::RoleChoice, tenancy::OrgEntity};

/// An identity provider of an organization.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sso_providers")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organization.
    pub org_id: Uuid,
    /// How it signs people in; see `Protocol`.
    pub protocol: String,
    /// Which product it is; see `ProviderKind`.
    pub kind: String,
    /// The name on its button.
    pub name: String,
    /// The provider's name for itself, byte for byte: its issuer, or its entity id. Empty until the
    /// metadata of a SAML provider is entered.
    pub issuer: String,
    /// OpenID Connect: the name of this server at the provider.
    pub client_id: String,
    /// OpenID Connect: the sealed secret that proves this name.
    pub client_secret: Option<Vec<u8>>,
    /// OpenID Connect: what to ask for besides `openid`, separated by blanks.
    pub scopes: String,
    /// OpenID Connect: further audiences that are accepted, separated by blanks.
    pub audiences: String,
    /// The claim or the attribute with the person's groups.
    pub groups_claim: Option<String>,
    /// The roles of groups, as JSON; see `Mapping`.
    pub mappings: String,
    /// The role of people in none of these groups.
    pub default_role: Option<String>,
    /// Its id, for a custom one.
    pub default_role_id: Option<Uuid>,
    /// Who becomes a member by signing in; see `Joining`.
    pub joining: String,
    /// Whether people can sign in with it.
    pub enabled: bool,
    /// Whether whoever saved it had all permissions of an admin.
    pub saved_by_admin: bool,
    /// SAML: whether somebody with all permissions of an admin entered its certificates, or saved it
    /// with them.
    pub certified_by_admin: bool,
    /// SAML: whether somebody with all permissions of an owner did.
    pub certified_by_owner: bool,
    /// When it was created.
    pub created_at: DateTimeUtc,
    /// When its settings were last changed.
    pub updated_at: DateTimeUtc,
    /// When somebody last signed in with it.
    pub used_at: Option<DateTimeUtc>,
    /// Why a sign-in was last refused.
    pub problem: Option<String>,
    /// When that was.
    pub problem_at: Option<DateTimeUtc>,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// The role of people in none of the groups.
    pub fn role_of_others(&self) -> crate::error::Result<Option<RoleChoice>> {
        let role = self.default_role.as_deref();
        let role = role.map(|role| mapping::role(role, self.default_role_id));
        role.transpose()
    }

    /// SAML: the role whose permissions whoever vouches for the certificates has; `None`: less.
    pub fn vouched_by(&self) -> Option<Role> {
        match (self.certified_by_owner, self.certified_by_admin) {
            (true, _) => Some(Role::Owner),
            (false, true) => Some(Role::Admin),
            (false, false) => None,
        }
    }
}

impl OrgEntity for Entity {
    const ORG: Column = Column::OrgId;
}
