//! Finds what the templates and expressions of a stage read, and which of them do not compile.

use std::collections::HashSet;

use indexmap::IndexMap;

use super::{Pipeline, Span, Stage};
use crate::{
    Value,
    component::{Descriptor, LazyField, LazyKind},
    expr::{Expr, ExprError, Names, Read, Root},
    source::Node,
    template::{PathPart, Tree, ValuePath, whole_expression},
};

/// A read with its position in the file.
#[derive(Clone, Debug)]
pub(crate) struct PlacedRead {
    pub root: Root,
    pub path: Vec<std::sync::Arc<str>>,
    /// The text that contains it.
    pub node: u32,
    /// The exact position.
    pub span: Span,
}

/// An error with its position in the file.
#[derive(Clone, Debug)]
pub(crate) struct PlacedError {
    pub error: ExprError,
    pub node: u32,
    pub span: Span,
}

/// The result of compiling a stage's inputs.
#[derive(Clone, Debug, Default)]
pub(crate) struct StageReads {
    pub reads: Vec<PlacedRead>,
    pub errors: Vec<PlacedError>,
    /// Errors with which every evaluation fails.
    pub failures: Vec<PlacedError>,
}

/// Compiles every input of a stage.
pub(crate) fn stage_reads(
    pipeline: &Pipeline,
    stage: &Stage,
    component: Option<&'static Descriptor>,
    index: &IndexMap<String, u32>,
    variables: &HashSet<String>,
) -> StageReads {
    let mut out = StageReads::default();
    for ((field, value), id) in stage.inputs.iter().zip(&stage.input_nodes) {
        let Some(node) = pipeline.document.node(*id) else {
            continue;
        };
        let inner = component.is_some_and(|c| c.inner.iter().any(|list| list.field == field));
        if inner {
            continue;
        }
        match component.and_then(|c| c.lazy.iter().find(|lazy| lazy.field == field)) {
            Some(lazy) => lazy_reads(
                &mut out,
                pipeline,
                node,
                lazy,
                &value.value,
                (index, variables),
            ),
            None if has_template(&value.value) => {
                let names = Names {
                    variables: Some(variables),
                    ..Names::of_stages(index).with_memo(&pipeline.memo)
                };
                tree_reads(&mut out, node, &value.value, &names);
            }
            None => {}
        }
    }
    out
}

/// Whether any text in the value contains a template. Otherwise the value is literal.
pub(crate) fn has_template(value: &Value) -> bool {
    match value {
        Value::Str(text) => text.contains("{{"),
        Value::List(items) => items.iter().any(has_template),
        Value::Map(map) => map.values().any(has_template),
        _ => false,
    }
}

fn lazy_reads(
    out: &mut StageReads,
    pipeline: &Pipeline,
    node: Node<'_>,
    lazy: &LazyField,
    value: &Value,
    (index, variables): (&IndexMap<String, u32>, &HashSet<String>),
) {
    let locals: Vec<&str> = lazy
        .names
        .iter()
        .copied()
        .filter(|name| *name != "*")
        .collect();
    let any_local = lazy.names.contains(&"*");
    let names = Names {
        stages: index,
        locals: &locals,
        any_local,
        memo: Some(&pipeline.memo),
        variables: Some(variables),
    };
    match (lazy.kind, value) {
        (LazyKind::Template, value) if has_template(value) => tree_reads(out, node, value, &names),
        (LazyKind::Template, _) => {}
        (_, Value::Str(text)) => {
            let (start, bare) = whole_expression(text);
            match Expr::compile(&bare, &names) {
                Ok(expr) => {
                    let condition = matches!(lazy.kind, LazyKind::Condition | LazyKind::Test);
                    if let Some(error) = pipeline.memo.failure(&expr, condition) {
                        out.failure(node, error, start);
                    }
                    expr.reads()
                        .iter()
                        .for_each(|read| out.read(node, read, start));
                }
                Err(error) => out.error(node, error, start),
            }
        }
        _ => {}
    }
}

fn tree_reads(out: &mut StageReads, node: Node<'_>, value: &Value, names: &Names<'_>) {
    match Tree::compile(value, names) {
        Ok(tree) => {
            for (path, expr, at) in tree.expressions() {
                if let Some(error) = names.memo.and_then(|memo| memo.failure(expr, false)) {
                    out.failure(inside(node, &path), error, at);
                }
            }
            for (path, read) in tree.reads() {
                out.read(inside(node, &path), &read, 0);
            }
        }
        Err(errors) => {
            for (path, error) in errors {
                out.error(inside(node, &path), error, 0);
            }
        }
    }
}

/// The node at `path` inside `node`.
fn inside<'a>(node: Node<'a>, path: &ValuePath) -> Node<'a> {
    path.iter().fold(node, |node, part| {
        let found = match part {
            PathPart::Field(key) => node.get(key),
            PathPart::Index(index) => node.item(*index),
        };
        found.unwrap_or(node)
    })
}

impl StageReads {
    fn read(&mut self, node: Node<'_>, read: &Read, start: usize) {
        self.reads.push(PlacedRead {
            root: read.root,
            path: read.path.clone(),
            node: node.id(),
            span: place(node, start.saturating_add(read.offset)),
        });
    }

    fn error(&mut self, node: Node<'_>, error: ExprError, start: usize) {
        self.errors.push(placed(node, error, start));
    }

    fn failure(&mut self, node: Node<'_>, error: ExprError, start: usize) {
        self.failures.push(placed(node, error, start));
    }
}

fn placed(node: Node<'_>, error: ExprError, start: usize) -> PlacedError {
    // An error without an offset is about the whole text.
    let span = match error.offset {
        usize::MAX => node.span(),
        offset => place(node, start.saturating_add(offset)),
    };
    PlacedError {
        error,
        node: node.id(),
        span,
    }
}

/// The span of one character, given its offset in the decoded text.
fn place(node: Node<'_>, offset: usize) -> Span {
    let start = node.source_offset(offset);
    let next = node.source_offset(offset.saturating_add(1));
    Span {
        start,
        end: next.max(start),
    }
}
