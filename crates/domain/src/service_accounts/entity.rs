//! The `service_accounts` table.

use sea_orm::entity::prelude::*;

use crate::tenancy::OrgEntity;

/// An account for programs, to which API keys belong.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "service_accounts")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organization that it belongs to.
    pub org_id: Uuid,
    /// The name, unique in the organization.
    pub name: String,
    /// What it is for; may be empty.
    pub description: String,
    /// The name of a built-in role, or `custom`; see `access::AssignedRole`.
    pub role: String,
    /// The custom role.
    pub role_id: Option<Uuid>,
    /// When it was created.
    pub created_at: DateTimeUtc,
    /// When it was disabled; its keys are refused while it is.
    pub disabled_at: Option<DateTimeUtc>,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl OrgEntity for Entity {
    const ORG: Column = Column::OrgId;
}
