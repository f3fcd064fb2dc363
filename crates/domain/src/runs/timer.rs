//! The `timers` table.

use sea_orm::entity::prelude::*;

use crate::tenancy::OrgEntity;

/// A time at which a run goes on.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "timers")]
pub struct Model {
    /// The run that it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub run_id: Uuid,
    /// The organization that it belongs to.
    pub org_id: Uuid,
    /// When, by the database's time.
    pub due: DateTimeUtc,
    /// What for.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: String,
    /// Which one of its kind.
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
