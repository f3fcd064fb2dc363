//! Errors of webhook endpoints.

use thiserror::Error;
use types::ErrorCode;

use crate::error::AppError;

/// Why an endpoint could not be changed, or an event could not be sent again.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WebhookEndpointError {
    /// It does not exist, or belongs to another organization.
    #[error("There is no such webhook endpoint")]
    NotFound,
    /// The delivery does not exist, is not kept any more, or belongs to another organization.
    #[error("There is no such delivery")]
    NoDelivery,
    /// The organization has the maximum number.
    #[error("The organization has {most} webhook endpoints, which is the limit; delete one first", most = super::MAX_ENDPOINTS)]
    TooMany,
    /// Nothing is sent to it.
    #[error("The webhook endpoint is disabled; enable it first")]
    Disabled,
}

impl From<WebhookEndpointError> for AppError {
    fn from(error: WebhookEndpointError) -> Self {
        let code = match error {
            WebhookEndpointError::NotFound | WebhookEndpointError::NoDelivery => {
                ErrorCode::NotFound
            }
            WebhookEndpointError::TooMany => ErrorCode::QuotaExceeded,
            WebhookEndpointError::Disabled => ErrorCode::Conflict,
        };
        AppError::new(code, error.to_string())
    }
}
