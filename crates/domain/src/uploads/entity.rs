//! The `uploads` table. The parts are in `upload_parts`, which only `repo` reads.

use sea_orm::entity::prelude::*;

use crate::tenancy::OrgEntity;

/// A file that was sent ahead of a run, or is being sent.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "uploads")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// In which organization.
    pub org_id: Uuid,
    /// `receiving`, `ready`, `expired`.
    pub status: String,
    /// The file's name.
    pub name: String,
    /// As declared.
    pub media_type: String,
    /// In bytes; while it is being sent, what it may come to.
    pub size: i64,
    /// In hex; absent while it is being sent.
    pub sha256: Option<String>,
    /// The name of who sent it.
    pub created_by: String,
    /// The id of the person or key that sent it; absent in rows that are older than this column.
    pub sender_id: Option<Uuid>,
    /// When.
    pub created_at: DateTimeUtc,
    /// Until when it can be used, or may still be sent.
    pub expires_at: DateTimeUtc,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl OrgEntity for Entity {
    const ORG: Column = Column::OrgId;
}
