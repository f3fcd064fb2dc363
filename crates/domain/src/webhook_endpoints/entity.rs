//! The `webhook_endpoints` table.

use sea_orm::entity::prelude::*;

use crate::tenancy::OrgEntity;

/// An endpoint.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_endpoints")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organization that it belongs to.
    pub org_id: Uuid,
    /// Where events are sent.
    pub url: String,
    /// What it is for; may be empty.
    pub description: String,
    /// [`Format`](super::Format).
    pub format: String,
    /// The names of the event types, separated by blanks.
    pub events: String,
    /// Whether an event type of ended runs is among them.
    pub takes_runs: bool,
    /// Whether events are sent.
    pub enabled: bool,
    /// Why it was disabled, if FlowMason did it.
    pub disabled_reason: Option<String>,
    /// The secret, sealed with the server's key.
    pub secret: Vec<u8>,
    /// When the secret was made.
    pub secret_since: DateTimeUtc,
    /// The secret before it, sealed.
    pub old_secret: Option<Vec<u8>>,
    /// Until when the secret before it signs, too.
    pub old_secret_until: Option<DateTimeUtc>,
    /// Since when every attempt has failed.
    pub failing_since: Option<DateTimeUtc>,
    /// The time from which ended runs are announced.
    pub runs_since: DateTimeUtc,
    /// Up to when ended runs were looked at.
    pub runs_cursor: DateTimeUtc,
    /// The id of who created it.
    pub created_by: Option<Uuid>,
    /// The name of who created it, at that time.
    pub created_by_name: String,
    /// When it was created.
    pub created_at: DateTimeUtc,
    /// When it was last changed.
    pub updated_at: DateTimeUtc,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl OrgEntity for Entity {
    const ORG: Column = Column::OrgId;
}
