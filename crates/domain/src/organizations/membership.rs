//! The `memberships` table.

use sea_orm::entity::prelude::*;

use crate::tenancy::OrgEntity;

/// A person's membership in an organization.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "memberships")]
pub struct Model {
    /// The organization.
    #[sea_orm(primary_key, auto_increment = false)]
    pub org_id: Uuid,
    /// The person.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// The name of a built-in role, or `custom`; see `access::AssignedRole`.
    pub role: String,
    /// The custom role.
    pub role_id: Option<Uuid>,
    /// When it was created.
    pub created_at: DateTimeUtc,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl OrgEntity for Entity {
    const ORG: Column = Column::OrgId;
}
