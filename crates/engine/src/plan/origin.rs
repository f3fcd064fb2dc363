//! Locates the expressions of a stage in the file, for error messages.
//!
//! Costs nothing until something fails: only the text and the positions of inputs with expressions
//! are kept, and one input is parsed again when its error is shown.

use std::sync::Arc;

use crate::{
    component::StageError,
    expr::ExprError,
    model::{Pipeline, Span, Stage, has_template},
    source::{Document, Node, Segment},
    template::{PathPart, TreeError, expression_at, whole_expression},
};

/// The most characters of an expression that are shown.
const MOST_SHOWN: usize = 120;

/// The positions of a stage's inputs.
#[derive(Debug)]
pub(crate) struct Origins {
    source: Arc<str>,
    inputs: Box<[Input]>,
}

#[derive(Debug)]
struct Input {
    /// The component's own name for the input.
    field: Box<str>,
    /// The path inside the stage, as the file spells it: `config.value`.
    path: Box<str>,
    /// The position of the value in the file.
    span: Span,
}

/// The location of the expression that failed.
struct Found {
    path: String,
    /// Line and column, from 1.
    position: Option<(usize, usize)>,
    expression: Option<String>,
}

impl Origins {
    /// Records the inputs that may contain expressions: those with a template, and those that
    /// `is_lazy` reports as evaluated by the component.
    pub fn of(pipeline: &Pipeline, stage: &Stage, is_lazy: impl Fn(&str) -> bool) -> Self {
        let inputs = stage.inputs.iter().zip(&stage.input_nodes);
        let inputs = inputs
            .filter(|((field, value), _)| is_lazy(field) || has_template(&value.value))
            .filter_map(|((field, value), node)| {
                let path = pipeline.document.node(*node)?.path();
                Some(Input {
                    field: field.as_str().into(),
                    path: inside_stage(path.segments()).into(),
                    span: value.span,
                })
            });
        Self {
            source: pipeline.source.clone(),
            inputs: inputs.collect(),
        }
    }

    /// The error of a stage whose inputs could not be evaluated.
    #[cold]
    pub fn eager(&self, failed: TreeError) -> StageError {
        let mut path = failed.path.into_iter().rev();
        let field = match path.next() {
            Some(PathPart::Field(field)) => field,
            _ => "config".into(),
        };
        self.error(&field, &path.collect::<Vec<_>>(), failed.error, false)
    }

    /// The error of a stage whose component could not evaluate the templates in this field.
    #[cold]
    pub fn lazy(&self, field: &str, failed: TreeError) -> StageError {
        let path: Vec<_> = failed.path.into_iter().rev().collect();
        self.error(field, &path, failed.error, false)
    }

    /// The error of a stage whose component could not evaluate this field, which is an expression
    /// as a whole.
    #[cold]
    pub fn whole(&self, field: &str, error: ExprError) -> StageError {
        self.error(field, &[], error, true)
    }

    fn error(&self, field: &str, path: &[PathPart], error: ExprError, whole: bool) -> StageError {
        let found = self.find(field, path, error.offset, whole);
        let mut message = format!("`{}`", found.path);
        if let Some((line, column)) = found.position {
            message.push_str(&format!(" (line {line}, column {column})"));
        }
        message.push_str(&format!(" cannot be evaluated: {}", error.message));
        if let Some(suggestion) = &error.suggestion {
            message.push_str(&format!(" ({suggestion})"));
        }
        message.push('.');
        if let Some(expression) = &found.expression {
            message.push_str(&format!(" Expression: `{expression}`."));
        }
        if !error.operands.is_empty() {
            let operands: Vec<String> = error.operands.iter().map(ToString::to_string).collect();
            let what = if operands.len() == 1 {
                "Value"
            } else {
                "Values"
            };
            message.push_str(&format!(" {what}: {}.", operands.join(", ")));
        }
        StageError::new(error.code, message)
    }

    fn find(&self, field: &str, path: &[PathPart], offset: usize, whole: bool) -> Found {
        let input = self.inputs.iter().find(|input| &*input.field == field);
        let mut found = Found {
            path: input.map_or_else(|| format!("config.{field}"), |input| input.path.to_string()),
            position: None,
            expression: None,
        };
        path.iter().for_each(|part| push(&mut found.path, part));
        let Some(input) = input else {
            return found;
        };
        let value = self.source.get(input.span.start..input.span.end);
        let Some(document) = value.and_then(|value| Document::parse(value).ok()) else {
            return found;
        };
        let Some(node) = walk(document.root(), path) else {
            return found;
        };
        let text = node.text().unwrap_or_default();
        let (expression, offset) = if whole {
            let (start, _) = whole_expression(&text);
            (Some((start, bare(&text))), start.saturating_add(offset))
        } else {
            (expression_at(&text, offset), offset)
        };
        let at = match expression {
            _ if offset < text.len() => node.source_offset(offset),
            Some((start, _)) => node.source_offset(start),
            None => node.span().start,
        };
        found.position = Some(self.position(input.span.start + at));
        found.expression = expression.map(|(_, expression)| shorten(expression));
        found
    }

    /// Line and column of a byte of the file, from 1. Columns count characters.
    fn position(&self, at: usize) -> (usize, usize) {
        let before = self.source.get(..at).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        let column = before[line_start..].trim_start_matches('\u{feff}');
        (before.matches('\n').count() + 1, column.chars().count() + 1)
    }
}

/// `config.value` for `$.stages[3].config.value`.
fn inside_stage(segments: &[Segment]) -> String {
    let mut out = String::new();
    for segment in segments.iter().skip(2) {
        match segment {
            Segment::Key(key) => push(&mut out, &PathPart::Field(key.as_str().into())),
            Segment::Index(index) => push(&mut out, &PathPart::Index(*index)),
        }
    }
    out
}

fn push(path: &mut String, part: &PathPart) {
    match part {
        PathPart::Field(name) if path.is_empty() => path.push_str(name),
        PathPart::Field(name) => {
            path.push('.');
            path.push_str(name);
        }
        PathPart::Index(index) => path.push_str(&format!("[{index}]")),
    }
}

fn walk<'d>(root: Node<'d>, path: &[PathPart]) -> Option<Node<'d>> {
    path.iter().try_fold(root, |node, part| match part {
        PathPart::Field(key) => node.get(key),
        PathPart::Index(index) => node.item(*index),
    })
}

/// An expression without delimiters that enclose all of it.
fn bare(text: &str) -> &str {
    let text = text.trim();
    let inner = text.strip_prefix("{{").and_then(|t| t.strip_suffix("}}"));
    inner.filter(|t| !t.contains("{{")).map_or(text, str::trim)
}

/// The expression on one line, shortened if it is long.
fn shorten(expression: &str) -> String {
    let line = expression.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MOST_SHOWN) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
