//! The `organizations` table.

use sea_orm::entity::prelude::*;

use crate::tenancy::OrgEntity;

/// An organization.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "organizations")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The display name.
    pub name: String,
    /// When it was created.
    pub created_at: DateTimeUtc,
    /// The user who created it; `None` in rows that are older than this column.
    pub created_by: Option<Uuid>,
    /// The owner who can enter with a passkey while single sign-on is enforced for a domain.
    pub break_glass_owner: Option<Uuid>,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl OrgEntity for Entity {
    const ORG: Column = Column::Id;
}
