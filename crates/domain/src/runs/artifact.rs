//! The `artifacts` table.

use sea_orm::entity::prelude::*;

use crate::tenancy::OrgEntity;

/// A large value, stored by the hash of its content.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "artifacts")]
pub struct Model {
    /// The organization that it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub org_id: Uuid,
    /// The SHA-256 of the body, in hex.
    #[sea_orm(primary_key, auto_increment = false)]
    pub sha256: String,
    /// The size of the body, in bytes.
    pub size: i64,
    /// The value as JSON.
    pub body: Vec<u8>,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl OrgEntity for Entity {
    const ORG: Column = Column::OrgId;
}
