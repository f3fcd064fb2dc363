//! The `mails` table: the outbox.

use sea_orm::entity::prelude::*;

use crate::tenancy::OrgEntity;

/// One mail.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "mails")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organization for which it is sent; nil for the server's own mails.
    pub org_id: Uuid,
    /// The kind of letter; see `mailer::Letter`.
    pub kind: String,
    /// The language's code.
    pub language: String,
    /// The recipient's address.
    pub recipient: String,
    /// The object that the mail is about: an invitation, a link, a person.
    pub about_id: Uuid,
    /// The letter, sealed with the server's key, because it contains a link that works once. Erased
    /// when the mail is sent or has expired.
    pub content: Option<Vec<u8>>,
    /// The message id, the same in every attempt.
    pub message_id: String,
    /// [`MailStatus`](super::MailStatus).
    pub status: String,
    /// The job that sends it; earlier jobs may no longer do so.
    pub job_id: Uuid,
    /// Attempts so far.
    pub attempts: i32,
    /// Why the latest attempt failed.
    pub error_message: Option<String>,
    /// When it was written.
    pub created_at: DateTimeUtc,
    /// When its link stops working, so that sending it is of no use.
    pub expires_at: DateTimeUtc,
    /// When it was sent, or finally failed.
    pub finished_at: Option<DateTimeUtc>,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl OrgEntity for Entity {
    const ORG: Column = Column::OrgId;
}
