//! The `publications` table.

use sea_orm::entity::prelude::*;

use crate::tenancy::OrgEntity;

/// A version of a pipeline that is or was published to an environment, or the request for it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "publications")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organization that it belongs to.
    pub org_id: Uuid,
    /// The pipeline.
    pub pipeline_id: Uuid,
    /// The environment; see `access::Environment`.
    pub environment: String,
    /// The version.
    pub version_id: Uuid,
    /// The version's number in its pipeline.
    pub version_number: i32,
    /// `requested`, `published`, `refused` or `expired`; see `PublicationStatus`.
    pub status: String,
    /// The number among those of the pipeline in the environment, from 1; the highest is the current
    /// one. `None` until the version is published.
    pub ordinal: Option<i32>,
    /// The kind of the actor who requested it, see [`crate::ctx::ActorKind`].
    pub requested_by_kind: String,
    /// The actor's name at the time.
    pub requested_by_name: String,
    /// The person behind the actor: for an API key, the one who created it. `None` for applications,
    /// which therefore request nothing.
    pub requested_by_person: Option<Uuid>,
    /// When it was requested.
    pub requested_at: DateTimeUtc,
    /// The second person, who approved or refused it.
    pub decided_by: Option<Uuid>,
    /// That person's name at the time.
    pub decided_by_name: Option<String>,
    /// When it was published or refused.
    pub decided_at: Option<DateTimeUtc>,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl OrgEntity for Entity {
    const ORG: Column = Column::OrgId;
}
