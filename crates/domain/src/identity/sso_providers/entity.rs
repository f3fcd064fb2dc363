//! The `sso_providers` table.

use sea_orm::entity::prelude::*;

use crate::tenancy::OrgEntity;

/// An identity provider of an organization.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sso_providers")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organization.
    pub org_id: Uuid,
    /// Which product it is; see `ProviderKind`.
    pub kind: String,
    /// The name on its button.
    pub name: String,
    /// The provider's name for itself, byte for byte.
    pub issuer: String,
    /// The name of this server at the provider.
    pub client_id: String,
    /// The sealed secret that proves this name.
    pub client_secret: Option<Vec<u8>>,
    /// What to ask for besides `openid`, separated by blanks.
    pub scopes: String,
    /// Further audiences that are accepted, separated by blanks.
    pub audiences: String,
    /// The claim with the person's groups.
    pub groups_claim: Option<String>,
    /// The roles of groups, as JSON; see `Mapping`.
    pub mappings: String,
    /// The role of people in none of these groups.
    pub default_role: Option<String>,
    /// Who becomes a member by signing in; see `Joining`.
    pub joining: String,
    /// Whether people can sign in with it.
    pub enabled: bool,
    /// Whether whoever saved it had all permissions of an admin.
    pub saved_by_admin: bool,
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

impl OrgEntity for Entity {
    const ORG: Column = Column::OrgId;
}
