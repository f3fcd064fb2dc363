//! What templates and expressions of a stage come to with the values of a run, for the form of an
//! editor.
//!
//! Nothing of the environment is read, and nothing secret is shown: an expression that reads the
//! environment, or a field with the name of a secret, is stars, and so is what looks like a key. Each
//! text has a small budget.

mod scope;
mod shown;
#[cfg(test)]
mod tests;

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use crate::{
    Value,
    advice::secrets::{is_secret_name, masked_with_names},
    component::{Descriptor, LazyField, LazyKind},
    expr::{Budget, Expr, ExprError, Names, Read, Root},
    model::{Pipeline, Structure},
    run::{Asked, Recorded},
    template::{Piece, cut, whole_expression},
};
use scope::{KnownStage, RunScope};
pub use shown::Shown;
use shown::{STARS, place_of, shown};

/// The time limit of one text.
const TIME: Duration = Duration::from_millis(50);

/// A text of a stage, as an editor has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageText {
    /// The text.
    pub text: String,
    /// The input of the component that it belongs to, by its own name. Some inputs are expressions
    /// without delimiters. `None`: a text with templates.
    pub field: Option<String>,
}

/// What a text comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Filled {
    /// Whether there is something to fill in: the text has templates, or it is an expression.
    pub computed: bool,
    /// The value; `None` if there is none.
    pub value: Option<Shown>,
    /// What is read and is not known, such as `upstream.fetch` or `context.total`.
    pub missing: Vec<String>,
    /// Why there is no value.
    pub problem: Option<FilledProblem>,
}

/// Why a text has no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilledProblem {
    /// What is wrong, in one sentence.
    pub message: String,
    /// What to write instead, if known.
    pub suggestion: Option<String>,
    /// Where in the text, in characters.
    pub offset: usize,
    /// How many characters it is about.
    pub length: usize,
    /// Whether it is the text that is wrong, whatever a run has.
    pub in_text: bool,
}

/// Compiled texts of a stage.
#[derive(Debug)]
pub struct StageTexts {
    stage: String,
    texts: Vec<Compiled>,
    known: HashMap<u32, KnownStage>,
    asked: Asked,
}

#[derive(Debug)]
struct Compiled {
    text: String,
    /// Whether its field has the name of a secret.
    secret: bool,
    code: Result<Code, ExprError>,
}

#[derive(Debug)]
enum Code {
    Literal,
    Template(Vec<Part>),
    Whole {
        expr: Expr,
        at: usize,
        kind: LazyKind,
    },
}

#[derive(Debug)]
enum Part {
    Plain(String),
    Template { expr: Expr, at: usize },
}

impl StageTexts {
    /// Compiles texts of a stage. The stage may be one that the pipeline does not have.
    pub fn compile(
        pipeline: &Pipeline,
        structure: &Structure,
        stage: &str,
        texts: Vec<StageText>,
    ) -> Self {
        let number = structure.index.get(stage).copied();
        let shape = number.and_then(|number| structure.stages.get(number as usize));
        let component = shape.and_then(|shape| shape.component);
        let mut compiled = Self {
            stage: stage.to_owned(),
            texts: texts
                .into_iter()
                .map(|text| compile(pipeline, structure, component, text))
                .collect(),
            known: HashMap::new(),
            asked: Asked::default(),
        };
        compiled.look_at_reads(structure);
        compiled
    }

    fn look_at_reads(&mut self, structure: &Structure) {
        let mut numbers = HashSet::new();
        let mut all = false;
        let mut names = HashSet::new();
        for read in self.texts.iter().flat_map(Compiled::reads) {
            match (read.root, read.path.first()) {
                (Root::Upstream(number), _) => {
                    numbers.insert(number);
                }
                (Root::AllUpstream, _) => all = true,
                (Root::Context, Some(name)) => {
                    names.insert(name.to_string());
                }
                _ => {}
            }
        }
        for (id, number) in &structure.index {
            if !all && !numbers.contains(number) {
                continue;
            }
            let shape = structure.stages.get(*number as usize);
            let component = shape.and_then(|shape| shape.component);
            let known = KnownStage {
                id: id.clone(),
                own_field: component.and_then(|component| component.own_field),
            };
            self.known.insert(*number, known);
        }
        let ids = self.known.values().map(|known| known.id.clone());
        self.asked = Asked {
            stages: (!all).then(|| ids.collect()),
            names,
        };
    }

    /// The stage.
    pub fn stage(&self) -> &str {
        &self.stage
    }

    /// What is to be read of a run.
    pub fn asked(&self) -> &Asked {
        &self.asked
    }

    /// Whether a text has something to fill in that compiles.
    pub fn need_a_run(&self) -> bool {
        let computed =
            |text: &Compiled| matches!(text.code, Ok(Code::Template(_) | Code::Whole { .. }));
        self.texts.iter().any(computed)
    }

    /// What the texts come to. Without a run there are only the problems of the texts themselves.
    pub fn fill(&self, recorded: Option<&Recorded>) -> Vec<Filled> {
        let texts = self.texts.iter();
        texts.map(|text| self.filled(text, recorded)).collect()
    }

    fn filled(&self, text: &Compiled, recorded: Option<&Recorded>) -> Filled {
        let mut filled = Filled {
            computed: !matches!(text.code, Ok(Code::Literal)),
            value: None,
            missing: Vec::new(),
            problem: None,
        };
        let code = match &text.code {
            Ok(Code::Literal) => return filled,
            Ok(code) => code,
            Err(error) => {
                filled.problem = Some(problem(text, error, true));
                return filled;
            }
        };
        let Some(recorded) = recorded else {
            return filled;
        };
        if text.secret {
            filled.value = Some(Shown::text(STARS.to_owned()));
            return filled;
        }
        let scope = RunScope {
            recorded,
            known: &self.known,
        };
        match evaluate(code, &scope) {
            Ok(value) => filled.value = Some(value),
            Err(error) => {
                filled.missing = self.missing(text, recorded);
                if filled.missing.is_empty() {
                    filled.problem = Some(problem(text, &error, false));
                }
            }
        }
        filled
    }

    fn missing(&self, text: &Compiled, recorded: &Recorded) -> Vec<String> {
        let mut missing = Vec::new();
        for read in text.reads() {
            let name = read.path.first();
            let found = match read.root {
                Root::Upstream(number) => {
                    let known = self.known.get(&number);
                    known
                        .filter(|known| recorded.output(&known.id).is_none())
                        .map(|known| format!("upstream.{}", known.id))
                }
                Root::Context => name
                    .filter(|name| recorded.context(name).is_none())
                    .map(|name| format!("context.{name}")),
                Root::Local => name.map(ToString::to_string),
                Root::Input | Root::AllUpstream | Root::Env => None,
            };
            missing.extend(found.filter(|name| !missing.contains(name)));
        }
        missing
    }
}

impl Compiled {
    fn reads(&self) -> impl Iterator<Item = &Read> {
        let parts: &[Part] = match &self.code {
            Ok(Code::Template(parts)) => parts,
            _ => &[],
        };
        let whole = match &self.code {
            Ok(Code::Whole { expr, .. }) => Some(expr),
            _ => None,
        };
        let of_parts = parts.iter().filter_map(|part| match part {
            Part::Plain(_) => None,
            Part::Template { expr, .. } => Some(expr),
        });
        of_parts.chain(whole).flat_map(Expr::reads)
    }
}

fn compile(
    pipeline: &Pipeline,
    structure: &Structure,
    component: Option<&'static Descriptor>,
    text: StageText,
) -> Compiled {
    let field = text.field.as_deref();
    let lazy: Option<&LazyField> = component.and_then(|component| {
        let mut lazy = component.lazy.iter();
        lazy.find(|lazy| Some(lazy.field) == field)
    });
    let names = lazy.map_or(&[][..], |lazy| lazy.names);
    let locals: Vec<&str> = names.iter().copied().filter(|name| *name != "*").collect();
    let names = Names {
        locals: &locals,
        any_local: names.contains(&"*"),
        variables: Some(&structure.variables),
        ..Names::of_stages(&structure.index).with_memo(&pipeline.memo)
    };
    let code = match lazy.map(|lazy| lazy.kind) {
        Some(kind @ (LazyKind::Condition | LazyKind::Test | LazyKind::Expression)) => {
            whole(&text.text, kind, &names)
        }
        Some(LazyKind::Template) | None => template(&text.text, &names),
    };
    Compiled {
        secret: field.is_some_and(is_secret_name),
        text: text.text,
        code,
    }
}

fn whole(text: &str, kind: LazyKind, names: &Names<'_>) -> Result<Code, ExprError> {
    let (at, expression) = whole_expression(text);
    if expression.is_empty() {
        return Ok(Code::Literal);
    }
    let expr = Expr::compile(&expression, names).map_err(|error| moved(error, at))?;
    Ok(Code::Whole { expr, at, kind })
}

fn template(text: &str, names: &Names<'_>) -> Result<Code, ExprError> {
    let mut parts = Vec::new();
    for piece in cut(text)? {
        parts.push(match piece {
            Piece::Plain(plain) => Part::Plain(plain.to_owned()),
            Piece::Template(inner, at) => {
                let expr = Expr::compile(inner, names).map_err(|error| moved(error, at))?;
                Part::Template { expr, at }
            }
        });
    }
    let is_literal = parts.iter().all(|part| matches!(part, Part::Plain(_)));
    Ok(match is_literal {
        true => Code::Literal,
        false => Code::Template(parts),
    })
}

fn evaluate(code: &Code, scope: &RunScope<'_>) -> Result<Shown, ExprError> {
    let mut budget = Budget::standard().with_time(TIME);
    match code {
        Code::Literal => Ok(Shown::text(String::new())),
        Code::Whole { expr, at, kind } => part(expr, *at, *kind, scope, &mut budget),
        Code::Template(parts) => {
            if let [Part::Template { expr, at }] = parts.as_slice() {
                return part(expr, *at, LazyKind::Template, scope, &mut budget);
            }
            let mut whole = Shown::text(String::new());
            for piece in parts {
                match piece {
                    Part::Plain(plain) => whole.push(plain),
                    Part::Template { expr, at } => {
                        let value = part(expr, *at, LazyKind::Template, scope, &mut budget)?;
                        whole.push(&value.text);
                        whole.truncated |= value.truncated;
                    }
                }
            }
            Ok(whole.finish())
        }
    }
}

/// The value of one expression, which begins at `at`.
fn part(
    expr: &Expr,
    at: usize,
    kind: LazyKind,
    scope: &RunScope<'_>,
    budget: &mut Budget,
) -> Result<Shown, ExprError> {
    if is_hidden(expr) {
        return Ok(Shown::text(STARS.to_owned()));
    }
    let value = match kind {
        LazyKind::Condition => expr.test(scope, budget).map(Value::Bool),
        LazyKind::Test => expr.decide(scope, budget),
        LazyKind::Expression | LazyKind::Template => expr.eval(scope, budget),
    };
    Ok(shown(&value.map_err(|error| moved(error, at))?))
}

/// Whether an expression may give something secret: it reads the environment, or a field whose name
/// says so.
fn is_hidden(expr: &Expr) -> bool {
    expr.reads()
        .iter()
        .any(|read| read.root == Root::Env || read.path.iter().any(|name| is_secret_name(name)))
}

fn problem(text: &Compiled, error: &ExprError, in_text: bool) -> FilledProblem {
    let (offset, length) = place_of(&text.text, error.offset);
    let message = match in_text {
        true => error.message.clone(),
        // It may quote values of the run.
        false => masked_with_names(&error.message),
    };
    FilledProblem {
        message: types::sentence(&message).into_owned(),
        suggestion: error.suggestion.clone(),
        offset,
        length,
        in_text,
    }
}

/// Moves the offset of an error, for an expression that begins at `at`.
fn moved(mut error: ExprError, at: usize) -> ExprError {
    error.offset = error.offset.saturating_add(at);
    error
}
