//! The `triggers` table.

use sea_orm::entity::prelude::*;

use crate::tenancy::OrgEntity;

/// A trigger of a pipeline in an environment.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "triggers")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organization that it belongs to.
    pub org_id: Uuid,
    /// The pipeline whose runs it starts.
    pub pipeline_id: Uuid,
    /// The environment in which they run; see `access::Environment`.
    pub environment: String,
    /// The name, unique for the pipeline in the environment.
    pub name: String,
    /// `file` or `product`; see [`super::Origin`].
    pub origin: String,
    /// The definition, which `engine::trigger::Trigger::parse` reads.
    pub definition: String,
    /// Whether it fires.
    pub enabled: bool,
    /// Whether it is enabled and fires more often than once a minute.
    pub frequent: bool,
    /// The kind of the actor who enabled it, and as whom its runs are started.
    pub enabled_by_kind: Option<String>,
    /// The actor's id.
    pub enabled_by_id: Option<Uuid>,
    /// The actor's name at that time.
    pub enabled_by_name: Option<String>,
    /// When it was enabled.
    pub enabled_at: Option<DateTimeUtc>,
    /// The next firing, by the schedule.
    pub next_at: Option<DateTimeUtc>,
    /// The next firing, with the trigger's own delay.
    pub next_due: Option<DateTimeUtc>,
    /// What it waits for, if it is enabled and fires neither at times nor for deliveries: `run` or `event`.
    pub waits_for: Option<String>,
    /// The code of what prevents it from firing.
    pub problem_code: Option<String>,
    /// What prevents it from firing.
    pub problem: Option<String>,
    /// What was told to whoever enabled it, until it fires again; see `triggers::watch`.
    pub trouble: Option<String>,
    /// When that was told last.
    pub told_at: Option<DateTimeUtc>,
    /// When a trial was written last.
    pub trial_at: Option<DateTimeUtc>,
    /// When a trial came through last.
    pub probe_at: Option<DateTimeUtc>,
    /// Whether a run could have been started then.
    pub probe_ok: Option<bool>,
    /// Why not.
    pub probe_detail: Option<String>,
    /// When it was created.
    pub created_at: DateTimeUtc,
    /// When its definition or its state was changed last.
    pub updated_at: DateTimeUtc,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl OrgEntity for Entity {
    const ORG: Column = Column::OrgId;
}
