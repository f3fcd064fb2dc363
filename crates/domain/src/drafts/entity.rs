//! The `drafts` table.

use sea_orm::entity::prelude::*;

use crate::tenancy::OrgEntity;

/// The draft of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "drafts")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organization that it belongs to.
    pub org_id: Uuid,
    /// The pipeline; it has one draft at most.
    pub pipeline_id: Uuid,
    /// The version that the draft started from.
    pub base_version_id: Uuid,
    /// That version's number.
    pub base_number: i32,
    /// The number of changes so far. It never starts again.
    pub revision: i32,
    /// The revision before the oldest change in the log.
    pub log_start: i32,
    /// The bytes of the changes in the log.
    pub log_bytes: i64,
    /// The text.
    pub source: String,
    /// Whose changes are in no version yet: a JSON list of [`super::Unsaved`].
    pub unsaved: String,
    /// When it was last changed, saved or discarded.
    pub updated_at: DateTimeUtc,
    /// The kind of the actor who did that; see [`crate::ctx::ActorKind`].
    pub updated_by_kind: String,
    /// The actor's name at the time.
    pub updated_by_name: String,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl OrgEntity for Entity {
    const ORG: Column = Column::OrgId;
}
