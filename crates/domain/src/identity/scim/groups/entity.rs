//! The `scim_groups` table.

use sea_orm::entity::prelude::*;

use crate::tenancy::OrgEntity;

/// A group of an identity provider.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "scim_groups")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organization.
    pub org_id: Uuid,
    /// The name, which has no effect.
    pub display_name: String,
    /// The name in lower case, unique in the organization.
    pub name_key: String,
    /// The provider's own id.
    pub external_id: Option<String>,
    /// The role that an administrator has given its members; never `owner`.
    pub role: Option<String>,
    /// The id of a custom role.
    pub role_id: Option<Uuid>,
    /// The team that an administrator has given its members.
    pub team_id: Option<Uuid>,
    /// Counts the changes.
    pub version: i64,
    /// When it was created.
    pub created_at: DateTimeUtc,
    /// When it was last changed.
    pub updated_at: DateTimeUtc,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl OrgEntity for Entity {
    const ORG: Column = Column::OrgId;
}
