//! The `scim_members` table.

use sea_orm::entity::prelude::*;

use crate::tenancy::OrgEntity;

/// A user in a group.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "scim_members")]
pub struct Model {
    /// The organization.
    #[sea_orm(primary_key, auto_increment = false)]
    pub org_id: Uuid,
    /// The group.
    #[sea_orm(primary_key, auto_increment = false)]
    pub group_id: Uuid,
    /// The user.
    #[sea_orm(primary_key, auto_increment = false)]
    pub member_id: Uuid,
    /// When they were added.
    pub added_at: DateTimeUtc,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl OrgEntity for Entity {
    const ORG: Column = Column::OrgId;
}
