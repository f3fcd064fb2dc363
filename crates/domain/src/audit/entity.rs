//! The `audit` table.

use sea_orm::entity::prelude::*;

use crate::tenancy::OrgEntity;

/// An audited action.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organization.
    pub org_id: Uuid,
    /// When it happened.
    pub at: DateTimeUtc,
    /// The actor's kind, as in [`crate::ActorKind`].
    pub actor_kind: String,
    /// The actor's id; `None` for the system.
    pub actor_id: Option<Uuid>,
    /// The actor's name at that time.
    pub actor_name: String,
    /// The action (`run.start`).
    pub action: String,
    /// The kind of the object (`run`).
    pub object_kind: String,
    /// The id of the object, as the API shows it.
    pub object_id: String,
    /// Details, as JSON.
    pub detail: String,
    /// The id of the request.
    pub request_id: String,
    /// The position in the organization's chain, from 1; `None` until the row is sealed.
    pub seq: Option<i64>,
    /// The seal: a hash of the previous seal and this row.
    pub hash: Option<Vec<u8>>,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl OrgEntity for Entity {
    const ORG: Column = Column::OrgId;
}
