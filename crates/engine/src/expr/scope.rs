//! The values that an expression can read during evaluation.

use chrono::{DateTime, Utc};

use crate::{Map, Value};

/// Provides the values of names. The executor implements it; an expression can reach nothing else.
pub trait Scope {
    /// The run's input.
    fn input(&self) -> &Value;

    /// The output of a finished stage; `None` if the stage has not finished.
    fn stage(&self, index: u32) -> Option<Value>;

    /// Whether the stage was skipped. If so, the stage and everything under it read as null.
    fn stage_skipped(&self, _index: u32) -> bool {
        false
    }

    /// What to read in place of a field that the stage's output does not have: another field of the
    /// output, or (if empty) the output itself.
    fn stage_own(&self, _index: u32, _field: &str) -> Option<&'static str> {
        None
    }

    /// A variable, or a foreach's item or index.
    fn context(&self, name: &str) -> Option<Value>;

    /// All of `context`, for an expression that reads it as a whole.
    fn context_map(&self) -> Value {
        Value::from(Map::default())
    }

    /// An environment variable.
    fn env(&self, name: &str) -> Option<Value>;

    /// A local name of a lazy field.
    fn local(&self, name: &str) -> Option<Value>;

    /// The recorded time at which the stage was scheduled.
    fn now(&self) -> DateTime<Utc>;
}
