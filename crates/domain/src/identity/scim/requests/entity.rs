//! The `scim_requests` table.

use sea_orm::entity::prelude::*;

use crate::tenancy::OrgEntity;

/// A request of an identity provider.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "scim_requests")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organization.
    pub org_id: Uuid,
    /// The token.
    pub token_id: Uuid,
    /// The token's name at that time.
    pub token_name: String,
    /// When it was.
    pub at: DateTimeUtc,
    /// The method.
    pub method: String,
    /// The path below the base address, with the query.
    pub path: String,
    /// The status of the answer.
    pub status: i64,
    /// Why it was refused.
    pub problem: Option<String>,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl OrgEntity for Entity {
    const ORG: Column = Column::OrgId;
}
