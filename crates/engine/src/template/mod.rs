//! `{{ }}` templates over texts and value trees.
//!
//! Data that a template puts in is data: it is never read as a template again.

use crate::{
    Value,
    expr::{Budget, Expr, ExprError, Names, Read, Scope},
};

/// One part of the way from a value to a value inside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathPart {
    /// A field of an object.
    Field(std::sync::Arc<str>),
    /// An item of a list.
    Index(usize),
}

/// The way from a value to a value inside it.
pub type ValuePath = Vec<PathPart>;

/// One text, compiled.
#[derive(Clone, Debug)]
pub struct Template {
    expr: Option<Expr>,
    reads: Vec<Read>,
}

impl Template {
    /// Compiles one text. Offsets of errors and reads are in this text.
    pub fn compile(text: &str, names: &Names<'_>) -> Result<Template, ExprError> {
        Ok(Template { expr: Some(Expr::compile(text, names)?), reads: Vec::new() })
    }

    /// Whether the text holds no template.
    pub fn is_literal(&self) -> bool {
        self.expr.is_none()
    }

    /// The value: of any type when the text is exactly one template, text otherwise.
    pub fn eval(&self, scope: &dyn Scope, budget: &mut Budget) -> Result<Value, ExprError> {
        self.expr.as_ref().map_or(Ok(Value::Null), |e| e.eval(scope, budget))
    }

    /// What the templates read.
    pub fn reads(&self) -> &[Read] {
        &self.reads
    }

    /// Whether one of the expressions has loops or calls.
    pub fn is_heavy(&self) -> bool {
        self.expr.as_ref().is_some_and(Expr::is_heavy)
    }
}

/// A value whose texts may be templates. Literal parts are shared, not copied.
#[derive(Clone, Debug)]
pub struct Tree {
    literal: Value,
}

impl Tree {
    /// Compiles every text in the value; all errors at once.
    pub fn compile(
        value: &Value,
        _names: &Names<'_>,
    ) -> Result<Tree, Vec<(ValuePath, ExprError)>> {
        Ok(Tree { literal: value.clone() })
    }

    /// The value with its templates evaluated.
    pub fn eval(&self, _scope: &dyn Scope, _budget: &mut Budget) -> Result<Value, ExprError> {
        Ok(self.literal.clone())
    }

    /// What the templates read, each with the way to its text.
    pub fn reads(&self) -> Vec<(ValuePath, Read)> {
        Vec::new()
    }

    /// Whether the value holds no template.
    pub fn is_literal(&self) -> bool {
        true
    }

    /// Whether one of the expressions has loops or calls.
    pub fn is_heavy(&self) -> bool {
        false
    }
}
