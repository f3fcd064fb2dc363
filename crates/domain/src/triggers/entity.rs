//! The `trigger_firings` table.

use sea_orm::entity::prelude::*;

use crate::tenancy::OrgEntity;

/// A firing of a trigger.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "trigger_firings")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organization that it belongs to.
    pub org_id: Uuid,
    /// The trigger.
    pub trigger_id: Uuid,
    /// The instant for which it was planned, unique for the trigger.
    pub due_at: DateTimeUtc,
    /// `pending`, `fired`, `skipped`, `missed` or `refused`; see [`super::FiringState`].
    pub state: String,
    /// How many firings in a row, up to this one, were missed; 0 unless the state is `missed`.
    pub missed: i64,
    /// The code of the error for which it was refused.
    pub code: Option<String>,
    /// Why it started nothing.
    pub reason: Option<String>,
    /// The run that it started.
    pub run_id: Option<Uuid>,
    /// The back-fill that added it.
    pub backfill_id: Option<Uuid>,
    /// Whether it is a trial, which starts nothing.
    pub is_trial: bool,
    /// How often it was tried in vain.
    pub attempts: i32,
    /// When it is tried again; `None` unless it is pending.
    pub next_try_at: Option<DateTimeUtc>,
    /// When the scheduler wrote it.
    pub created_at: DateTimeUtc,
    /// When its state became final.
    pub ended_at: Option<DateTimeUtc>,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl OrgEntity for Entity {
    const ORG: Column = Column::OrgId;
}
