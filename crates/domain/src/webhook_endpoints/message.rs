//! The `webhook_messages` table: the outbox of endpoints, and their log.

use sea_orm::entity::prelude::*;

use crate::tenancy::OrgEntity;

/// An event for one endpoint.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_messages")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organization that it belongs to.
    pub org_id: Uuid,
    /// The endpoint.
    pub endpoint_id: Uuid,
    /// The name of the event type.
    pub event_type: String,
    /// The run that it announces, if it does.
    pub run_id: Option<Uuid>,
    /// The body that is sent, the same in every attempt.
    pub body: String,
    /// [`MessageStatus`](super::MessageStatus).
    pub status: String,
    /// The job that makes the next attempt; earlier jobs may no longer do so.
    pub job_id: Uuid,
    /// Attempts so far, since a person last sent it again.
    pub attempts: i32,
    /// The status code of the latest response.
    pub response_status: Option<i32>,
    /// The beginning of the latest response.
    pub response: Option<String>,
    /// Why the latest attempt failed.
    pub error_message: Option<String>,
    /// When the event happened.
    pub created_at: DateTimeUtc,
    /// When the next attempt is made.
    pub next_at: Option<DateTimeUtc>,
    /// When the latest attempt ended.
    pub attempted_at: Option<DateTimeUtc>,
    /// When it was delivered, or finally failed.
    pub finished_at: Option<DateTimeUtc>,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl OrgEntity for Entity {
    const ORG: Column = Column::OrgId;
}
