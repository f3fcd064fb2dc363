//! Stable error codes: the part of an error that programs may rely on.
//!
//! `docs/error-codes/` says what each means and what to do. How a code maps to an HTTP status or
//! an exit code is decided by the API and the command line.

use std::fmt;

use serde::{Serialize, Serializer};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// A stable error code. Texts may change between releases, codes do not.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ErrorCode { $($(#[$doc])* $name,)* }

        impl ErrorCode {
            /// Every code there is, in the order of this file.
            pub const ALL: &'static [ErrorCode] = &[$(ErrorCode::$name,)*];

            /// The code as programs see it.
            pub const fn as_str(self) -> &'static str {
                match self { $(ErrorCode::$name => $text,)* }
            }

            /// The code with this text, if there is one.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(ErrorCode::$name),)* _ => None }
            }
        }
    };
}

codes! {
    // Of every entry point.
    /// The thing does not exist, or is not the caller's to see.
    NotFound = "NOT_FOUND",
    /// No valid session or key came with the request.
    Unauthenticated = "UNAUTHENTICATED",
    /// The caller can see the thing but may not do this to it.
    Forbidden = "FORBIDDEN",
    /// The state of the thing does not allow this.
    Conflict = "CONFLICT",
    /// A value of the request is wrong; the message names it.
    InvalidInput = "INVALID_INPUT",
    /// The request is larger, deeper or more complex than allowed.
    LimitExceeded = "LIMIT_EXCEEDED",
    /// A quota of the organization or the caller is used up.
    QuotaExceeded = "QUOTA_EXCEEDED",
    /// Too many requests for now.
    RateLimited = "RATE_LIMITED",
    /// A dependency (database, queue) is not available.
    Unavailable = "UNAVAILABLE",
    /// The disk of the database is full; nothing was changed.
    StorageFull = "STORAGE_FULL",
    /// The upload was not used for 6 hours, or is older than 24; its bytes are gone.
    UploadExpired = "UPLOAD_EXPIRED",
    /// A bug in FlowMason; the request id finds it in the logs.
    Internal = "INTERNAL",

    // Of a pipeline's text.
    /// The file is not JSON.
    InvalidJson = "INVALID_JSON",
    /// A key stands twice in one object.
    DuplicateKey = "DUPLICATE_KEY",
    /// The file is nested deeper than 100.
    NestingTooDeep = "NESTING_TOO_DEEP",
    /// A required field is not there.
    MissingField = "MISSING_FIELD",
    /// A field has a value of another type than it takes.
    WrongType = "WRONG_TYPE",
    /// A field has a value outside what it takes.
    InvalidValue = "INVALID_VALUE",
    /// A field that has no meaning here; kept, and warned about.
    UnknownField = "UNKNOWN_FIELD",
    /// Two stages have one id.
    DuplicateStage = "DUPLICATE_STAGE",
    /// A stage names a stage that does not exist.
    UnknownStage = "UNKNOWN_STAGE",
    /// A stage is of a component that does not exist.
    UnknownComponent = "UNKNOWN_COMPONENT",
    /// Stages wait for each other in a cycle.
    Cycle = "CYCLE",
    /// A stage reads another one without depending on it.
    MissingDependency = "MISSING_DEPENDENCY",
    /// Two stages without an order set the same variable.
    VariableConflict = "VARIABLE_CONFLICT",
    /// The file uses something this program does not support yet.
    Unsupported = "UNSUPPORTED",

    /// The pipeline is deleted; it takes no versions and starts no runs.
    PipelineDeleted = "PIPELINE_DELETED",
    /// The pipeline has no stage yet, so there is nothing to run.
    PipelineEmpty = "PIPELINE_EMPTY",

    // Of expressions and values.
    /// An expression does not parse.
    ExpressionSyntax = "EXPRESSION_SYNTAX",
    /// An expression uses a name that does not exist.
    UnknownName = "UNKNOWN_NAME",
    /// An expression calls a function that does not exist.
    UnknownFunction = "UNKNOWN_FUNCTION",
    /// A path of an expression leads nowhere.
    MissingPath = "MISSING_PATH",
    /// An operation got a value of a type that it does not take.
    TypeMismatch = "TYPE_MISMATCH",
    /// A division by zero, an index out of range, a text that is not a number …
    EvaluationFailed = "EVALUATION_FAILED",
    /// An expression took more steps, time, depth or memory than it may.
    ExpressionBudget = "EXPRESSION_BUDGET",
    /// An integer does not fit into 64 bits.
    ValueOutOfRange = "VALUE_OUT_OF_RANGE",

    // Of a run.
    /// The input does not fit the pipeline's input schema.
    InputSchema = "INPUT_SCHEMA",
    /// A stage's resolved input does not fit its component.
    StageInput = "STAGE_INPUT",
    /// A stage failed.
    StageFailed = "STAGE_FAILED",
    /// An attempt, a run or a statement of the database took longer than it may.
    Timeout = "TIMEOUT",
    /// The run was cancelled.
    Cancelled = "CANCELLED",
    /// The worker died again and again while it drove this run and nothing else.
    WorkerDied = "WORKER_DIED",
    /// A crash left it open whether an at-most-once effect happened.
    EffectUnknown = "EFFECT_UNKNOWN",
    /// A pipeline needs a model provider that is not set up.
    ProviderNotConfigured = "PROVIDER_NOT_CONFIGURED",
    /// A model provider refused or failed.
    ProviderFailed = "PROVIDER_FAILED",
    /// The environment is not available to hosted runs.
    EnvNotAvailable = "ENV_NOT_AVAILABLE",
    /// An outbound address is not allowed.
    AddressNotAllowed = "ADDRESS_NOT_ALLOWED",
    /// An outbound request failed.
    HttpFailed = "HTTP_FAILED",
    /// A value does not fit a JSON schema.
    SchemaMismatch = "SCHEMA_MISMATCH",
    /// The values that a run, its organization or the server holds need more memory than there is.
    MemoryLimit = "MEMORY_LIMIT",
    /// An output, or all outputs of a run together, are larger than allowed.
    OutputLimit = "OUTPUT_LIMIT",
    /// The journal is of a newer format than this program reads.
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
