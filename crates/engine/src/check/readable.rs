//! Lists what the templates of a stage can read, for completion in editors.

use std::collections::{HashSet, VecDeque};

use super::visible::Visible;
use crate::{
    model::{DeclaredName, Pipeline, Scope, Structure, names_of},
    value::Value,
};

/// More names than this are not listed. The ones nearest to the stage come first.
const MAX_LISTED: usize = 1000;

/// Something that a template can read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readable {
    /// How it is written, such as `upstream.fetch.body`.
    pub text: String,
    /// The stage that it comes from; `None` for the input of the run.
    pub stage: Option<String>,
    /// What it is, in one sentence; empty if nothing describes it.
    pub about: String,
}

/// What the templates of a stage can read: the names that the control stages around it bind, the
/// input of the run, and the outputs and variables of the stages that have ended when it starts.
/// Empty if there is no such stage.
pub fn readable(pipeline: &Pipeline, structure: &Structure, stage: &str) -> Vec<Readable> {
    let Some(&number) = structure.index.get(stage) else {
        return Vec::new();
    };
    let mut list = List::default();
    bound(pipeline, structure, number, &mut list);
    input(pipeline, &mut list);
    if !structure.too_deep {
        outputs(pipeline, structure, number, &mut list);
    }
    list.found
}

#[derive(Default)]
struct List {
    found: Vec<Readable>,
    told: HashSet<String>,
}

impl List {
    fn add(&mut self, text: String, stage: Option<&str>, about: &str) {
        if self.found.len() < MAX_LISTED && self.told.insert(text.clone()) {
            self.found.push(Readable {
                text,
                stage: stage.map(Into::into),
                about: about.to_owned(),
            });
        }
    }
}

/// The names of `context` that the control stages around a stage bind, the innermost first.
fn bound(pipeline: &Pipeline, structure: &Structure, number: u32, list: &mut List) {
    for scope in around(structure, number) {
        let Some(control) = scope.control.map(|control| control as usize) else {
            continue;
        };
        let (stage, shape) = (&pipeline.stages[control], &structure.stages[control]);
        let id = Some(stage.id.value.as_str());
        if let Some(component) = shape.component {
            names_of(stage, component.binds, |said, _| {
                if let DeclaredName::Name(name) = said {
                    list.add(field("context", name), id, "");
                }
            });
        }
        for name in scope.role.map_or(&[][..], |role| role.names()) {
            list.add(field("context", name), id, "");
        }
    }
}

/// The scopes around a stage, the innermost first.
fn around(structure: &Structure, number: u32) -> Vec<&Scope> {
    let mut out = Vec::new();
    let mut seen = HashSet::from([number]);
    let mut open = VecDeque::from([number]);
    while let Some(stage) = open.pop_front() {
        for scope in &structure.stages[stage as usize].scopes {
            let scope = &structure.scopes[*scope as usize];
            out.push(scope);
            open.extend(scope.control.filter(|control| seen.insert(*control)));
        }
    }
    out
}

fn input(pipeline: &Pipeline, list: &mut List) {
    list.add("input".to_owned(), None, "The input of the run.");
    let schema = pipeline.input_schema.as_ref();
    let fields = schema.and_then(|schema| schema.get("properties")?.as_map());
    for (name, described) in fields.into_iter().flatten() {
        let about = described.get("description").and_then(Value::as_str);
        let about = sentence(about.unwrap_or_default());
        list.add(field("input", name), None, about);
    }
}

/// The outputs and variables of the stages that have ended, the last ones of the file first.
fn outputs(pipeline: &Pipeline, structure: &Structure, number: u32, list: &mut List) {
    let visible = Visible::new(structure);
    let stages: Vec<_> = (0u32..).zip(&pipeline.stages).collect();
    for (other, stage) in stages.into_iter().rev() {
        let id = stage.id.value.as_str();
        let known = !id.is_empty() && structure.index.get(id) == Some(&other);
        if other == number || !known || visible.sees(number, other) != Some(true) {
            continue;
        }
        let whole = output(id);
        list.add(whole.clone(), Some(id), "");
        let Some(component) = structure.stages[other as usize].component else {
            continue;
        };
        let schema = (component.output_schema)();
        let fields = schema.get("properties").and_then(|all| all.as_object());
        for (name, described) in fields.into_iter().flatten() {
            let about = described.get("description").and_then(|text| text.as_str());
            let about = sentence(about.unwrap_or_default());
            list.add(field(&whole, name), Some(id), about);
        }
        names_of(stage, component.sets, |said, _| {
            if let DeclaredName::Name(name) = said {
                list.add(field("context", name), Some(id), "");
            }
        });
    }
}

/// How the output of a stage is written. An id may have hyphens.
fn output(id: &str) -> String {
    match id
        .chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
    {
        true => format!("upstream.{id}"),
        false => format!("upstream{}", literal(id)),
    }
}

/// How a field is written.
fn field(whole: &str, name: &str) -> String {
    let word = name.chars().all(|c| c.is_alphanumeric() || c == '_');
    match word && !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) {
        true => format!("{whole}.{name}"),
        false => format!("{whole}{}", literal(name)),
    }
}

fn literal(name: &str) -> String {
    format!("['{}']", name.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// The first sentence of a text.
fn sentence(text: &str) -> &str {
    text.find(". ")
        .and_then(|end| text.get(..=end))
        .unwrap_or(text)
}
