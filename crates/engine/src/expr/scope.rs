//! What an expression can see while it is evaluated.

use chrono::{DateTime, Utc};

use crate::{Map, Value};

/// The values behind the names. The executor implements it; nothing else is reachable from an
/// expression.
pub trait Scope {
    /// The run's input.
    fn input(&self) -> &Value;

    /// A finished stage's output; `None` when the stage has not finished.
    fn stage(&self, index: u32) -> Option<Value>;

    /// Whether the stage was skipped: then it and everything under it reads as null.
    fn stage_skipped(&self, _index: u32) -> bool {
        false
    }

    /// What this field of the stage's output, where there is none, stands for: another field of
    /// it, or (empty) the output itself.
    fn stage_own(&self, _index: u32, _field: &str) -> Option<&'static str> {
        None
    }

    /// A variable, or a foreach's item or index.
    fn context(&self, name: &str) -> Option<Value>;

    /// All of `context`, for an expression that reads it whole.
    fn context_map(&self) -> Value {
        Value::from(Map::default())
    }

    /// An environment variable.
    fn env(&self, name: &str) -> Option<Value>;

    /// A name of a lazy field.
    fn local(&self, name: &str) -> Option<Value>;

    /// The recorded time of the stage's scheduling.
    fn now(&self) -> DateTime<Utc>;
}
