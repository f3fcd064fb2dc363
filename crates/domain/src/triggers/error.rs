//! Errors of triggers.

use engine::check::Diagnostic;
use thiserror::Error;
use types::ErrorCode;

use crate::error::AppError;

/// An error of reading or changing a trigger.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum TriggerError {
    /// It does not exist, or belongs to another organization.
    #[error("There is no such trigger")]
    NotFound,
    /// The definition has errors.
    #[error("definition: {}", summary(.0))]
    Definition(Vec<Diagnostic>),
    /// The pipeline has a trigger of this name in the environment.
    #[error("definition: the pipeline has a trigger `{0}` in this environment; use another name")]
    NameTaken(String),
    /// The trigger is declared in the pipeline's file.
    #[error(
        "The trigger is declared in the pipeline's file; change it there and push the version, or disable \
         it here"
    )]
    FromFile,
    /// Somebody changed the trigger since it was checked.
    #[error("Somebody changed the trigger meanwhile; look at it and try again")]
    Changed,
    /// The trigger is no webhook.
    #[error("The trigger is no webhook; it has no address and no secret")]
    NotAWebhook,
    /// The webhook has no address yet.
    #[error("The webhook has no address; make one first (`rotateWebhookAddress`)")]
    NoAddress,
    /// The webhook needs a secret.
    #[error("The webhook needs a secret for its signatures; set it first (`setWebhookSecret`)")]
    NoSecret,
    /// The trigger is no schedule.
    #[error("The trigger is no schedule; only a schedule has firings to make up for")]
    NotASchedule,
    /// The range of a back-fill is wrong.
    #[error("{0}: {1}")]
    Range(&'static str, &'static str),
    /// A back-fill would have too many firings.
    #[error(
        "The range has more than {max} firings, which is the limit; take a shorter one",
        max = super::backfills::MAX_FIRINGS
    )]
    RangeTooLong,
    /// The trigger has a back-fill that has not ended.
    #[error(
        "A back-fill of the trigger has not ended; wait for it or stop it (`stopTriggerBackfill`)"
    )]
    BackfillRuns,
    /// Too many firings of the organization are pending.
    #[error("Too many firings of the organization wait already; try again when some have started")]
    TooManyPending,
    /// The trigger is disabled.
    #[error("The trigger is disabled; enable it first")]
    Disabled,
    /// A trigger waits for runs of a pipeline that does not exist.
    #[error("definition: there is no pipeline `{0}` whose runs the trigger could wait for")]
    NoPipeline(String),
    /// The organization has too many enabled triggers that wait for runs or events.
    #[error(
        "The organization has {max} enabled triggers that wait for runs or events, which is the limit; \
         disable one first",
        max = super::MAX_WATCHING
    )]
    TooManyWatching,
    /// The pipeline has too many triggers.
    #[error(
        "The pipeline has {max} triggers in this environment, which is the limit; delete one first",
        max = super::MAX_OF_PIPELINE
    )]
    TooMany,
    /// The organization has too many enabled triggers.
    #[error(
        "The organization has {max} enabled triggers, which is the limit; disable one first",
        max = super::MAX_ENABLED
    )]
    TooManyEnabled,
    /// The organization has too many triggers that fire more than once a minute.
    #[error(
        "The organization has {max} enabled triggers that fire more often than once a minute, which is \
         the limit; let this one fire once a minute or less often",
        max = super::MAX_FREQUENT
    )]
    TooManyFrequent,
}

fn summary(found: &[Diagnostic]) -> String {
    let errors = found.iter().filter(|one| one.is_error());
    let texts: Vec<String> = errors
        .map(|one| match &one.suggestion {
            Some(way_out) => format!("{} ({way_out})", one.message),
            None => one.message.clone(),
        })
        .collect();
    texts.join("; ")
}

impl From<TriggerError> for AppError {
    fn from(error: TriggerError) -> Self {
        let message = error.to_string();
        match error {
            TriggerError::NotFound => AppError::not_found("trigger"),
            TriggerError::Definition(problems) => AppError::new(ErrorCode::InvalidInput, message)
                .with("field", "definition".into())
                .with(
                    "problems",
                    serde_json::to_value(problems).unwrap_or_default(),
                ),
            TriggerError::Range(field, _) => {
                AppError::new(ErrorCode::InvalidInput, message).with("field", field.into())
            }
            TriggerError::RangeTooLong => {
                AppError::new(ErrorCode::InvalidInput, message).with("field", "to".into())
            }
            TriggerError::NotASchedule
            | TriggerError::BackfillRuns
            | TriggerError::NameTaken(_)
            | TriggerError::FromFile
            | TriggerError::Changed
            | TriggerError::NotAWebhook
            | TriggerError::NoAddress
            | TriggerError::NoSecret
            | TriggerError::NoPipeline(_)
            | TriggerError::Disabled => AppError::conflict(message),
            TriggerError::TooMany
            | TriggerError::TooManyPending
            | TriggerError::TooManyWatching
            | TriggerError::TooManyEnabled
            | TriggerError::TooManyFrequent => AppError::new(ErrorCode::QuotaExceeded, message),
        }
    }
}
