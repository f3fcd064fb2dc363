//! Python-like expressions: compiled once, evaluated under a budget.
//!
//! An expression can reach values, the names of its [`Scope`] and the functions of this module, and
//! no host objects. Its cost is limited by [`Budget`], not by a list of forbidden words. Templates
//! in texts are in [`crate::template`].
//!
//! The steps: `scan` counts brackets and rewrites stage ids, `parse` builds Python's
//! syntax tree, `compile` resolves every name and produces a tree of `node`, `eval` evaluates it.

mod budget;
mod compare;
mod compile;
mod dead;
mod error;
mod eval;
mod format;
mod funcs;
mod index;
mod memo;
mod methods;
mod names;
mod node;
mod ops;
mod parse;
mod path;
mod scan;
mod scope;
mod val;

#[cfg(test)]
pub(crate) mod tests;

use std::sync::Arc;

use types::ErrorCode;

use crate::{Value, value::MAX_DEPTH};

pub use budget::Budget;
pub use error::{ExprError, Operand};
pub use memo::Memo;
pub use names::{Names, Read, Root};
pub use scope::Scope;
pub(crate) use val::nests_deeper_than;

/// A compiled expression. Cheap to clone and to share between threads.
#[derive(Clone, Debug)]
pub struct Expr {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    root: node::Node,
    reads: Vec<Read>,
    frame: u32,
    heavy: bool,
    infinite: bool,
}

impl Expr {
    /// Compiles one expression.
    pub fn compile(text: &str, names: &Names<'_>) -> Result<Expr, ExprError> {
        if let Some(plain) = compile::plain(text, names).map_err(|e| e.at(0))? {
            return Self::made(plain).value();
        }
        let long = || {
            compile::compile(text, names)
                .or_else(|error| {
                    // Python parses `input.first-name` as a subtraction; if it is the whole text,
                    // it is a path.
                    let path = (error.code == ErrorCode::UnknownName)
                        .then(|| path::with_hyphens(text))
                        .flatten();
                    let again = path.and_then(|path| compile::compile(&path, names).ok());
                    again.ok_or_else(|| error.at(0))
                })
                .map(Self::made)
                .and_then(Self::value)
        };
        match names.memo {
            Some(memo) => memo.get(text, names, long),
            None => long(),
        }
    }

    fn made(compiled: compile::Compiled) -> Expr {
        let compile::Compiled {
            root,
            reads,
            frame,
            heavy,
            infinite,
        } = compiled;
        Expr {
            inner: Arc::new(Inner {
                root,
                reads,
                frame,
                heavy,
                infinite,
            }),
        }
    }

    /// Rejects an expression that is only a function, since a function is not a value.
    fn value(self) -> Result<Expr, ExprError> {
        match &self.inner.root.kind {
            node::Kind::Func(func) => {
                let name = func.name();
                let message = format!("`{name}` is a function, not a value");
                Err(error::type_mismatch(message)
                    .suggest(Some(format!("call it: `{name}(…)`")))
                    .at(0))
            }
            _ => Ok(self),
        }
    }

    /// The error with which every evaluation fails, as far as it can be known without input: that
    /// of a part which reads nothing and is always evaluated. `condition` selects the rules of
    /// [`Expr::test`].
    pub fn failure(&self, condition: bool) -> Option<ExprError> {
        dead::failure(&self.inner.root, self.inner.frame, condition).map(|error| error.at(0))
    }

    /// The value of an expression that reads nothing: no names, no time. `None` for all others, and
    /// for one that fails or may take long. `condition` selects the rules of [`Expr::test`].
    pub(crate) fn constant(&self, condition: bool) -> Option<Value> {
        if self.inner.heavy || !self.inner.reads.is_empty() {
            return None;
        }
        let value = dead::constant(&self.inner.root, self.inner.frame, condition)?;
        self.leave(value, &mut Budget::standard()).ok()
    }

    /// The values that the expression can give, if it only chooses between constants: `'a' if
    /// input.x else 'b'`.
    pub(crate) fn outcomes(&self) -> Option<Vec<Value>> {
        let mut out = Vec::new();
        dead::outcomes(&self.inner.root, &mut out).then_some(out)
    }

    /// Evaluates the expression. An absent path is an error, except where the language allows
    /// absence.
    pub fn eval(&self, scope: &dyn Scope, budget: &mut Budget) -> Result<Value, ExprError> {
        self.run(scope, budget, false)
            .and_then(|v| self.leave(v, budget))
            .map_err(|e| e.at(0))
    }

    /// Evaluates the expression as a condition: an absent path reads as null.
    pub fn test(&self, scope: &dyn Scope, budget: &mut Budget) -> Result<bool, ExprError> {
        self.run(scope, budget, true)
            .map(|v| v.truthy())
            .map_err(|e| e.at(0))
    }

    /// Evaluates the expression as a condition, but returns the deciding value.
    pub fn decide(&self, scope: &dyn Scope, budget: &mut Budget) -> Result<Value, ExprError> {
        self.run(scope, budget, true)
            .and_then(|v| self.leave(v, budget))
            .map_err(|e| e.at(0))
    }

    /// The paths that the expression reads, as far as they are known before evaluation.
    pub fn reads(&self) -> &[Read] {
        &self.inner.reads
    }

    /// Whether it has loops or calls that may take long. If so, it is evaluated off the async
    /// threads.
    pub fn is_heavy(&self) -> bool {
        self.inner.heavy
    }

    fn run(
        &self,
        scope: &dyn Scope,
        budget: &mut Budget,
        lenient: bool,
    ) -> Result<val::V, ExprError> {
        eval::Eval::new(scope, budget, self.inner.frame, lenient)
            .node(&self.inner.root)
            .map_err(|error| {
                // The environment is secret, and so may be anything computed from it.
                let reads_env = self.inner.reads.iter().any(|read| read.root == Root::Env);
                if reads_env {
                    error.hide_operands()
                } else {
                    error
                }
            })
    }

    /// Converts the result to a value that may leave the expression.
    fn leave(&self, value: val::V, budget: &mut Budget) -> Result<Value, ExprError> {
        let depth = value.depth();
        let value = value.into_value(budget)?;
        let made = !matches!(
            self.inner.root.kind,
            node::Kind::Path(_) | node::Kind::Const(_)
        );
        // Since parts may be shared, a value that is small in memory can have an enormous text.
        if made && value.size(budget::MEMORY) > budget::MEMORY {
            return Err(budget::exhausted(format!(
                "its result is larger than {} MB",
                budget::MEMORY >> 20
            )));
        }
        if made && usize::from(depth) > MAX_DEPTH && nests_deeper_than(&value, MAX_DEPTH) {
            return Err(ExprError::new(
                ErrorCode::NestingTooDeep,
                format!("the result nests deeper than {MAX_DEPTH}"),
            ));
        }
        if self.inner.infinite && !all_finite(&value) {
            return Err(ExprError::new(
                ErrorCode::ValueOutOfRange,
                "the result is infinite or not a number; a value must be finite",
            ));
        }
        Ok(value)
    }
}

/// The value as JSON, charged to the budget.
pub fn json_text(value: &Value, budget: &mut Budget) -> Result<String, ExprError> {
    format::json(value, budget)
}

/// Appends a value in the form it has inside text.
pub(crate) fn append_value(
    out: &mut String,
    value: &Value,
    budget: &mut Budget,
) -> Result<(), ExprError> {
    match value {
        Value::Str(text) => {
            budget.text(text.len())?;
            out.push_str(text);
            Ok(())
        }
        Value::Int(_) | Value::Float(_) | Value::Bool(_) | Value::Null => {
            out.push_str(&value.to_json());
            Ok(())
        }
        other => {
            out.push_str(&format::json(other, budget)?);
            Ok(())
        }
    }
}

fn all_finite(value: &Value) -> bool {
    match value {
        Value::Float(f) => f.is_finite(),
        Value::List(items) => items.iter().all(all_finite),
        Value::Map(map) => map.values().all(all_finite),
        _ => true,
    }
}
