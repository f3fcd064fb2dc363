//! Errors of publishing, and of running what is not published.

use serde_json::json;
use thiserror::Error;
use types::ErrorCode;

use super::PublicationStatus;
use crate::{access::Environment, error::AppError};

/// An error of publishing a version, or of running one that is not published.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PublicationError {
    /// It does not exist, or belongs to another organization.
    #[error("There is no such publication")]
    NotFound,
    /// Nothing is published to development.
    #[error(
        "environment: nothing is published to development, which runs any version; choose staging or \
         production"
    )]
    Development,
    /// Another request for the pipeline waits.
    #[error("A request to publish version {0} to {1} waits already; approve or refuse it first")]
    Waiting(i32, Environment),
    /// Somebody has approved or refused the request.
    #[error("The request is {0} already")]
    Decided(PublicationStatus),
    /// Nobody has approved the request in time.
    #[error(
        "The request has expired, because nobody approved it within {days} days; request it again",
        days = super::WAITS.num_days()
    )]
    Expired,
    /// The person who requested it has left the organization.
    #[error(
        "Whoever requested this is no longer a member; refuse it, and request it again if it is wanted"
    )]
    Left,
    /// No version is published.
    #[error(
        "No version of the pipeline is published to {0}; publish one first, or use another environment"
    )]
    NonePublished(Environment),
    /// The version that was asked for is not the published one.
    #[error(
        "Only the published version runs in {environment}, which is {published}, not {asked}; publish \
         version {asked} first, or leave the version out"
    )]
    OtherPublished {
        /// The environment.
        environment: Environment,
        /// The number of the version that is published there.
        published: i32,
        /// The number of the version that was asked for.
        asked: i32,
    },
    /// The version of the run to retry is no longer the published one.
    #[error(
        "Only the published version runs in {environment}, which is {published} now, and this run has \
         another one; start a new run instead"
    )]
    NoLongerPublished {
        /// The environment.
        environment: Environment,
        /// The number of the version that is published there.
        published: i32,
    },
}

impl From<PublicationError> for AppError {
    fn from(error: PublicationError) -> Self {
        let message = error.to_string();
        match error {
            PublicationError::NotFound => AppError::not_found("publication"),
            PublicationError::Development => {
                AppError::new(ErrorCode::InvalidInput, message).with("field", "environment".into())
            }
            PublicationError::Waiting(..)
            | PublicationError::Decided(_)
            | PublicationError::Expired
            | PublicationError::Left => AppError::conflict(message),
            PublicationError::NonePublished(environment) => {
                not_published(message, environment, None)
            }
            PublicationError::OtherPublished {
                environment,
                published,
                ..
            }
            | PublicationError::NoLongerPublished {
                environment,
                published,
            } => not_published(message, environment, Some(published)),
        }
    }
}

fn not_published(message: String, environment: Environment, published: Option<i32>) -> AppError {
    AppError::new(ErrorCode::NotPublished, message)
        .with("environment", environment.as_str().into())
        .with("publishedVersion", json!(published))
}
