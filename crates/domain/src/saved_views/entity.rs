//! The `saved_views` table.

use sea_orm::entity::prelude::*;

use crate::tenancy::OrgEntity;

/// A named filter of runs.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "saved_views")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organization that it belongs to.
    pub org_id: Uuid,
    /// The id of the user or API key that saved it; views are not shared.
    pub owner_id: Uuid,
    /// The name; unique per owner and organization.
    pub name: String,
    /// The filter as JSON; see [`crate::runs::Filter`].
    pub filter: String,
    /// When it was first saved.
    pub created_at: DateTimeUtc,
    /// When it was last saved.
    pub updated_at: DateTimeUtc,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl OrgEntity for Entity {
    const ORG: Column = Column::OrgId;
}
