//! The `pipelines` table.

use sea_orm::entity::prelude::*;

use crate::tenancy::OrgEntity;

/// A pipeline.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "pipelines")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organization that it belongs to.
    pub org_id: Uuid,
    /// The display name.
    pub name: String,
    /// The name in the form that search compares; see [`types::fold`].
    pub name_folded: String,
    /// The latest version's description.
    pub description: String,
    /// The latest version, which runs execute by default.
    pub latest_version_id: Uuid,
    /// When it was created.
    pub created_at: DateTimeUtc,
    /// When the latest version was pushed.
    pub updated_at: DateTimeUtc,
    /// When it was deleted; `None` if it is not deleted.
    pub deleted_at: Option<DateTimeUtc>,
    /// The name of the actor who deleted it.
    pub deleted_by: Option<String>,
    /// When it was purged. Only the versions that its runs need are left, and it cannot be
    /// restored.
    pub purged_at: Option<DateTimeUtc>,
    /// Where the name comes from; see `NameFrom`.
    pub name_from: String,
    /// The caller's idempotency key.
    pub idempotency_key: Option<String>,
    /// The folder that it is in.
    pub folder_id: Option<Uuid>,
    /// The environment in which it runs as a tool; `None` if it is none.
    pub tool_environment: Option<String>,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl OrgEntity for Entity {
    const ORG: Column = Column::OrgId;
}
