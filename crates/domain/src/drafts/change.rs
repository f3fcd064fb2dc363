//! The `draft_changes` table: the log of a draft.

use sea_orm::entity::prelude::*;

use crate::tenancy::OrgEntity;

/// A change of a draft.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "draft_changes")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organization that it belongs to.
    pub org_id: Uuid,
    /// The pipeline whose draft was changed.
    pub pipeline_id: Uuid,
    /// The draft's revision after the change.
    pub revision: i32,
    /// Why it was changed; see [`super::Reason`].
    pub reason: String,
    /// The edits that were applied, as JSON.
    pub edits: String,
    /// The edits that undo them, as JSON.
    pub inverse: String,
    /// The bytes of both; 0 once they have left the log, and only the change's id is kept.
    pub bytes: i64,
    /// The kind of the actor who made it; see [`crate::ctx::ActorKind`].
    pub author_kind: String,
    /// The actor's id.
    pub author_id: Uuid,
    /// The actor's name at the time.
    pub author_name: String,
    /// The author's own id of the change.
    pub change_id: String,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// A hash of what was asked for; `None` if nobody named the change, and in rows that are older than
    /// this column.
    pub content_hash: Option<String>,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl OrgEntity for Entity {
    const ORG: Column = Column::OrgId;
}
