//! Stable error codes: the part of an error that programs may rely on.
//!
//! `docs/error-codes/` says what each means and what to do. How a code maps to an HTTP status or
//! an exit code is decided by the API and the command line.

use std::fmt;

use serde::{Serialize, Serializer};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// A stable error code. Messages may change between releases; codes do not.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ErrorCode { $($(#[$doc])* $name,)* }

        impl ErrorCode {
            /// All codes, in the order of this file.
            pub const ALL: &'static [ErrorCode] = &[$(ErrorCode::$name,)*];

            /// The code's text, as programs see it.
            pub const fn as_str(self) -> &'static str {
                match self { $(ErrorCode::$name => $text,)* }
            }

            /// The code with this text; `None` if it is unknown.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(ErrorCode::$name),)* _ => None }
            }
        }
    };
}

codes! {
    // Every entry point.
    /// The resource does not exist, or the caller may not see it.
    NotFound = "NOT_FOUND",
    /// The request has no valid session or API key.
    Unauthenticated = "UNAUTHENTICATED",
    /// The caller may see the resource but may not do this with it.
    Forbidden = "FORBIDDEN",
    /// The change is dangerous, and the person last proved their identity too long ago.
    StepUpRequired = "STEP_UP_REQUIRED",
    /// The organization requires single sign-on of the person, and the session was opened in
    /// another way.
    SsoRequired = "SSO_REQUIRED",
    /// The state of the resource does not allow this.
    Conflict = "CONFLICT",
    /// The resource has changed since the version that the request names.
    PreconditionFailed = "PRECONDITION_FAILED",
    /// A value in the request is invalid; the message names it.
    InvalidInput = "INVALID_INPUT",
    /// The request is larger, deeper or more complex than allowed.
    LimitExceeded = "LIMIT_EXCEEDED",
    /// A quota of the organization or the caller is used up.
    QuotaExceeded = "QUOTA_EXCEEDED",
    /// Too many requests; try again later.
    RateLimited = "RATE_LIMITED",
    /// A dependency (database, queue) is not available.
    Unavailable = "UNAVAILABLE",
    /// The disk of the database is full; nothing was changed.
    StorageFull = "STORAGE_FULL",
    /// The upload was not used for 6 hours, or is older than 24; its bytes are gone.
    UploadExpired = "UPLOAD_EXPIRED",
    /// A bug in FlowMason; the request id identifies it in the logs.
    Internal = "INTERNAL",

    // Pipeline files.
    /// The file is not JSON.
    InvalidJson = "INVALID_JSON",
    /// An object contains the same key twice.
    DuplicateKey = "DUPLICATE_KEY",
    /// The file is nested deeper than 100.
    NestingTooDeep = "NESTING_TOO_DEEP",
    /// A required field is missing.
    MissingField = "MISSING_FIELD",
    /// A field's value has the wrong type.
    WrongType = "WRONG_TYPE",
    /// A field's value is not one of those allowed.
    InvalidValue = "INVALID_VALUE",
    /// The field has no meaning here: it is kept and reported as a warning.
    UnknownField = "UNKNOWN_FIELD",
    /// Two stages have the same id.
    DuplicateStage = "DUPLICATE_STAGE",
    /// A stage names a stage that does not exist.
    UnknownStage = "UNKNOWN_STAGE",
    /// A stage names a component that does not exist.
    UnknownComponent = "UNKNOWN_COMPONENT",
    /// Stages wait for each other in a cycle.
    Cycle = "CYCLE",
    /// A stage reads the output of another stage without depending on it.
    MissingDependency = "MISSING_DEPENDENCY",
    /// Two stages set the same variable, and neither waits for the other.
    VariableConflict = "VARIABLE_CONFLICT",
    /// The file uses a feature that FlowMason does not support.
    Unsupported = "UNSUPPORTED",

    /// The pipeline is deleted: it accepts no new versions and starts no runs.
    PipelineDeleted = "PIPELINE_DELETED",
    /// The pipeline has no stages yet, so there is nothing to run.
    PipelineEmpty = "PIPELINE_EMPTY",
    /// In this environment only the published version runs, and it is another one, or there is none.
    NotPublished = "NOT_PUBLISHED",

    // Expressions and values.
    /// An expression does not parse.
    ExpressionSyntax = "EXPRESSION_SYNTAX",
    /// An expression uses a name that does not exist.
    UnknownName = "UNKNOWN_NAME",
    /// An expression calls a function that does not exist.
    UnknownFunction = "UNKNOWN_FUNCTION",
    /// A path in an expression does not exist.
    MissingPath = "MISSING_PATH",
    /// A value has a type that the operation does not accept.
    TypeMismatch = "TYPE_MISMATCH",
    /// Division by zero, index out of range, text that is not a number, and the like.
    EvaluationFailed = "EVALUATION_FAILED",
    /// An expression exceeded its limit of steps, time, depth or memory.
    ExpressionBudget = "EXPRESSION_BUDGET",
    /// An integer does not fit into 64 bits.
    ValueOutOfRange = "VALUE_OUT_OF_RANGE",

    // Runs.
    /// The input does not match the pipeline's input schema.
    InputSchema = "INPUT_SCHEMA",
    /// A stage's resolved input does not match its component's schema.
    StageInput = "STAGE_INPUT",
    /// A stage failed.
    StageFailed = "STAGE_FAILED",
    /// An attempt, a run or a database statement exceeded its time limit.
    Timeout = "TIMEOUT",
    /// The run was cancelled.
    Cancelled = "CANCELLED",
    /// The worker died repeatedly while this run was the only one it drove.
    WorkerDied = "WORKER_DIED",
    /// After a crash it is not known whether an at-most-once effect happened.
    EffectUnknown = "EFFECT_UNKNOWN",
    /// The pipeline needs a model provider that is not configured.
    ProviderNotConfigured = "PROVIDER_NOT_CONFIGURED",
    /// A model provider rejected the call or failed.
    ProviderFailed = "PROVIDER_FAILED",
    /// Hosted runs cannot read environment variables.
    EnvNotAvailable = "ENV_NOT_AVAILABLE",
    /// Requests to this outbound address are not allowed.
    AddressNotAllowed = "ADDRESS_NOT_ALLOWED",
    /// An outbound request failed.
    HttpFailed = "HTTP_FAILED",
    /// A value does not match a JSON schema.
    SchemaMismatch = "SCHEMA_MISMATCH",
    /// The values held by a run, its organization or the server exceed the available memory.
    MemoryLimit = "MEMORY_LIMIT",
    /// An output, or all outputs of a run together, exceed the size limit.
    OutputLimit = "OUTPUT_LIMIT",
    /// The journal has a newer format than this program can read.
    JournalVersion = "JOURNAL_VERSION",
    /// The journal could not be read or written.
    JournalFailed = "JOURNAL_FAILED",
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for ErrorCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> serde::Deserialize<'de> for ErrorCode {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| serde::de::Error::custom(format!("unknown error code `{text}`")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_explained_and_reads_back() {
        let page = include_str!("../../../docs/error-codes/README.md");
        for code in ErrorCode::ALL {
            assert!(
                page.contains(&format!("| `{code}` |")),
                "{code} is not in docs/error-codes"
            );
            assert_eq!(ErrorCode::parse(code.as_str()), Some(*code));
        }
    }
}
