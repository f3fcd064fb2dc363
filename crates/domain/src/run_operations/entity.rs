//! The `run_operations` table.

use sea_orm::entity::prelude::*;

use crate::tenancy::OrgEntity;

/// A change of many runs at once.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "run_operations")]
pub struct Model {
    /// UUIDv7. Runs with greater IDs were requested later and are not changed.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organization that the operation belongs to.
    pub org_id: Uuid,
    /// `cancel`, `retry`.
    pub kind: String,
    /// `running`, `finished`, `stopped`, `failed`.
    pub status: String,
    /// JSON, see [`crate::runs::Filter`].
    pub filter: String,
    /// JSON, see [`super::Change`].
    pub detail: String,
    /// The job that carries out the operation.
    pub job_id: Option<Uuid>,
    /// Runs with smaller ids are still to be processed.
    pub below: Uuid,
    /// How many runs match; `None` if they were not counted.
    pub total: Option<i64>,
    /// Runs that were changed.
    pub done: i64,
    /// Runs that could not be changed.
    pub failed: i64,
    /// The error code of the latest run that could not be changed.
    pub error_code: Option<String>,
    /// The error message of the latest run that could not be changed.
    pub error_message: Option<String>,
    /// The name of the person or key that requested it.
    pub requested_by: String,
    /// The caller's idempotency key.
    pub idempotency_key: Option<String>,
    /// When the operation was requested.
    pub created_at: DateTimeUtc,
    /// When the operation ended.
    pub finished_at: Option<DateTimeUtc>,
}

/// No relations are declared; queries write their joins themselves.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl OrgEntity for Entity {
    const ORG: Column = Column::OrgId;
}
