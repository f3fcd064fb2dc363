//! The `grants` table.

use sea_orm::entity::prelude::*;

use crate::tenancy::OrgEntity;

/// A role that somebody has in addition to their own.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "grants")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organization that it belongs to.
    pub org_id: Uuid,
    /// `member`, `team`, `service_account` or `api_key`.
    pub subject_kind: String,
    /// The user, team, service account or API key.
    pub subject_id: Uuid,
    /// The name of a built-in role, or `custom`; see `access::AssignedRole`.
    pub role: String,
    /// The custom role.
    pub role_id: Option<Uuid>,
    /// What it counts on; see `access::Object`.
    pub object: String,
    /// When it expires; `None`: never.
    pub expires_at: Option<DateTimeUtc>,
    /// The user who gave it.
    pub created_by: Uuid,
    /// The name of that user at the time.
    pub created_by_name: String,
    /// When it was given.
    pub created_at: DateTimeUtc,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl OrgEntity for Entity {
    const ORG: Column = Column::OrgId;
}
