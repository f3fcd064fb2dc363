//! The `audit` table.

use sea_orm::entity::prelude::*;

use crate::tenancy::OrgEntity;

/// One thing that somebody did.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organization.
    pub org_id: Uuid,
    /// When.
    pub at: DateTimeUtc,
    /// What kind of actor.
    pub actor_kind: String,
    /// Which one.
    pub actor_id: Option<Uuid>,
    /// Its name at the time.
    pub actor_name: String,
    /// What was done (`run.start`).
    pub action: String,
    /// To what kind of thing.
    pub object_kind: String,
    /// To which one, as its id stands outside.
    pub object_id: String,
    /// More, as JSON.
    pub detail: String,
    /// The request.
    pub request_id: String,
    /// The place in the organization's chain, once sealed.
    pub seq: Option<i64>,
    /// The seal: a hash over the previous one and this row.
    pub hash: Option<Vec<u8>>,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl OrgEntity for Entity {
    const ORG: Column = Column::OrgId;
}
