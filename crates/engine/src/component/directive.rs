//! The directives that control-flow components give to the executor.

use chrono::{DateTime, Utc};

use crate::{Value, policy::RetryPolicy};

/// The result of a control-flow component's body.
#[derive(Clone, Debug, PartialEq)]
pub enum Directive {
    /// Activate the named branches of the inner lists (such as `true`, `route.X` or `default`) once
    /// and skip the others.
    Choose {
        /// The names of the branches.
        branches: Vec<String>,
        /// The stage's output.
        output: Value,
    },
    /// Activate the list of the role [`Each`](super::BranchRole::Each) once per item.
    ForEach(ForEach),
    /// Activate the list of the role [`Try`](super::BranchRole::Try), then that of `Catch` if it
    /// failed, then that of `Finally`.
    TryCatch(TryCatch),
    /// End the run now with this output; stages that have not started are skipped.
    Return {
        /// The run's output.
        value: Value,
        /// The stage's own output.
        output: Value,
        /// If set, end the run as failed with this message instead.
        failed: Option<String>,
    },
    /// Sleep durably until the given time.
    Wait {
        /// When the sleep ends.
        until: DateTime<Utc>,
        /// The stage's output.
        output: Value,
    },
    /// Run no inner stages. The value is the stage's output.
    Done(Value),
}

impl Directive {
    /// How often the inner stages run, if known in advance.
    pub fn items(&self) -> Option<u64> {
        match self {
            Directive::ForEach(each) => Some(each.items.len() as u64),
            _ => None,
        }
    }
}

/// A loop over a list of items.
#[derive(Clone, Debug, PartialEq)]
pub struct ForEach {
    /// The items, already filtered.
    pub items: Vec<Value>,
    /// The name under which inner stages read the item as `context.<name>`.
    pub item_variable: String,
    /// The name under which inner stages read the 0-based index.
    pub index_variable: String,
    /// The maximum number of items in progress at once; 1 runs them one after the other.
    pub parallel: usize,
    /// Whether `results` contains the items' results.
    pub collect: bool,
    /// Whether the first failed item ends the loop. Otherwise its result is null and the error is
    /// recorded.
    pub break_on_error: bool,
    /// Additional fields of the output, besides `results`, `errors` and the counts.
    pub output: Value,
}

/// Try stages with catch and finally stages.
#[derive(Clone, Debug, PartialEq)]
pub struct TryCatch {
    /// Whether an error that the catch stages did not handle fails the stage.
    pub propagate: bool,
    /// How often, and after which delays, the try stages are retried before their error counts.
    /// Each retry is another attempt of the stage.
    pub retry: RetryPolicy,
    /// Whether an error fails the stage even though the catch stages ran.
    pub rethrow: bool,
    /// The name under which the catch stages read the error's message as `context.<name>`.
    pub error_variable: Option<String>,
    /// The error codes that are caught; empty: all.
    pub catch_codes: Vec<String>,
    /// Additional fields of the output, besides `status`, `error`, `recovered`, `try_result` and
    /// `catch_result`.
    pub output: Value,
}
