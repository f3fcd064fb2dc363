//! The `journal` table.

use sea_orm::entity::prelude::*;

use crate::tenancy::OrgEntity;

/// A segment of a run's journal.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "journal")]
pub struct Model {
    /// The run that it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub run_id: Uuid,
    /// The number of the first event.
    #[sea_orm(primary_key, auto_increment = false)]
    pub first_seq: i64,
    /// How many events it has.
    pub count: i32,
    /// The organization that it belongs to.
    pub org_id: Uuid,
    /// The epoch of the lease under which it was written; 0 for copied events.
    pub epoch: i64,
    /// When it was written.
    pub at: DateTimeUtc,
    /// The version of the body's format.
    pub format: i16,
    /// The events, one JSON object per line.
    pub body: Vec<u8>,
    /// The stages that the events are about (`engine::run::Subjects`); `None` in a run's first
    /// segment, and in those of older programs.
    pub stages: Option<Vec<u8>>,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl OrgEntity for Entity {
    const ORG: Column = Column::OrgId;
}
