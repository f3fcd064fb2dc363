//! Says in plain sentences what a pipeline does: what it takes, each stage in order with what it
//! uses, branches and loops, what it touches outside, and what it answers.
//!
//! A large pipeline is summarized: the explanation never has more than about fifty parts.

mod large;
mod outside;
mod stage;

use serde::Serialize;

use super::look::Look;
use crate::{
    Value,
    check::MAX_STAGES,
    component::{BranchRole, Registry},
    diagnostic::{harmless, shown},
    expr::Root,
    model::{Pipeline, Scope},
};

/// The most stages that are each described.
const MOST_STAGES: usize = 40;

/// The most names in one enumeration.
const MOST_NAMES: usize = 6;

/// What a pipeline does.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// What it takes, does and answers, as one paragraph.
    pub summary: String,
    /// The steps in the order in which they run.
    pub parts: Vec<Part>,
}

/// One step of an explanation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Part {
    /// The id of the stage; `None` for the title of a branch and for several stages together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// How many control stages and branches it is inside.
    pub depth: usize,
    /// What happens, in one or a few sentences.
    pub text: String,
}

impl Explanation {
    /// The explanation as text: the summary, and a line per step.
    pub fn text(&self) -> String {
        let mut out = format!("{}\n", self.summary);
        if !self.parts.is_empty() {
            out.push('\n');
        }
        for part in &self.parts {
            out.push_str(&format!("{}- {}\n", "  ".repeat(part.depth), part.text));
        }
        out
    }
}

/// Explains a pipeline.
pub fn explain(pipeline: &Pipeline, registry: &Registry) -> Explanation {
    let look = (pipeline.stages.len() <= MAX_STAGES)
        .then(|| Look::new(pipeline, registry))
        .flatten();
    let Some(look) = look.filter(|look| !look.pipeline.stages.is_empty()) else {
        let why = match pipeline.stages.is_empty() {
            true => "has no stages yet",
            false => "has errors, so it cannot be told what it does",
        };
        return Explanation {
            summary: format!("The pipeline `{}` {why}.", shown(&pipeline.name)),
            parts: Vec::new(),
        };
    };
    let parts = match pipeline.stages.len() {
        0..=MOST_STAGES => {
            let mut parts = Vec::new();
            list(
                &look,
                &look.structure.scopes[0],
                &look.order[0],
                0,
                &mut parts,
            );
            parts
        }
        _ => large::parts(&look),
    };
    Explanation {
        summary: summary(&look),
        parts,
    }
}

fn summary(look: &Look<'_>) -> String {
    let pipeline = look.pipeline;
    let mut out = Vec::new();
    let description = pipeline.description.trim();
    if !description.is_empty() {
        let end = if description.ends_with(['.', '!', '?']) {
            ""
        } else {
            "."
        };
        let words: Vec<&str> = description.split_whitespace().collect();
        out.push(harmless(format!("{}{end}", words.join(" "))));
    }
    out.push(format!("It takes {}.", input(look)));
    let all = pipeline.stages.len();
    let top = look.order[0].len();
    out.push(match (all, all - top) {
        (1, _) => "It has one stage.".to_owned(),
        (_, 0) => format!("It has {all} stages."),
        (_, inner) => format!("It has {all} stages, {inner} of them inside control stages."),
    });
    out.push(outside::sentences(look));
    out.push(answer(look));
    out.join(" ")
}

/// `an object with `name` (text, required) and `top` (integer, 15 by default)`.
fn input(look: &Look<'_>) -> String {
    let schema = look.pipeline.input_schema.as_ref();
    let fields = schema.and_then(|schema| schema.get("properties")?.as_map());
    let required = schema.and_then(|schema| schema.get("required")?.as_list());
    if let Some(fields) = fields.filter(|fields| !fields.is_empty()) {
        let names = fields.iter().map(|(name, field)| {
            let kind = match field.get("type").and_then(Value::as_str) {
                Some("string") => "text",
                Some("array") => "a list",
                Some("integer") => "an integer",
                Some("number") => "a number",
                Some("boolean") => "true or false",
                Some("object") => "an object",
                _ => "any value",
            };
            let is_required =
                required.is_some_and(|all| all.iter().any(|one| one.as_str() == Some(&**name)));
            let rest = if is_required { ", required" } else { "" };
            format!("`{}` ({kind}{rest})", shown(name))
        });
        return format!("an object with {}", listed(&cut(names.collect())));
    }
    let mut names: Vec<String> = Vec::new();
    let reads = look.reads.iter().flat_map(|found| &found.reads);
    let mut whole = false;
    for read in reads.filter(|read| read.root == Root::Input) {
        match read.path.first() {
            Some(name) => add_name(&mut names, name),
            None => whole = true,
        }
    }
    match (names.is_empty(), whole) {
        (false, _) => format!("an object from which it reads {}", listed(&cut(names))),
        (true, true) => "any input".to_owned(),
        (true, false) => "no input".to_owned(),
    }
}

fn answer(look: &Look<'_>) -> String {
    let ending: Vec<String> = look
        .stages()
        .filter(|(number, _)| look.component(*number).name == "return")
        .map(|(number, _)| format!("`{}`", shown(look.id(number))))
        .collect();
    let early = match ending.is_empty() {
        true => String::new(),
        false => format!(" {} can end the run earlier.", listed(&cut(ending))),
    };
    if let Some(output) = &look.pipeline.output_stage {
        return format!(
            "The answer is the output of `{}`.{early}",
            shown(&output.value)
        );
    }
    let members = look.structure.scopes[0].members.iter();
    let sinks: Vec<String> = members
        .filter(|member| member.awaited_by.is_empty())
        .map(|member| format!("`{}`", shown(look.id(member.stage))))
        .collect();
    match sinks.as_slice() {
        [one] => format!("The answer is the output of {one}.{early}"),
        _ => format!(
            "The answer is an object with the outputs of {}.{early}",
            listed(&cut(sinks))
        ),
    }
}

/// Describes the stages of a list, with those inside them. A stage that several lists name is
/// described once.
fn list(look: &Look<'_>, scope: &Scope, order: &[u32], depth: usize, out: &mut Vec<Part>) {
    for number in order {
        let id = look.id(*number);
        if out.iter().any(|part| part.stage.as_deref() == Some(id)) {
            out.push(Part {
                stage: Some(id.to_owned()),
                depth,
                text: format!("`{}`, as above.", shown(id)),
            });
            continue;
        }
        out.push(Part {
            stage: Some(id.to_owned()),
            depth,
            text: stage::describe(look, scope, *number),
        });
        let mut opens = look.structure.stages[*number as usize].opens.clone();
        // The default route is last, after the named ones.
        opens.sort_by_key(|opened| &*look.structure.scopes[*opened as usize].branch == "default");
        for opened in opens {
            let inner = &look.structure.scopes[opened as usize];
            if inner.members.is_empty() {
                continue;
            }
            let title = title(inner);
            if let Some(title) = &title {
                out.push(Part {
                    stage: None,
                    depth: depth + 1,
                    text: title.clone(),
                });
            }
            let depth = depth + 1 + usize::from(title.is_some());
            list(look, inner, &look.order[opened as usize], depth, out);
        }
    }
}

/// The line above the stages of a branch.
fn title(scope: &Scope) -> Option<String> {
    Some(match scope.role? {
        BranchRole::Each => return None,
        BranchRole::Try => "It tries this:".to_owned(),
        BranchRole::Catch => "If that fails:".to_owned(),
        BranchRole::Finally => "At the end, in any case:".to_owned(),
        BranchRole::One | BranchRole::Any => match &*scope.branch {
            "true" => "If so:".to_owned(),
            "false" => "If not:".to_owned(),
            "default" => "Otherwise:".to_owned(),
            branch => {
                let name = branch.split_once('.').map_or(branch, |(_, name)| name);
                format!("For `{}`:", shown(name))
            }
        },
    })
}

/// Adds a name in backticks, if the list does not have it.
fn add_name(list: &mut Vec<String>, name: &str) {
    let name = format!("`{}`", shown(name));
    if list.len() < 100 && !list.contains(&name) {
        list.push(name);
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// The first names, and how many more there are.
fn cut(mut names: Vec<String>) -> Vec<String> {
    let more = names.len().saturating_sub(MOST_NAMES);
    if more > 1 {
        names.truncate(MOST_NAMES);
        names.push(format!("{more} more"));
    }
    names
}

/// `1 stage`, `2 stages`.
fn stages(count: usize) -> String {
    match count {
        1 => "1 stage".to_owned(),
        count => format!("{count} stages"),
    }
}
