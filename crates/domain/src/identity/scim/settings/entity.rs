//! The `scim_settings` table.

use sea_orm::entity::prelude::*;

use crate::tenancy::OrgEntity;

/// How an organization's people are provisioned.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "scim_settings")]
pub struct Model {
    /// The organization.
    #[sea_orm(primary_key, auto_increment = false)]
    pub org_id: Uuid,
    /// The role of people whose groups give none; never `owner`.
    pub default_role: String,
    /// The id of a custom role.
    pub default_role_id: Option<Uuid>,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl OrgEntity for Entity {
    const ORG: Column = Column::OrgId;
}
