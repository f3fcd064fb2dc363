//! Changes that fix a problem, where there is an obvious one: a name that is similar to a known one, a
//! dependency that is missing or of no use, a field that has no effect.
//!
//! What the checks suggest in words becomes edits here. The result is not checked: whoever applies
//! the edits sees what is left.

#[cfg(test)]
mod tests;

use types::ErrorCode;

use crate::{
    check::Diagnostic,
    edit::{Edit, Layout, Position, Step},
    model::{Pipeline, Structure},
    source::{Kind, Node, Path, Segment},
};

/// The longest text in which a name is replaced, in bytes.
const LONGEST: usize = 100_000;

/// A change that fixes a problem.
#[derive(Clone, Debug, PartialEq)]
pub struct Fix {
    /// What it does, in a few words: `Use fetch`.
    pub label: String,
    /// The edits.
    pub edits: Vec<Edit>,
}

/// The change that fixes a problem of a pipeline; `None` if a person has to decide what to do.
pub fn fix(pipeline: &Pipeline, structure: &Structure, problem: &Diagnostic) -> Option<Fix> {
    let path = Path::parse(&problem.path)?;
    let node = pipeline.document.at(&path)?;
    let place = Place::of(pipeline, structure, problem, &path)?;
    let suggestion = problem.suggestion.as_deref()?;
    if problem.code == ErrorCode::MissingDependency {
        return add_dependency(structure, place.stage?, suggestion);
    }
    match suggestion {
        "remove it from `depends_on`" => {
            let id = node.text()?;
            return Some(Fix {
                label: format!("Remove {id}"),
                edits: vec![Edit::Disconnect {
                    stage: place.stage?,
                    on: id.into_owned(),
                    layout: Layout::default(),
                }],
            });
        }
        "keep one of the two" if problem.code == ErrorCode::UnknownField => {
            return Some(Fix {
                label: format!("Remove {}", node.key()?),
                edits: vec![place.unset()],
            });
        }
        _ => {}
    }
    let near = suggested(suggestion)?;
    if problem.span == node.key_span() && node.key().is_some() {
        return place.rename_key(node, near);
    }
    let text = node.text()?;
    if place.is_dependency() {
        return place.other_dependency(node, &text, near);
    }
    let value = match problem.span == node.span() {
        true => near.to_owned(),
        false => replaced(node, &text, problem, near)?,
    };
    Some(Fix {
        label: format!("Use {near}"),
        edits: vec![place.set(place.path.clone(), value.into(), Position::Last)],
    })
}

/// The name in `did you mean …?`, if it is quoted as it is.
fn suggested(suggestion: &str) -> Option<&str> {
    let near = suggestion
        .strip_prefix("did you mean `")?
        .strip_suffix("`?")?;
    (!near.is_empty() && !near.contains(['`', '\\'])).then_some(near)
}

/// `add "ID" to depends_on`.
fn add_dependency(structure: &Structure, stage: String, suggestion: &str) -> Option<Fix> {
    let id = suggestion
        .strip_prefix("add \"")?
        .strip_suffix("\" to `depends_on`")?;
    let known = structure.index.contains_key(id);
    known.then(|| Fix {
        label: format!("Wait for {id}"),
        edits: vec![connect(stage, id, Position::Last)],
    })
}

fn connect(stage: String, on: &str, at: Position) -> Edit {
    Edit::Connect {
        stage,
        on: on.to_owned(),
        at,
        layout: Layout::default(),
    }
}

/// The text with the name that the problem is about replaced by another one.
fn replaced(node: Node<'_>, text: &str, problem: &Diagnostic, near: &str) -> Option<String> {
    // The name comes last in the message.
    let (before, _) = problem.message.rsplit_once('`')?;
    let (_, name) = before.rsplit_once('`')?;
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    let plain = |name: &str| !name.is_empty() && name.chars().all(is_word);
    if !plain(name) || !plain(near) || text.len() > LONGEST {
        return None;
    }
    let whole = |at: &usize| {
        let before = text.get(..*at).and_then(|text| text.chars().next_back());
        let after = text.get(*at + name.len()..);
        let after = after.and_then(|text| text.chars().next());
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    };
    let mut found = text.match_indices(name).map(|(at, _)| at).filter(whole);
    let at = found.find(|at| node.source_offset(*at) >= problem.span.start)?;
    let (start, rest) = text.split_at(at);
    Some(format!("{start}{near}{}", rest.strip_prefix(name)?))
}

/// Where a problem is, in the terms of edits.
struct Place {
    /// The id of the stage; `None` for a field of the file.
    stage: Option<String>,
    path: Vec<Step>,
}

impl Place {
    fn of(
        pipeline: &Pipeline,
        structure: &Structure,
        problem: &Diagnostic,
        path: &Path,
    ) -> Option<Self> {
        let steps = |segments: &[Segment]| -> Vec<Step> {
            let steps = segments.iter().map(|segment| match segment {
                Segment::Key(key) => Step::Key(key.clone()),
                Segment::Index(index) => Step::Index(*index),
            });
            steps.collect()
        };
        let segments = path.segments();
        let Some(id) = &problem.stage else {
            let in_stages = matches!(segments.first(), Some(Segment::Key(key)) if key == "stages");
            return (!in_stages).then(|| Self {
                stage: None,
                path: steps(segments),
            });
        };
        let [Segment::Key(_), Segment::Index(at), inside @ ..] = segments else {
            return None;
        };
        // If two stages have the id, edits are about the first one.
        let number = *structure.index.get(id)?;
        let stage = pipeline.stages.get(number as usize)?;
        let node = pipeline.document.node(stage.node)?;
        (node.nth() == *at).then(|| Self {
            stage: Some(id.clone()),
            path: steps(inside),
        })
    }

    fn set(&self, path: Vec<Step>, value: crate::Value, at: Position) -> Edit {
        Edit::SetField {
            stage: self.stage.clone(),
            path,
            value,
            at,
            layout: Layout::default(),
        }
    }

    fn unset(&self) -> Edit {
        Edit::UnsetField {
            stage: self.stage.clone(),
            path: self.path.clone(),
            layout: Layout::default(),
        }
    }

    /// Gives a field another name, at its place.
    fn rename_key(&self, node: Node<'_>, near: &str) -> Option<Fix> {
        let object = node.parent()?;
        if object.kind() != Kind::Object || object.get(near).is_some() {
            return None;
        }
        let old = node.key()?.into_owned();
        let mut path = self.path.clone();
        *path.last_mut()? = near.into();
        Some(Fix {
            label: format!("Rename to {near}"),
            edits: vec![
                self.set(path, node.value(), Position::Before(old)),
                self.unset(),
            ],
        })
    }

    fn is_dependency(&self) -> bool {
        let list = Step::Key("depends_on".to_owned());
        matches!(self.path.as_slice(), [first, Step::Index(_)] if *first == list)
    }

    /// Waits for another stage than the one that is named.
    fn other_dependency(&self, node: Node<'_>, id: &str, near: &str) -> Option<Fix> {
        let stage = self.stage.clone()?;
        let mut others = node.parent()?.children();
        let is_there = others.any(|other| other.text().is_some_and(|text| text == near));
        let disconnect = Edit::Disconnect {
            stage: stage.clone(),
            on: id.to_owned(),
            layout: Layout::default(),
        };
        if is_there {
            return Some(Fix {
                label: format!("Remove {id}"),
                edits: vec![disconnect],
            });
        }
        let at = Position::Before(id.to_owned());
        Some(Fix {
            label: format!("Use {near}"),
            edits: vec![connect(stage, near, at), disconnect],
        })
    }
}
