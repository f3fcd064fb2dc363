//! The `scim_users` table.

use sea_orm::entity::prelude::*;

use crate::tenancy::OrgEntity;

/// What an identity provider says about a person. A deleted row stays, without its content: the person
/// does not come back by signing in.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "scim_users")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organization.
    pub org_id: Uuid,
    /// The person's name at the provider, in lower case.
    pub user_name_key: String,
    /// The provider's own id. It says nothing about ids here.
    pub external_id: Option<String>,
    /// The person's email address, in lower case.
    pub email: Option<String>,
    /// Whether the person is to be a member.
    pub active: bool,
    /// The person's name, for people.
    pub shown_name: String,
    /// The resource as JSON, with the attributes as they were given.
    pub content: String,
    /// The person's account; `None`: they wait for one, see `waits_for`.
    pub user_id: Option<Uuid>,
    /// Why an active person is not a member; see `Waits`.
    pub waits_for: Option<String>,
    /// Whether the person's role is that of a group.
    pub role_of_groups: bool,
    /// Counts the changes.
    pub version: i64,
    /// When it was created.
    pub created_at: DateTimeUtc,
    /// When it was last changed.
    pub updated_at: DateTimeUtc,
    /// When the provider deleted it.
    pub deleted_at: Option<DateTimeUtc>,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl OrgEntity for Entity {
    const ORG: Column = Column::OrgId;
}
