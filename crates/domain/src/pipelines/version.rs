//! The `pipeline_versions` table.

use sea_orm::entity::prelude::*;

use crate::tenancy::OrgEntity;

/// A version of a pipeline; never changes.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "pipeline_versions")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organization that it belongs to.
    pub org_id: Uuid,
    /// The pipeline that it belongs to.
    pub pipeline_id: Uuid,
    /// The number in its pipeline, from 1.
    pub number: i32,
    /// The file, byte for byte.
    pub source: String,
    /// SHA-256 of the file, in lower-case hex.
    pub sha256: String,
    /// The user who created it; `None` for an API key or the system.
    pub created_by: Option<Uuid>,
    /// The kind of the actor who created it, see [`crate::ctx::ActorKind`]; `None` in rows that are
    /// older than this column.
    pub author_kind: Option<String>,
    /// The actor's name at the time; `None` in rows that are older than this column.
    pub author_name: Option<String>,
    /// When it was created.
    pub created_at: DateTimeUtc,
    /// What its author wrote about what is new in it.
    pub note: Option<String>,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl OrgEntity for Entity {
    const ORG: Column = Column::OrgId;
}
