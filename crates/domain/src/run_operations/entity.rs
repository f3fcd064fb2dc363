//! The `run_operations` table.

use sea_orm::entity::prelude::*;

use crate::tenancy::OrgEntity;

/// A change of many runs at once.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "run_operations")]
pub struct Model {
    /// UUIDv7. Runs with greater ids were asked for later and are not meant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// In which organization.
    pub org_id: Uuid,
    /// `cancel`, `retry`.
    pub kind: String,
    /// `running`, `finished`, `stopped`, `failed`.
    pub status: String,
    /// JSON, see [`crate::runs::Filter`].
    pub filter: String,
    /// JSON: what each run's change needs.
    pub detail: String,
    /// The job that does it.
    pub job_id: Option<Uuid>,
    /// Runs with smaller ids are still to be looked at.
    pub below: Uuid,
    /// How many runs are meant, where that was counted.
    pub total: Option<i64>,
    /// Runs that were changed.
    pub done: i64,
    /// Runs whose change was refused.
    pub failed: i64,
    /// The newest refusal's code.
    pub error_code: Option<String>,
    /// The newest refusal's text.
    pub error_message: Option<String>,
    /// The name of who asked for it.
    pub requested_by: String,
    /// The caller's key against asking twice.
    pub idempotency_key: Option<String>,
    /// When.
    pub created_at: DateTimeUtc,
    /// When it ended.
    pub finished_at: Option<DateTimeUtc>,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl OrgEntity for Entity {
    const ORG: Column = Column::OrgId;
}
