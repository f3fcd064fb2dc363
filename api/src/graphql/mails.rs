//! Mails that the server sent for the organization, with those that were not delivered, and which letters
//! the caller wants.

use async_graphql::{Context, Description, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::mail::{self, MailDetails};

use super::{
    caller,
    connection::{Connection, page},
    cost,
    enums::MailStatus,
    ids,
};
use crate::error::ApiError;

/// A mail that the server sends for the organization, without its content.
#[derive(Description)]
pub struct Mail(pub MailDetails);

#[Object(use_type_description)]
impl Mail {
    pub(super) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The kind of letter, such as `invitation`.
    async fn kind(&self) -> &str {
        &self.0.kind
    }

    /// The recipient's address.
    async fn recipient(&self) -> &str {
        &self.0.recipient
    }

    async fn status(&self) -> MailStatus {
        self.0.status.into()
    }

    /// The number of attempts, since a person last sent it again.
    async fn attempts(&self) -> i32 {
        self.0.attempts
    }

    /// Why the latest attempt failed; also set while the mail waits for its next attempt.
    async fn error(&self) -> Option<&str> {
        self.0.error.as_deref()
    }

    /// Whether `resendMail` can send it again: it was not delivered, and its link has not expired.
    async fn can_resend(&self) -> bool {
        self.0.can_resend
    }

    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it was sent, or finally failed.
    async fn finished_at(&self) -> Option<DateTime<Utc>> {
        self.0.finished_at
    }
}

/// Queries for mails.
#[derive(Default)]
pub struct MailQuery;

#[Object]
impl MailQuery {
    /// The mails that were sent for the organization in the last 30 days, newest first; with
    /// `undelivered`, only those that failed, bounced or were suppressed. Requires the permission
    /// `mail.read`.
    #[graphql(complexity = "cost::page(first, child_complexity) + cost::of_text(&after)")]
    async fn mails(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        undelivered: Option<bool>,
    ) -> Result<Connection<Mail>, ApiError> {
        let page = page(first, after);
        let mails = mail::list(caller(ctx)?, &page, undelivered.unwrap_or(false)).await?;
        Ok(Connection::of(mails, Mail))
    }

    /// Whether the signed-in person gets the letters of this organization that ask for the approval of a
    /// publication, and those about their triggers that do not fire. Requires the permission `profile.update`.
    #[graphql(complexity = "cost::STATEMENT")]
    async fn request_letters(&self, ctx: &Context<'_>) -> Result<bool, ApiError> {
        Ok(mail::wants_request_letters(caller(ctx)?).await?)
    }
}

/// The mail to send again.
#[derive(InputObject)]
pub struct ResendMailInput {
    id: ID,
}

/// The mail, queued again.
#[derive(SimpleObject)]
pub struct ResendMailPayload {
    mail: Mail,
}

/// Whether the person wants the letters that ask for the approval of a publication.
#[derive(InputObject)]
pub struct UpdateRequestLettersInput {
    wanted: bool,
}

/// What holds now.
#[derive(SimpleObject)]
pub struct UpdateRequestLettersPayload {
    wanted: bool,
}

/// Mutations of mails.
#[derive(Default)]
pub struct MailMutation;

#[Object]
impl MailMutation {
    /// Sends a mail again that was not delivered, even to an address that bounced before. Requires
    /// `mail.resend`.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn resend_mail(
        &self,
        ctx: &Context<'_>,
        input: ResendMailInput,
    ) -> Result<ResendMailPayload, ApiError> {
        let mail = mail::resend(caller(ctx)?, ids::read(&input.id)).await?;
        Ok(ResendMailPayload { mail: Mail(mail) })
    }

    /// Turns the letters of this organization that ask for the approval of a publication, and those about
    /// triggers that do not fire, off or on for the signed-in person. The requests stay on the page Home. Requires `profile.update`.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn update_request_letters(
        &self,
        ctx: &Context<'_>,
        input: UpdateRequestLettersInput,
    ) -> Result<UpdateRequestLettersPayload, ApiError> {
        mail::set_request_letters(caller(ctx)?, input.wanted).await?;
        Ok(UpdateRequestLettersPayload {
            wanted: input.wanted,
        })
    }
}
