//! Templates in one text.

use std::sync::Arc;

use crate::{
    Value,
    expr::{Budget, Expr, ExprError, Names, Read, Scope, append_value},
};

use super::cut::{Piece, cut};

/// A compiled text. Cheap to clone and to share between threads.
#[derive(Clone, Debug)]
pub struct Template {
    parts: Arc<[Part]>,
    reads: Arc<[Read]>,
}

#[derive(Debug)]
enum Part {
    Plain(Value),
    Template { expr: Expr, at: usize },
}

impl Template {
    /// Compiles one text. Offsets of errors and reads refer to this text.
    pub fn compile(text: &str, names: &Names<'_>) -> Result<Template, ExprError> {
        let mut parts = Vec::new();
        let mut reads = Vec::new();
        for piece in cut(text)? {
            parts.push(match piece {
                Piece::Plain(text) => Part::Plain(Value::from(text)),
                Piece::Template(text, at) => {
                    let expr = Expr::compile(text, names).map_err(|e| moved(e, at))?;
                    reads.extend(expr.reads().iter().map(|read| Read {
                        offset: read.offset + at,
                        ..read.clone()
                    }));
                    Part::Template { expr, at }
                }
            });
        }
        Ok(Template {
            parts: parts.into(),
            reads: reads.into(),
        })
    }

    /// Whether the text contains no template.
    pub fn is_literal(&self) -> bool {
        self.parts.iter().all(|part| matches!(part, Part::Plain(_)))
    }

    /// Evaluates the text. The value has any type if the text is exactly one template; otherwise it
    /// is a text.
    pub fn eval(&self, scope: &dyn Scope, budget: &mut Budget) -> Result<Value, ExprError> {
        match &*self.parts {
            [] => Ok(Value::from("")),
            [Part::Plain(text)] => Ok(text.clone()),
            [Part::Template { expr, at }] => expr.eval(scope, budget).map_err(|e| moved(e, *at)),
            parts => {
                let mut out = String::new();
                for part in parts {
                    match part {
                        Part::Plain(text) => append_value(&mut out, text, budget)?,
                        Part::Template { expr, at } => {
                            let value = expr.eval(scope, budget).map_err(|e| moved(e, *at))?;
                            append_value(&mut out, &value, budget).map_err(|e| e.at(*at))?;
                        }
                    }
                }
                Ok(out.into())
            }
        }
    }

    /// The expressions of the text, each with its offset.
    pub fn expressions(&self) -> impl Iterator<Item = (&Expr, usize)> {
        self.parts.iter().filter_map(|part| match part {
            Part::Template { expr, at } => Some((expr, *at)),
            Part::Plain(_) => None,
        })
    }

    /// The paths that the templates read.
    pub fn reads(&self) -> &[Read] {
        &self.reads
    }

    /// Whether any expression has loops or calls that may take long.
    pub fn is_heavy(&self) -> bool {
        self.parts.iter().any(|part| match part {
            Part::Template { expr, .. } => expr.is_heavy(),
            Part::Plain(_) => false,
        })
    }
}

/// Moves the offset of an error, for an expression that begins at `at`.
fn moved(mut error: ExprError, at: usize) -> ExprError {
    error.offset = error.offset.saturating_add(at);
    error
}
