//! The `run_signals` table.

use sea_orm::entity::prelude::*;

use crate::tenancy::OrgEntity;

/// A signal to a run.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "run_signals")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organization that it belongs to.
    pub org_id: Uuid,
    /// The run that receives it.
    pub run_id: Uuid,
    /// The kind. The only one is `cancel`.
    pub kind: String,
    /// The body as JSON; see [`super::signals::CancelBody`].
    pub body: String,
    /// When it was sent.
    pub created_at: DateTimeUtc,
    /// When the run's worker read it; `None` until then.
    pub seen_at: Option<DateTimeUtc>,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl OrgEntity for Entity {
    const ORG: Column = Column::OrgId;
}
