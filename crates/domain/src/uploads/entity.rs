//! The `uploads` table. The bytes are in `upload_parts`, which only `repo` accesses.

use sea_orm::entity::prelude::*;

use crate::tenancy::OrgEntity;

/// A file that was, or is being, sent ahead of a run.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "uploads")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organization that the upload belongs to.
    pub org_id: Uuid,
    /// `receiving`, `ready`, `expired`.
    pub status: String,
    /// The file's name.
    pub name: String,
    /// The media type that the sender declared.
    pub media_type: String,
    /// The size in bytes; while the file is being sent, its declared or maximum size.
    pub size: i64,
    /// The SHA-256 in hex; `None` while the file is being sent.
    pub sha256: Option<String>,
    /// The name of the person or key that sent it.
    pub created_by: String,
    /// The ID of the actor that sent it; `None` in rows older than this column.
    pub sender_id: Option<Uuid>,
    /// When the upload began.
    pub created_at: DateTimeUtc,
    /// Until when the file can be used; while it is being sent, until when it must be complete.
    pub expires_at: DateTimeUtc,
}

/// No relations are declared; queries write their joins themselves.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl OrgEntity for Entity {
    const ORG: Column = Column::OrgId;
}
