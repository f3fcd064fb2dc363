//! The caller's email address: verifying and changing it. Links are followed in `http::address`.

use async_graphql::{Context, Description, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::identity;

use super::{caller, cost, enums::MailLanguage};
use crate::error::ApiError;

/// A change of the caller's email address that waits for confirmations. Until it has them, the
/// person has the old address only.
#[derive(Description)]
pub struct EmailChange(identity::AddressChange);

#[Object(use_type_description)]
impl EmailChange {
    /// The new address. For a verification, the address that the person has.
    async fn email(&self) -> &str {
        &self.0.email
    }

    /// Whether it only verifies the address that the person has.
    async fn is_verification(&self) -> bool {
        self.0.is_verification
    }

    /// Whether the new address has confirmed.
    async fn new_confirmed(&self) -> bool {
        self.0.new_confirmed
    }

    /// Whether the old address has confirmed; null if it need not, because it was never verified.
    async fn old_confirmed(&self) -> Option<bool> {
        self.0.old_confirmed
    }

    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Until when it can be confirmed.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.0.expires_at
    }
}

/// Queries for the caller's email address.
#[derive(Default)]
pub struct AddressQuery;

#[Object]
impl AddressQuery {
    /// The change of the caller's email address that waits for confirmations; null if there is
    /// none.
    #[graphql(complexity = "cost::STATEMENT + child_complexity")]
    async fn email_change(&self, ctx: &Context<'_>) -> Result<Option<EmailChange>, ApiError> {
        let change = identity::address_change(caller(ctx)?).await?;
        Ok(change.map(EmailChange))
    }
}

/// A new email address.
#[derive(InputObject)]
pub struct ChangeEmailInput {
    email: String,
    /// The language of the mails. English if absent.
    language: Option<MailLanguage>,
}

/// The change that waits for confirmations.
#[derive(SimpleObject)]
pub struct ChangeEmailPayload {
    email_change: EmailChange,
}

/// The verification of the caller's email address.
#[derive(InputObject)]
pub struct VerifyEmailInput {
    /// The language of the mail. English if absent.
    language: Option<MailLanguage>,
}

/// The verification that waits for a confirmation.
#[derive(SimpleObject)]
pub struct VerifyEmailPayload {
    email_change: EmailChange,
}

/// The change whose mails were sent again.
#[derive(SimpleObject)]
pub struct ResendEmailChangePayload {
    email_change: EmailChange,
}

/// `ok` is always true; failures are returned as errors.
#[derive(SimpleObject)]
pub struct CancelEmailChangePayload {
    ok: bool,
}

/// Mutations of the caller's email address.
#[derive(Default)]
pub struct AddressMutation;

#[Object]
impl AddressMutation {
    /// Requests a change of the caller's email address. Links are sent to both addresses, and it
    /// takes effect when the new one has confirmed and, if it was verified, the old one. The old one
    /// can undo it for seven days. Requires `profile.update`, and a recent proof of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn change_email(
        &self,
        ctx: &Context<'_>,
        input: ChangeEmailInput,
    ) -> Result<ChangeEmailPayload, ApiError> {
        let language = input.language.map(Into::into).unwrap_or_default();
        let change = identity::change_address(caller(ctx)?, &input.email, language).await?;
        Ok(ChangeEmailPayload {
            email_change: EmailChange(change),
        })
    }

    /// Sends a link that verifies the email address that the caller has. Requires `profile.update`.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn verify_email(
        &self,
        ctx: &Context<'_>,
        input: VerifyEmailInput,
    ) -> Result<VerifyEmailPayload, ApiError> {
        let language = input.language.map(Into::into).unwrap_or_default();
        let change = identity::verify_address(caller(ctx)?, language).await?;
        Ok(VerifyEmailPayload {
            email_change: EmailChange(change),
        })
    }

    /// Sends the mails of the caller's change again, with new links. Older links no longer work.
    /// Requires `profile.update`.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn resend_email_change(
        &self,
        ctx: &Context<'_>,
    ) -> Result<ResendEmailChangePayload, ApiError> {
        let change = identity::resend_address_change(caller(ctx)?).await?;
        Ok(ResendEmailChangePayload {
            email_change: EmailChange(change),
        })
    }

    /// Cancels the caller's change. Its links no longer work. Requires `profile.update`.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn cancel_email_change(
        &self,
        ctx: &Context<'_>,
    ) -> Result<CancelEmailChangePayload, ApiError> {
        identity::cancel_address_change(caller(ctx)?).await?;
        Ok(CancelEmailChangePayload { ok: true })
    }
}
