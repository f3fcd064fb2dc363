//! Python-like expressions: compiled once, evaluated under a budget.
//!
//! No host object is reachable from an expression: it sees values, the names of its [`Scope`] and
//! the functions of this module, nothing else. Templates over texts are in [`crate::template`].

mod budget;
mod error;
mod names;
mod scope;

pub use budget::Budget;
pub use error::ExprError;
pub use names::{Names, Read, Root};
pub use scope::Scope;

use types::ErrorCode;

use crate::Value;

/// A compiled expression. Cheap to share between threads.
#[derive(Clone, Debug)]
pub struct Expr {
    reads: std::sync::Arc<[Read]>,
}

impl Expr {
    /// Compiles one expression.
    pub fn compile(_text: &str, _names: &Names<'_>) -> Result<Expr, ExprError> {
        Err(ExprError::new(ErrorCode::Unsupported, "not built yet").at(0))
    }

    /// Evaluates; an absent path is an error where the language does not allow absence.
    pub fn eval(&self, _scope: &dyn Scope, _budget: &mut Budget) -> Result<Value, ExprError> {
        Err(ExprError::new(ErrorCode::Unsupported, "not built yet").at(0))
    }

    /// Evaluates as a condition: an absent path reads as null.
    pub fn test(&self, scope: &dyn Scope, budget: &mut Budget) -> Result<bool, ExprError> {
        self.eval(scope, budget).map(|value| value.truthy())
    }

    /// What the expression reads, as far as it is known before evaluation.
    pub fn reads(&self) -> &[Read] {
        &self.reads
    }

    /// Whether it has loops or calls: then it is evaluated off the async threads.
    pub fn is_heavy(&self) -> bool {
        true
    }
}
