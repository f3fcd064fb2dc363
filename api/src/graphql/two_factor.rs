//! The second factor of the signed-in person.

use async_graphql::{Context, Description, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::identity;

use super::{caller, cost};
use crate::error::ApiError;

/// The state of the person's second factor.
#[derive(Description)]
pub struct TwoFactor(identity::TwoFactor);

#[Object(use_type_description)]
impl TwoFactor {
    /// Since when an authenticator app is needed to sign in; null if it is not.
    async fn on_since(&self) -> Option<DateTime<Utc>> {
        self.0.on_since
    }

    /// How many recovery codes have not been used.
    async fn recovery_codes_left(&self) -> u64 {
        self.0.recovery_codes_left
    }
}

/// Queries for the second factor.
#[derive(Default)]
pub struct TwoFactorQuery;

#[Object]
impl TwoFactorQuery {
    /// The second factor of the signed-in person.
    #[graphql(complexity = "2 * cost::STATEMENT + child_complexity")]
    async fn two_factor(&self, ctx: &Context<'_>) -> Result<TwoFactor, ApiError> {
        Ok(TwoFactor(identity::two_factor(caller(ctx)?).await?))
    }
}

/// The secret of a new authenticator app. It is not returned again.
#[derive(SimpleObject)]
pub struct BeginTwoFactorPayload {
    /// The secret in base32, to type it into the app.
    secret: String,
    /// The `otpauth://` address of the QR code.
    uri: String,
    /// The QR code, as an SVG image.
    qr_code: String,
}

/// The first code of the app.
#[derive(InputObject)]
pub struct ConfirmTwoFactorInput {
    code: String,
}

/// The recovery codes. They are not returned again.
#[derive(SimpleObject)]
pub struct ConfirmTwoFactorPayload {
    recovery_codes: Vec<String>,
    two_factor: TwoFactor,
}

/// The state after the second factor was turned off.
#[derive(SimpleObject)]
pub struct DisableTwoFactorPayload {
    two_factor: TwoFactor,
}

/// The new recovery codes. They are not returned again.
#[derive(SimpleObject)]
pub struct RenewRecoveryCodesPayload {
    recovery_codes: Vec<String>,
    two_factor: TwoFactor,
}

/// Mutations of the second factor.
#[derive(Default)]
pub struct TwoFactorMutation;

#[Object]
impl TwoFactorMutation {
    /// Begins to set up an authenticator app. Nothing changes before `confirmTwoFactor`. Requires
    /// `profile.update`, and a recent proof of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn begin_two_factor(&self, ctx: &Context<'_>) -> Result<BeginTwoFactorPayload, ApiError> {
        let enrolment = identity::begin_two_factor(caller(ctx)?).await?;
        Ok(BeginTwoFactorPayload {
            secret: enrolment.secret,
            uri: enrolment.uri,
            qr_code: enrolment.qr_code,
        })
    }

    /// Turns the second factor on, with the first code of the app. From then on, signing in needs a
    /// code. Requires `profile.update`, and a recent proof of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn confirm_two_factor(
        &self,
        ctx: &Context<'_>,
        input: ConfirmTwoFactorInput,
    ) -> Result<ConfirmTwoFactorPayload, ApiError> {
        let ctx = caller(ctx)?;
        Ok(ConfirmTwoFactorPayload {
            recovery_codes: identity::confirm_two_factor(ctx, &input.code).await?,
            two_factor: TwoFactor(identity::two_factor(ctx).await?),
        })
    }

    /// Turns the second factor off. Requires `profile.update`, and a recent proof of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn disable_two_factor(
        &self,
        ctx: &Context<'_>,
    ) -> Result<DisableTwoFactorPayload, ApiError> {
        let ctx = caller(ctx)?;
        identity::disable_two_factor(ctx).await?;
        Ok(DisableTwoFactorPayload {
            two_factor: TwoFactor(identity::two_factor(ctx).await?),
        })
    }

    /// Creates new recovery codes. The old ones no longer work. Requires `profile.update`, and a
    /// recent proof of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn renew_recovery_codes(
        &self,
        ctx: &Context<'_>,
    ) -> Result<RenewRecoveryCodesPayload, ApiError> {
        let ctx = caller(ctx)?;
        Ok(RenewRecoveryCodesPayload {
            recovery_codes: identity::renew_recovery_codes(ctx).await?,
            two_factor: TwoFactor(identity::two_factor(ctx).await?),
        })
    }
}
