//! The `copilot_exchanges` table.

use sea_orm::entity::prelude::*;

use crate::tenancy::OrgEntity;

/// A request to the co-pilot, with its answer.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "copilot_exchanges")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organization that it belongs to.
    pub org_id: Uuid,
    /// The pipeline whose draft it is about.
    pub pipeline_id: Uuid,
    /// What was to be done; see [`super::task_name`].
    pub task: String,
    /// What the person wanted, in their words.
    pub request: String,
    /// The state; see [`super::State`].
    pub state: String,
    /// The revision of the draft that the model was given.
    pub revision: i32,
    /// The text of that revision.
    pub source: String,
    /// The failed run that was shown to the model.
    pub run_id: Option<Uuid>,
    /// The provider that is asked; `None` for the server's default.
    pub provider: Option<String>,
    /// The model that is asked, and once it has answered, its name; `None` for the provider's default.
    pub model: Option<String>,
    /// What the model has written so far.
    pub written: String,
    /// The proposal as JSON, with what was suspicious in the data that the model was given.
    pub answer: Option<String>,
    /// The revisions as which pieces were accepted: a JSON object with their numbers, from 0.
    pub accepted: String,
    /// Why there is no proposal.
    pub problem: Option<String>,
    /// The tokens that were sent; `None` if unknown.
    pub input_tokens: Option<i64>,
    /// The tokens that were received; `None` if unknown.
    pub output_tokens: Option<i64>,
    /// The cost in millionths of a dollar; `None` if unknown.
    pub cost: Option<i64>,
    /// The kind of the actor who asked; see [`crate::ctx::ActorKind`].
    pub asked_by_kind: String,
    /// The actor's id.
    pub asked_by: Uuid,
    /// The actor's name at the time.
    pub asked_by_name: String,
    /// When it was asked.
    pub asked_at: DateTimeUtc,
    /// When a worker began to ask the model.
    pub begun_at: Option<DateTimeUtc>,
    /// When it ended.
    pub ended_at: Option<DateTimeUtc>,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl OrgEntity for Entity {
    const ORG: Column = Column::OrgId;
}
