//! A value whose texts may be templates.

use std::sync::Arc;

use types::ErrorCode;

use super::Template;
use crate::{
    Map, Value,
    expr::{Budget, Expr, ExprError, Names, Read, Scope, nests_deeper_than},
    value::MAX_DEPTH,
};

/// One step of the path from a value to a value inside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathPart {
    /// A field of an object.
    Field(Arc<str>),
    /// An item of a list.
    Index(usize),
}

/// The path from a value to a value inside it, outermost step first.
pub type ValuePath = Vec<PathPart>;

/// An evaluation error, with the path to its text.
#[derive(Clone, Debug, PartialEq)]
pub struct TreeError {
    /// The error. Its offset refers to the text at `path`.
    pub error: ExprError,
    /// The path to the text, innermost step first.
    pub path: ValuePath,
}

impl From<ExprError> for Box<TreeError> {
    fn from(error: ExprError) -> Self {
        let path = Vec::new();
        Box::new(TreeError { error, path })
    }
}

/// A value whose texts may be templates. Literal parts are shared, not copied. Keys are never
/// templates. Cheap to clone and to share between threads.
#[derive(Clone, Debug)]
pub struct Tree {
    root: Arc<Node>,
    reads: Arc<[(ValuePath, Read)]>,
    heavy: bool,
}

#[derive(Debug)]
enum Node {
    Literal(Value),
    Template(Template, usize),
    List(Vec<Node>),
    Map(Vec<(Arc<str>, Node)>),
}

struct Compiler<'a> {
    names: &'a Names<'a>,
    path: ValuePath,
    reads: Vec<(ValuePath, Read)>,
    heavy: bool,
    errors: Vec<(ValuePath, ExprError)>,
}

impl Tree {
    /// Compiles every text in the value; returns all errors at once.
    pub fn compile(value: &Value, names: &Names<'_>) -> Result<Tree, Vec<(ValuePath, ExprError)>> {
        let mut compiler = Compiler {
            names,
            path: Vec::new(),
            reads: Vec::new(),
            heavy: false,
            errors: Vec::new(),
        };
        let root = compiler.node(value);
        if !compiler.errors.is_empty() {
            return Err(compiler.errors);
        }
        Ok(Tree {
            root: Arc::new(root),
            reads: compiler.reads.into(),
            heavy: compiler.heavy,
        })
    }

    /// The value with all templates evaluated.
    pub fn eval(&self, scope: &dyn Scope, budget: &mut Budget) -> Result<Value, Box<TreeError>> {
        eval(&self.root, scope, budget)
    }

    /// The expressions, each with the path to its text and its offset there.
    pub fn expressions(&self) -> Vec<(ValuePath, &Expr, usize)> {
        fn look<'t>(
            node: &'t Node,
            way: &mut ValuePath,
            out: &mut Vec<(ValuePath, &'t Expr, usize)>,
        ) {
            match node {
                Node::Literal(_) => {}
                Node::Template(text, _) => {
                    out.extend(text.expressions().map(|(expr, at)| (way.clone(), expr, at)));
                }
                Node::List(items) => {
                    for (at, item) in items.iter().enumerate() {
                        way.push(PathPart::Index(at));
                        look(item, way, out);
                        way.pop();
                    }
                }
                Node::Map(fields) => {
                    for (key, item) in fields {
                        way.push(PathPart::Field(key.clone()));
                        look(item, way, out);
                        way.pop();
                    }
                }
            }
        }
        let mut out = Vec::new();
        look(&self.root, &mut Vec::new(), &mut out);
        out
    }

    /// The paths that the templates read, each with the path to its text.
    pub fn reads(&self) -> Vec<(ValuePath, Read)> {
        self.reads.to_vec()
    }

    /// Whether the value contains no template.
    pub fn is_literal(&self) -> bool {
        matches!(*self.root, Node::Literal(_))
    }

    /// Whether any expression has loops or calls that may take long.
    pub fn is_heavy(&self) -> bool {
        self.heavy
    }
}

impl Compiler<'_> {
    fn node(&mut self, value: &Value) -> Node {
        match value {
            Value::Str(text) if text.contains("{{") => self.text(text, value),
            Value::List(items) if items.iter().any(has_template) => self.deep(value, |this| {
                let items = items.iter().enumerate();
                Node::List(
                    items
                        .map(|(i, item)| this.inside(PathPart::Index(i), item))
                        .collect(),
                )
            }),
            Value::Map(map) if map.values().any(has_template) => self.deep(value, |this| {
                let fields = map.iter();
                Node::Map(
                    fields
                        .map(|(k, v)| (k.clone(), this.inside(PathPart::Field(k.clone()), v)))
                        .collect(),
                )
            }),
            literal => Node::Literal(literal.clone()),
        }
    }

    fn deep(&mut self, value: &Value, make: impl FnOnce(&mut Self) -> Node) -> Node {
        if self.path.len() < MAX_DEPTH {
            return make(self);
        }
        let error = too_deep().at(0);
        self.errors.push((self.path.clone(), error));
        Node::Literal(value.clone())
    }

    fn inside(&mut self, part: PathPart, value: &Value) -> Node {
        self.path.push(part);
        let node = self.node(value);
        self.path.pop();
        node
    }

    fn text(&mut self, text: &str, value: &Value) -> Node {
        match Template::compile(text, self.names) {
            Ok(template) => {
                self.heavy |= template.is_heavy();
                self.reads.extend(
                    template
                        .reads()
                        .iter()
                        .map(|read| (self.path.clone(), read.clone())),
                );
                Node::Template(template, self.path.len())
            }
            Err(error) => {
                self.errors.push((self.path.clone(), error));
                Node::Literal(value.clone())
            }
        }
    }
}

/// Whether a text in the value contains a template. Looks no deeper than values may nest.
fn has_template(value: &Value) -> bool {
    fn look(value: &Value, depth: usize) -> bool {
        match value {
            Value::Str(text) => text.contains("{{"),
            Value::List(items) => depth == 0 || items.iter().any(|item| look(item, depth - 1)),
            Value::Map(map) => depth == 0 || map.values().any(|item| look(item, depth - 1)),
            _ => false,
        }
    }
    look(value, MAX_DEPTH)
}

fn eval(node: &Node, scope: &dyn Scope, budget: &mut Budget) -> Result<Value, Box<TreeError>> {
    match node {
        Node::Literal(value) => Ok(value.clone()),
        Node::Template(template, depth) => {
            let value = template.eval(scope, budget)?;
            // The result is stored and read back, and reading limits the nesting.
            if *depth > 0 && nests_deeper_than(&value, MAX_DEPTH - depth) {
                return Err(too_deep().at(0).into());
            }
            Ok(value)
        }
        Node::List(items) => {
            budget.list(items.len())?;
            items
                .iter()
                .enumerate()
                .map(|(at, item)| {
                    eval(item, scope, budget).map_err(|error| under(error, PathPart::Index(at)))
                })
                .collect()
        }
        Node::Map(fields) => {
            budget.map(fields.len())?;
            let mut map = Map::with_capacity_and_hasher(fields.len(), Default::default());
            for (key, field) in fields {
                let value = eval(field, scope, budget)
                    .map_err(|error| under(error, PathPart::Field(key.clone())))?;
                map.insert(key.clone(), value);
            }
            Ok(map.into())
        }
    }
}

#[cold]
fn under(mut error: Box<TreeError>, part: PathPart) -> Box<TreeError> {
    error.path.push(part);
    error
}

fn too_deep() -> ExprError {
    ExprError::new(
        ErrorCode::NestingTooDeep,
        format!("the value would nest deeper than {MAX_DEPTH}"),
    )
}
