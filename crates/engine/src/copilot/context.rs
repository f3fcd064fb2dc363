//! What a model is given: the instructions, the components that matter, the pipeline without secrets,
//! and what went wrong.

use std::collections::BTreeSet;

use super::{Fence, Suspicion, Task, schemas, suspicion::suspicions};
use crate::{
    advice::{self, Cause, secrets::masked_with_names as masked},
    check,
    component::Registry,
    diagnostic::shown,
    model::{Pipeline, Stage},
};

/// How the edits, the claims and the answer are written.
const INSTRUCTIONS: &str = include_str!("instructions.md");

/// The most bytes that a model is given, without the instructions.
pub const DEFAULT_BUDGET: usize = 60_000;

/// A text that somebody attaches: an output, a page, an error message. It is data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Its name.
    pub name: String,
    /// The text.
    pub text: String,
}

/// What a brief is made of.
#[derive(Clone, Copy, Debug)]
pub struct Material<'a> {
    /// What is to be done.
    pub task: Task,
    /// What the person wants, in their words.
    pub words: &'a str,
    /// The pipeline's text.
    pub source: &'a str,
    /// The id of the stage that is selected.
    pub selected: Option<&'a str>,
    /// Why a run failed.
    pub failure: Option<&'a Cause>,
    /// What is attached.
    pub documents: &'a [Document],
    /// The most bytes of the prompt.
    pub budget: usize,
}

/// What a model is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brief {
    /// The system prompt.
    pub system: String,
    /// The prompt.
    pub prompt: String,
    /// What did not fit, in the order in which it was left out.
    pub left_out: Vec<String>,
    /// The data that seems to speak to the model, whether or not it fitted.
    pub suspicions: Vec<Suspicion>,
}

/// A part of the prompt.
struct Section {
    /// What is left out first has the highest rank; 0 stays.
    rank: u8,
    name: String,
    text: String,
}

/// Writes the brief for a model. Secrets in the form of well-known keys, and values of fields that hold
/// secrets, are replaced by stars. What comes from data stands in parts that are marked with the
/// fence's word.
pub fn brief(material: &Material<'_>, fence: &Fence, registry: &Registry) -> Brief {
    let pipeline = Pipeline::parse(material.source, registry).ok();
    let mut sections = vec![Section {
        rank: 0,
        name: "the list of components".to_owned(),
        text: format!("The components:\n{}", schemas::list(registry)),
    }];
    components(material, pipeline.as_ref(), registry, &mut sections);
    let mut suspicions = Vec::new();
    findings(material, fence, pipeline.as_ref(), registry, &mut sections);
    failure(material, fence, &mut sections, &mut suspicions);
    documents(material, fence, registry, &mut sections, &mut suspicions);
    suspicions.extend(suspicions_of(material.source, pipeline.as_ref()));

    let words = request(material);
    let mut left_out = Vec::new();
    let text = without_secrets(material.source, pipeline.as_ref());
    let fixed = words.len() + 400;
    let used = |sections: &[Section]| sections.iter().map(|one| one.text.len() + 2).sum::<usize>();
    while used(&sections) + text.len() + fixed > material.budget {
        let last = (0..sections.len())
            .filter(|at| sections.get(*at).is_some_and(|one| one.rank > 0))
            .max_by_key(|at| sections.get(*at).map(|one| (one.rank, *at)));
        let Some(last) = last else { break };
        left_out.push(sections.remove(last).name);
    }
    let room = material.budget.saturating_sub(used(&sections) + fixed);
    let text = if text.len() <= room {
        text
    } else {
        left_out.push("stages of the pipeline".to_owned());
        outline(material, pipeline.as_ref(), &text, room)
    };
    let mut prompt: Vec<String> = sections.iter().map(|one| one.text.clone()).collect();
    prompt.insert(
        1.min(prompt.len()),
        format!("The pipeline:\n{}", fence.around("pipeline", &text)),
    );
    prompt.push(words);
    Brief {
        system: INSTRUCTIONS.replace("{{WORD}}", fence.word()),
        prompt: prompt.join("\n\n"),
        left_out,
        suspicions,
    }
}

/// What the person wants. It is no data: it is what the model is to do.
fn request(material: &Material<'_>) -> String {
    let selected = material.selected.map_or_else(String::new, |id| {
        format!("The stage `{}` is selected.\n", shown(id))
    });
    format!(
        "The task: {}\n{selected}What the person wants:\n{}",
        material.task.sentence(),
        masked(material.words.trim())
    )
}

/// The inputs of the pipeline's components, and of those that are found for the request.
fn components(
    material: &Material<'_>,
    pipeline: Option<&Pipeline>,
    registry: &Registry,
    sections: &mut Vec<Section>,
) {
    let mut known = BTreeSet::new();
    for stage in pipeline.into_iter().flat_map(|it| &it.stages) {
        known.extend(registry.get(&stage.component.value).map(|it| it.name));
    }
    let own = known.iter().filter_map(|name| registry.get(name));
    let found = schemas::found(material.words, registry, &known);
    for (rank, component) in own
        .map(|it| (2, it))
        .chain(found.into_iter().map(|it| (5, it)))
    {
        sections.push(Section {
            rank,
            name: format!("the inputs of {}", component.name),
            text: format!(
                "The inputs of `{}`: {}",
                component.name,
                schemas::inputs(component)
            ),
        });
    }
}

/// What the checks and the advice say about the pipeline. They quote it, so this is data.
fn findings(
    material: &Material<'_>,
    fence: &Fence,
    pipeline: Option<&Pipeline>,
    registry: &Registry,
    sections: &mut Vec<Section>,
) {
    let mut lines = Vec::new();
    match pipeline {
        None => {
            let found = Pipeline::parse(material.source, registry).err();
            for one in found.into_iter().flatten() {
                lines.push(format!("error at line {}: {}", one.line, one.message));
            }
        }
        Some(pipeline) => {
            for one in check::check(pipeline, registry) {
                lines.push(format!("{} at {}: {}", one.code, one.path, one.message));
            }
            if !matches!(material.task, Task::Generate | Task::Explain) {
                for one in advice::findings(pipeline, registry) {
                    lines.push(format!(
                        "{} at {}: {}",
                        one.rule.as_str(),
                        one.path,
                        one.message
                    ));
                }
            }
        }
    }
    if !lines.is_empty() {
        sections.push(Section {
            rank: 4,
            name: "the findings".to_owned(),
            text: format!(
                "What the checks find:\n{}",
                fence.around("findings", &masked(&lines.join("\n")))
            ),
        });
    }
}

fn failure(
    material: &Material<'_>,
    fence: &Fence,
    sections: &mut Vec<Section>,
    suspicions_found: &mut Vec<Suspicion>,
) {
    let Some(cause) = material.failure else {
        return;
    };
    let mut lines = vec![
        format!("{}: {}", cause.code, cause.message),
        cause.text.clone(),
    ];
    lines.extend(
        cause
            .evidence
            .iter()
            .map(|one| format!("event {}: {}", one.seq, one.text)),
    );
    lines.extend(cause.help.clone());
    suspicions_found.extend(suspicions("run", &cause.message));
    sections.push(Section {
        rank: 3,
        name: "the failed run".to_owned(),
        text: format!(
            "The failed run:\n{}",
            fence.around("run", &masked(&lines.join("\n")))
        ),
    });
}

fn documents(
    material: &Material<'_>,
    fence: &Fence,
    registry: &Registry,
    sections: &mut Vec<Section>,
    suspicions_found: &mut Vec<Suspicion>,
) {
    for document in material.documents {
        let parsed = Pipeline::parse(document.text.as_str(), registry).ok();
        let text = without_secrets(&document.text, parsed.as_ref());
        suspicions_found.extend(suspicions("document", &document.name));
        suspicions_found.extend(suspicions("document", &document.text));
        sections.push(Section {
            rank: 6,
            name: format!("the document {}", shown(&document.name)),
            text: format!(
                "A document:\n{}",
                fence.around("document", &format!("{}\n{text}", shown(&document.name)))
            ),
        });
    }
}

/// The texts and keys of the pipeline, each by itself: in the file, many can be in one line.
fn suspicions_of(source: &str, pipeline: Option<&Pipeline>) -> Vec<Suspicion> {
    let Some(pipeline) = pipeline else {
        return suspicions("pipeline", source);
    };
    let mut out = Vec::new();
    for node in (0u32..).map_while(|id| pipeline.document.node(id)) {
        for text in [node.key(), node.text()].into_iter().flatten() {
            out.extend(suspicions("pipeline", &text));
        }
        if out.len() >= 8 {
            break;
        }
    }
    out
}

/// A text with stars in place of its secrets.
fn without_secrets(text: &str, pipeline: Option<&Pipeline>) -> String {
    match pipeline {
        Some(pipeline) => masked(&advice::without_secrets(pipeline)),
        None => masked(text),
    }
}

/// A pipeline that does not fit: the stages that matter as they are written, of the others what they
/// are and what they wait for.
fn outline(
    material: &Material<'_>,
    pipeline: Option<&Pipeline>,
    text: &str,
    room: usize,
) -> String {
    let mut out = "This is an outline; most stages are shortened.\n".to_owned();
    match pipeline {
        None => out.push_str(text),
        Some(pipeline) => {
            for stage in &pipeline.stages {
                out.push_str(&outlined(material, stage, text));
                out.push('\n');
            }
        }
    }
    if out.len() > room {
        let end = (0..=room).rev().find(|at| out.is_char_boundary(*at));
        out.truncate(end.unwrap_or_default());
        out.push_str("\n… (cut)");
    }
    out
}

fn outlined(material: &Material<'_>, stage: &Stage, text: &str) -> String {
    let id = stage.id.value.as_str();
    let failed = material.failure.and_then(|cause| cause.stage_id.as_deref());
    let named = material.words.contains(id) || material.selected == Some(id) || failed == Some(id);
    // Stars have the length of what they stand for in bytes, unless a character had several.
    if let Some(written) = text
        .get(stage.span.start..stage.span.end)
        .filter(|written| named && written.starts_with('{') && written.ends_with('}'))
    {
        return written.to_owned();
    }
    let waits: Vec<&str> = stage
        .depends_on
        .iter()
        .map(|on| on.value.as_str())
        .collect();
    serde_json::json!({
        "id": masked(id), "component": stage.component.value, "depends_on": waits,
    })
    .to_string()
}
