//! The `timers` table.

use sea_orm::entity::prelude::*;

use crate::tenancy::OrgEntity;

/// A time at which a run continues.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "timers")]
pub struct Model {
    /// The run that it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub run_id: Uuid,
    /// The organization that it belongs to.
    pub org_id: Uuid,
    /// When it is due, by the database's clock.
    pub due: DateTimeUtc,
    /// The purpose, such as `signal`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: String,
    /// Distinguishes timers of the same run and kind.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl OrgEntity for Entity {
    const ORG: Column = Column::OrgId;
}
