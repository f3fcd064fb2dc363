//! Sets and removes the value at a path.

use types::ErrorCode;

use super::values::{Made, New, replace, written};
use crate::{
    Map, Value,
    edit::{
        Edit, EditError, Layout, Position, Step,
        sheet::{Owner, Sheet, path_text, stage_of},
        style::{Around, Style},
        tree::{Container, Docs, Item},
    },
    source::Kind,
    value::MAX_DEPTH,
};

/// What setting a value has changed.
#[derive(Debug)]
pub(in crate::edit) enum Was {
    /// Nothing: the value was the same.
    Same,
    /// The value at the first steps of the path was another one.
    Replaced {
        steps: usize,
        value: Value,
        text: Option<String>,
    },
    /// There was none. `created` objects around it are new, too.
    Added { created: u32, gap: Option<String> },
}

/// What removing a value has changed.
#[derive(Debug)]
pub(in crate::edit) enum Removed {
    /// The field at the first steps of the path is gone.
    Field {
        steps: usize,
        value: Value,
        at: Position,
        layout: Layout,
    },
    /// The list at the first steps of the path has lost an item.
    Item {
        steps: usize,
        value: Value,
        text: String,
    },
    /// Something, but nobody asked how to undo it.
    Untold,
}

impl Sheet<'_> {
    /// Sets the value at a path.
    pub fn set(
        &mut self,
        owner: Owner,
        path: &[Step],
        value: &Value,
        at: &Position,
        layout: &Layout,
    ) -> Result<Was, EditError> {
        not_too_deep(path, value)?;
        let Self {
            docs, root, style, ..
        } = self;
        let (mut container, mut around) = owner_of(docs, style, root, owner)?;
        for (depth, step) in path.iter().enumerate() {
            let rest = path.get(depth + 1..).unwrap_or_default();
            let Some(index) = container.find(step) else {
                let index = new_index(container, step, at, &path[..=depth])?;
                let value = nested(rest, value)?;
                let new = New {
                    value: &value,
                    key: key_of(step),
                    layout,
                    whole: rest.is_empty(),
                };
                let made = Made::new(docs, style, container, &around, &new);
                let gap = made.insert(docs, container, index, layout, 0);
                let created = u32::try_from(rest.len()).unwrap_or(u32::MAX);
                return Ok(Was::Added { created, gap });
            };
            let item = &mut container.members[index].item;
            let kind = docs.view(item).kind();
            if rest.is_empty() || kind == Kind::Null {
                let value = nested(rest, value)?;
                let old = replace(docs, style, item, &around, &value, layout)?;
                return Ok(old.map_or(Was::Same, |(value, text)| Was::Replaced {
                    steps: depth + 1,
                    value,
                    text,
                }));
            }
            let Some(next) = docs.open(item) else {
                return Err(not_a_container(&path[..=depth], &rest[0], kind));
            };
            around = style.inside(docs, next, &around);
            container = next;
        }
        Err(empty_path())
    }

    /// Removes the value at a path.
    pub fn unset(
        &mut self,
        owner: Owner,
        path: &[Step],
        layout: &Layout,
    ) -> Result<Removed, EditError> {
        let steps = self.pruned(owner, path, layout.prune)?;
        let Self {
            docs,
            root,
            style,
            undoes,
            ..
        } = self;
        let (mut container, mut around) = owner_of(docs, style, root, owner)?;
        for (depth, step) in path.iter().enumerate() {
            let index = container
                .find(step)
                .ok_or_else(|| nothing_at(&path[..=depth]))?;
            if depth + 1 < steps {
                let item = &mut container.members[index].item;
                let next = docs.open(item).ok_or_else(|| nothing_at(&path[..=depth]))?;
                around = style.inside(docs, next, &around);
                container = next;
                continue;
            }
            if !*undoes {
                container.remove(docs, style, &around, index, layout);
                return Ok(Removed::Untold);
            }
            if !container.object {
                let whole = list_item(container);
                let (value, text) = (docs.view(&whole).value(), docs.view(&whole).raw());
                let text = text.into_owned();
                container.remove(docs, style, &around, index, layout);
                return Ok(Removed::Item {
                    steps: steps - 1,
                    value,
                    text,
                });
            }
            let at = place_of(container, index);
            let (member, hints) = container.remove(docs, style, &around, index, layout);
            let layout = written(docs, style, container, &member, hints);
            return Ok(Removed::Field {
                steps,
                value: docs.view(&member.item).value(),
                at,
                layout,
            });
        }
        Err(empty_path())
    }

    /// How many steps of the path lead to what is removed: fewer than all if the objects and lists
    /// around it become empty.
    fn pruned(&self, owner: Owner, path: &[Step], prune: u32) -> Result<usize, EditError> {
        if path.is_empty() {
            return Err(empty_path());
        }
        let mut steps = path.len();
        for length in 1..=path.len() {
            if self.look(owner, &path[..length]).is_none() {
                return Err(nothing_at(&path[..length]));
            }
        }
        for _ in 0..prune {
            let outside = &path[..steps - 1];
            let alone = |view: crate::edit::tree::View<'_>| view.children().len() == 1;
            if outside.is_empty() || !self.look(owner, outside).is_some_and(alone) {
                break;
            }
            steps -= 1;
        }
        Ok(steps)
    }
}

/// The edits that undo setting a value.
pub(in crate::edit) fn undo_set(stage: Option<&str>, path: &[Step], was: Was) -> Vec<Edit> {
    let stage = stage.map(str::to_owned);
    match was {
        Was::Same => Vec::new(),
        Was::Replaced { steps, value, text } => vec![Edit::SetField {
            stage,
            path: path.get(..steps).unwrap_or(path).to_vec(),
            value,
            at: Position::Last,
            layout: Layout {
                text,
                ..Layout::default()
            },
        }],
        Was::Added { created, gap } => vec![Edit::UnsetField {
            stage,
            path: path.to_vec(),
            layout: Layout {
                gap,
                prune: created,
                ..Layout::default()
            },
        }],
    }
}

/// The edits that undo removing a value.
pub(in crate::edit) fn undo_removed(
    stage: Option<&str>,
    path: &[Step],
    removed: Removed,
) -> Vec<Edit> {
    let (steps, value, at, layout) = match removed {
        Removed::Field {
            steps,
            value,
            at,
            layout,
        } => (steps, value, at, layout),
        Removed::Item { steps, value, text } => {
            let layout = Layout {
                text: Some(text),
                ..Layout::default()
            };
            (steps, value, Position::Last, layout)
        }
        Removed::Untold => return Vec::new(),
    };
    vec![Edit::SetField {
        stage: stage.map(str::to_owned),
        path: path.get(..steps).unwrap_or(path).to_vec(),
        value,
        at,
        layout,
    }]
}

/// A list as an item of its own, to look at.
fn list_item(container: &Container) -> Item {
    Item::Open(Box::new(container.clone()))
}

/// The object in which a path begins.
fn owner_of<'t>(
    docs: &Docs,
    style: &Style,
    root: &'t mut Container,
    owner: Owner,
) -> Result<(&'t mut Container, Around), EditError> {
    match owner {
        Owner::File => {
            let around = style.root(docs, root);
            Ok((root, around))
        }
        Owner::Stage(number) => stage_of(docs, style, root, number).ok_or_else(|| {
            EditError::new(ErrorCode::UnknownStage, "this stage does not exist").field("stage")
        }),
    }
}

/// The key that a step names.
fn key_of(step: &Step) -> Option<&str> {
    match step {
        Step::Key(key) => Some(key),
        Step::Index(_) => None,
    }
}

/// The index at which a new member is added.
fn new_index(
    container: &Container,
    step: &Step,
    at: &Position,
    path: &[Step],
) -> Result<usize, EditError> {
    let number = container.members.len();
    match step {
        Step::Key(_) if container.object => Ok(index_at(container, at)),
        Step::Index(index) if !container.object && *index == number => Ok(number),
        Step::Index(index) if !container.object => Err(EditError::new(
            ErrorCode::MissingField,
            format!("there is no item {index} in a list of {number}"),
        )
        .field(path_text(path))
        .help(format!("the index {number} adds an item"))),
        step => {
            let kind = if container.object {
                Kind::Object
            } else {
                Kind::List
            };
            let outside = path.split_last().map_or(&[][..], |(_, outside)| outside);
            Err(not_a_container(outside, step, kind))
        }
    }
}

/// The index for a new key.
pub(in crate::edit) fn index_at(container: &Container, at: &Position) -> usize {
    let number = container.members.len();
    match at {
        Position::First => 0,
        Position::Last => number,
        Position::Before(key) => container.named(key).unwrap_or(number),
        Position::After(key) => container.named(key).map_or(number, |at| at + 1),
    }
}

/// Where a member stands, told by its neighbour.
pub(in crate::edit) fn place_of(container: &Container, index: usize) -> Position {
    if index + 1 == container.members.len() {
        return Position::Last;
    }
    let before = index
        .checked_sub(1)
        .and_then(|at| container.members.get(at));
    match before.and_then(|member| member.key.as_ref()) {
        Some(key) => Position::After(key.name.to_string()),
        None => Position::First,
    }
}

/// A value inside new objects.
fn nested(path: &[Step], value: &Value) -> Result<Value, EditError> {
    path.iter().rev().try_fold(value.clone(), |value, step| {
        Ok(match step {
            Step::Key(key) => {
                let mut map = Map::default();
                map.insert(key.as_str().into(), value);
                Value::from(map)
            }
            Step::Index(0) => Value::from(vec![value]),
            Step::Index(index) => {
                return Err(EditError::new(
                    ErrorCode::MissingField,
                    format!("there is no item {index} in a list that does not exist yet"),
                )
                .field("path")
                .help("set the list as a whole"));
            }
        })
    })
}

pub(super) fn not_too_deep(path: &[Step], value: &Value) -> Result<(), EditError> {
    // A stage is two levels below the file.
    let levels = MAX_DEPTH.checked_sub(path.len() + 3);
    if levels.is_some_and(|levels| !value.is_deeper_than(levels)) {
        return Ok(());
    }
    let message = format!("the value would nest lists and objects deeper than {MAX_DEPTH}");
    Err(EditError::new(ErrorCode::NestingTooDeep, message)
        .field("value")
        .help("use fewer levels"))
}

fn empty_path() -> EditError {
    EditError::new(ErrorCode::InvalidValue, "`path` is empty")
        .field("path")
        .help("name a field, such as [\"config\", \"prompt\"]")
}

fn nothing_at(path: &[Step]) -> EditError {
    let path = path_text(path);
    EditError::new(
        ErrorCode::MissingField,
        format!("there is nothing at `{path}`"),
    )
    .field(path)
    .help("read the text again: it may have changed")
}

fn not_a_container(path: &[Step], step: &Step, kind: Kind) -> EditError {
    let path = path_text(path);
    let (what, takes) = match step {
        Step::Key(key) => (format!("no field `{key}`"), "an object"),
        Step::Index(index) => (format!("no item {index}"), "a list"),
    };
    EditError::new(
        ErrorCode::WrongType,
        format!("`{path}` is {} and can have {what}", kind.name()),
    )
    .field(path.clone())
    .help(format!("set `{path}` to {takes} first"))
}
