//! What a control-flow component tells the executor to do.

use chrono::{DateTime, Utc};

use crate::{Value, policy::RetryPolicy};

/// The answer of a control-flow component.
#[derive(Clone, Debug, PartialEq)]
pub enum Directive {
    /// Activate the named branches of the inner lists (`true`, `route.X`, `default` …) once and
    /// skip the others; the stage's output is the value.
    Choose {
        /// Branch names.
        branches: Vec<String>,
        /// The stage's output.
        output: Value,
    },
    /// Activate the list of the role [`Each`](super::BranchRole::Each) once per item.
    ForEach(ForEach),
    /// Activate the list of the role [`Try`](super::BranchRole::Try), then that of `Catch` if it
    /// failed, then that of `Finally`.
    TryCatch(TryCatch),
    /// End the run now with this output; whatever has not started is skipped.
    Return {
        /// The run's output.
        value: Value,
        /// The stage's own output.
        output: Value,
        /// Ends the run as failed with this message instead.
        failed: Option<String>,
    },
    /// Sleep durably until then; the stage's output is the value.
    Wait {
        /// When to go on.
        until: DateTime<Utc>,
        /// The stage's output.
        output: Value,
    },
    /// Nothing to run; the stage's output is the value.
    Done(Value),
}

impl Directive {
    /// How many times the inner stages run, where that is known in advance.
    pub fn items(&self) -> Option<u64> {
        match self {
            Directive::ForEach(each) => Some(each.items.len() as u64),
            _ => None,
        }
    }
}

/// A loop over items.
#[derive(Clone, Debug, PartialEq)]
pub struct ForEach {
    /// The items, already filtered.
    pub items: Vec<Value>,
    /// The name under which inner stages read the item as `context.<name>`.
    pub item_variable: String,
    /// The name of the 0-based index.
    pub index_variable: String,
    /// How many items may be in progress at once (1 = one after the other).
    pub parallel: usize,
    /// Whether `results` collects what the items gave.
    pub collect: bool,
    /// Whether the first failed item ends the loop; otherwise its result is null and the error
    /// is recorded.
    pub break_on_error: bool,
    /// Fields of the output beside `results`, `errors` and the counts.
    pub output: Value,
}

/// A try with catch and finally.
#[derive(Clone, Debug, PartialEq)]
pub struct TryCatch {
    /// Whether an error that the catch stages did not handle fails the stage.
    pub propagate: bool,
    /// How often the try stages are tried again before their error counts, and after what delay.
    /// Each time is a further attempt of the stage.
    pub retry: RetryPolicy,
    /// Whether an error fails the stage although the catch stages ran: they only observed it.
    pub rethrow: bool,
    /// A name under which the catch stages read the error's message as `context.<name>`.
    pub error_variable: Option<String>,
    /// Error codes that are caught; empty: all.
    pub catch_codes: Vec<String>,
    /// Fields of the output beside `status`, `error`, `recovered`, `try_result`, `catch_result`.
    pub output: Value,
}
