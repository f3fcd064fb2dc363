//! Sets and removes the value at a path.

use types::ErrorCode;

use crate::{
    Map, Value,
    edit::{
        Edit, EditError, Layout, Position, Step,
        gaps::Hints,
        sheet::{Owner, Sheet, path_text, stage_of},
        style::{Around, Gaps, Style},
        tree::{Container, Docs, Item, Key, Member},
    },
    source::{Document, Kind, quote},
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
            docs, root, style, ..
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

/// A value that is to be added to an object or list.
pub(in crate::edit) struct New<'a> {
    pub value: &'a Value,
    /// Its key in an object.
    pub key: Option<&'a str>,
    pub layout: &'a Layout,
    /// Whether it is the value that the layout's text is for, and not an object made around it.
    pub whole: bool,
}

/// A new member, written.
pub(in crate::edit) struct Made {
    text: String,
    key: Option<Key>,
    gaps: Gaps,
}

impl Made {
    /// Writes a new member like its surroundings.
    pub fn new(
        docs: &Docs,
        style: &Style,
        container: &Container,
        around: &Around,
        new: &New<'_>,
    ) -> Self {
        let (value, layout) = (new.value, new.layout);
        let hint = layout.text.as_deref().filter(|_| new.whole);
        // A list's items are written like the first one.
        let first = container.members.first().filter(|_| !container.object);
        let multi = match first.map(|first| docs.view(&first.item)) {
            Some(first) if first.text().is_none() => first.raw().contains('\n'),
            _ => around.multi,
        };
        let key = new.key.map(|name| {
            let own = style.key(docs, container, name);
            let text = layout.key.as_deref().filter(|key| is_key(key, name));
            Key {
                name: name.into(),
                text: text.unwrap_or(&own).into(),
            }
        });
        let flat = !container.object && value.as_str().is_some();
        Self {
            text: hint
                .and_then(|text| given(text, value))
                .unwrap_or_else(|| style.value(value, around, multi)),
            key,
            gaps: style.gaps(docs, container, around, flat),
        }
    }

    /// Adds it. `stage` is the number of a stage, and 0 for anything else.
    pub fn insert(
        self,
        docs: &mut Docs,
        container: &mut Container,
        index: usize,
        layout: &Layout,
        stage: u32,
    ) -> Option<String> {
        let member = Member {
            key: self.key,
            item: parsed(docs, &self.text),
            stage,
        };
        container.insert(docs, index, member, self.gaps, layout)
    }
}

/// The text of a layout, without the blanks around it, if it has this value.
pub(in crate::edit) fn given(text: &str, value: &Value) -> Option<String> {
    let text = text.trim_matches([' ', '\t', '\r', '\n']);
    let document = Document::parse(text).ok()?;
    (!text.starts_with('\u{feff}') && document.root().value() == *value).then(|| text.to_owned())
}

/// Whether a text is this key with a colon and blanks.
fn is_key(text: &str, name: &str) -> bool {
    let object = format!("{{{text}0}}");
    let Ok(document) = Document::parse(object.as_str()) else {
        return false;
    };
    let root = document.root();
    let mut fields = root.children();
    let first = fields.next();
    text.starts_with('"')
        && first.is_some_and(|first| first.key().is_some_and(|key| key == name))
        && first.is_some_and(|first| first.raw() == "0" && first.span().end + 1 == object.len())
        && fields.next().is_none()
}

/// Adds a text that is JSON; anything else becomes null, which cannot happen.
pub(in crate::edit) fn parsed(docs: &mut Docs, text: &str) -> Item {
    let document = Document::parse(text).or_else(|_| Document::parse("null"));
    document.map_or_else(
        |_| Item::Open(Box::new(Container::empty(true))),
        |document| docs.add(document),
    )
}

/// Replaces a value. Returns the old one, with its text if it cannot be told from the value; `None`
/// if nothing changed.
pub(in crate::edit) fn replace(
    docs: &mut Docs,
    style: &Style,
    item: &mut Item,
    around: &Around,
    value: &Value,
    layout: &Layout,
) -> Result<Option<(Value, Option<String>)>, EditError> {
    let view = docs.view(item);
    let (old, raw) = (view.value(), view.raw().into_owned());
    let text = layout.text.as_deref().and_then(|text| given(text, value));
    if text.as_ref().map_or(old == *value, |text| *text == raw) {
        return Ok(None);
    }
    let plain = match &old {
        Value::Str(text) => quote(text) == raw,
        Value::List(_) | Value::Map(_) => false,
        scalar => scalar.to_json() == raw,
    };
    match (text, value) {
        (Some(text), _) => *item = parsed(docs, &text),
        (None, Value::Map(fields)) if matches!(old, Value::Map(_)) => {
            assign(docs, style, item, around, fields)?;
        }
        (None, value) => {
            let nested = matches!(old, Value::List(_) | Value::Map(_));
            let multi = if nested {
                raw.contains('\n')
            } else {
                around.multi
            };
            let text = style.value(value, around, multi);
            *item = parsed(docs, &text);
        }
    }
    Ok(Some((old, (!plain).then_some(raw))))
}

/// Gives an object other fields; those that stay the same keep their text.
fn assign(
    docs: &mut Docs,
    style: &Style,
    item: &mut Item,
    around: &Around,
    fields: &Map,
) -> Result<(), EditError> {
    let none = Layout::default();
    let Some(container) = docs.open(item) else {
        return Ok(());
    };
    let around = style.inside(docs, container, around);
    let gone = |member: &Member| {
        let key = member.key.as_ref().map_or("", |key| &*key.name);
        !fields.contains_key(key)
    };
    while let Some(index) = container.members.iter().position(gone) {
        container.remove(docs, style, &around, index, &none);
    }
    let mut before: Option<&str> = None;
    for (key, value) in fields {
        docs.not_full()?;
        match container.named(key) {
            Some(index) => {
                let item = &mut container.members[index].item;
                replace(docs, style, item, &around, value, &none)?;
            }
            None => {
                let index = match before {
                    None => 0,
                    Some(before) => container
                        .named(before)
                        .map_or(container.members.len(), |at| at + 1),
                };
                let new = New {
                    value,
                    key: Some(key),
                    layout: &none,
                    whole: true,
                };
                let made = Made::new(docs, style, container, &around, &new);
                made.insert(docs, container, index, &none, 0);
            }
        }
        before = Some(key);
    }
    Ok(())
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

/// How a removed field was written.
fn written(
    docs: &Docs,
    style: &Style,
    container: &Container,
    member: &Member,
    hints: Hints,
) -> Layout {
    let view = docs.view(&member.item);
    let raw = view.raw();
    let plain = match view.kind() {
        Kind::List | Kind::Object => false,
        Kind::Text => view.text().is_some_and(|text| quote(&text) == raw),
        _ => view.value().to_json() == raw,
    };
    let key = member.key.as_ref().and_then(|key| {
        let text = docs.text(&key.text);
        let sure = !container.members.is_empty();
        (!sure || style.key(docs, container, &key.name) != text).then(|| text.to_owned())
    });
    Layout {
        text: (!plain).then(|| raw.into_owned()),
        key,
        before: hints.before,
        after: hints.after,
        gap: None,
        prune: 0,
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
