//! Entries of `depends_on` and of the lists of control stages.

use types::ErrorCode;

use super::{
    fields::{Was, undo_removed, undo_set},
    values::{Made, New},
};
use crate::{
    Value,
    diagnostic::shown,
    edit::{
        Branch, Edit, EditError, Layout, Position, Step,
        refer::{self, ids},
        sheet::{Owner, Sheet, path_text, stage_of},
        tree::{Container, Docs},
    },
    source::{Kind, quote},
};

/// A list that names stages.
#[derive(Clone, Debug)]
pub(in crate::edit) enum Entries {
    /// `depends_on` of this stage.
    Dependencies(String),
    /// A list of a control stage.
    Members(Branch),
}

impl Entries {
    /// The edit that adds an entry.
    fn adding(&self, id: &str, at: Position, layout: Layout) -> Edit {
        match self {
            Entries::Dependencies(stage) => Edit::Connect {
                stage: stage.clone(),
                on: id.to_owned(),
                at,
                layout,
            },
            Entries::Members(branch) => Edit::Include {
                stage: id.to_owned(),
                into: branch.clone(),
                at,
                layout,
            },
        }
    }

    /// The edit that removes an entry.
    fn removing(&self, id: &str, layout: Layout) -> Edit {
        match self {
            Entries::Dependencies(stage) => Edit::Disconnect {
                stage: stage.clone(),
                on: id.to_owned(),
                layout,
            },
            Entries::Members(branch) => Edit::Exclude {
                stage: id.to_owned(),
                from: branch.clone(),
                layout,
            },
        }
    }

    /// The stage that has the list.
    pub fn owner(&self) -> &str {
        match self {
            Entries::Dependencies(stage) => stage,
            Entries::Members(branch) => &branch.control,
        }
    }
}

impl Sheet<'_> {
    /// The stage that has a list, and the way to the list in it.
    pub fn entries(&self, entries: &Entries) -> Result<(u32, Vec<Step>), EditError> {
        let field = match entries {
            Entries::Dependencies(_) => "stage",
            Entries::Members(_) => "control",
        };
        let number = self.stage(field, entries.owner())?;
        let path = match (entries, self.view(number)) {
            (Entries::Members(branch), Some(view)) => {
                refer::list_path(view, branch, self.registry)?
            }
            _ => vec![Step::from("depends_on")],
        };
        Ok((number, path))
    }

    /// Adds an entry. Does nothing if the list has it. Returns the edits that undo it.
    pub fn add_entry(
        &mut self,
        entries: &Entries,
        id: &str,
        at: &Position,
        layout: &Layout,
    ) -> Result<Vec<Edit>, EditError> {
        let (number, path) = self.entries(entries)?;
        let owner = Owner::Stage(number);
        let list = self.look(owner, &path);
        let kind = list.map_or(Kind::Null, |list| list.kind());
        let old = list.map(ids).unwrap_or_default();
        if old.iter().any(|other| other == id) {
            return Ok(Vec::new());
        }
        let undo = match kind {
            Kind::List => self.insert_entry(entries, number, &path, id, at, layout)?,
            Kind::Null | Kind::Text => {
                let index = index_of(&old, at);
                let mut new: Vec<Value> = old.iter().map(|id| Value::from(id.as_str())).collect();
                new.insert(index, Value::from(id));
                let value = Value::from(new);
                let none = Layout::default();
                let was = self.set(owner, &path, &value, &Position::Last, &none)?;
                match was {
                    Was::Added { created, gap } => {
                        let layout = Layout {
                            gap,
                            prune: created + 1,
                            ..Layout::default()
                        };
                        vec![entries.removing(id, layout)]
                    }
                    was => undo_set(Some(entries.owner()), &path, was),
                }
            }
            _ => return Err(not_a_list(&path, kind)),
        };
        self.touch(number);
        Ok(undo)
    }

    fn insert_entry(
        &mut self,
        entries: &Entries,
        number: u32,
        path: &[Step],
        id: &str,
        at: &Position,
        layout: &Layout,
    ) -> Result<Vec<Edit>, EditError> {
        let Self {
            docs, root, style, ..
        } = self;
        let Some((mut container, mut around)) = stage_of(docs, style, root, number) else {
            return Ok(Vec::new());
        };
        for step in path {
            let Some(index) = container.find(step) else {
                return Ok(Vec::new());
            };
            let item = &mut container.members[index].item;
            let Some(next) = docs.open(item) else {
                return Err(not_a_list(path, Kind::Null));
            };
            around = style.inside(docs, next, &around);
            container = next;
        }
        let index = item_index(docs, container, at);
        let new = New {
            value: &Value::from(id),
            key: None,
            layout,
            whole: true,
        };
        let made = Made::new(docs, style, container, &around, &new);
        let gap = made.insert(docs, container, index, layout, 0);
        let layout = Layout {
            gap,
            ..Layout::default()
        };
        Ok(vec![entries.removing(id, layout)])
    }

    /// Removes an entry. Returns the edits that undo it.
    pub fn remove_entry(
        &mut self,
        entries: &Entries,
        id: &str,
        layout: &Layout,
    ) -> Result<Vec<Edit>, EditError> {
        let (number, path) = self.entries(entries)?;
        let owner = Owner::Stage(number);
        let list = self.look(owner, &path);
        let kind = list.map_or(Kind::Null, |list| list.kind());
        let texts = list.map_or_else(Vec::new, |list| list.children());
        let named = texts
            .iter()
            .position(|(_, item)| item.text().is_some_and(|text| text == id));
        let alone = texts.len() == 1;
        let single = list
            .and_then(|list| list.text())
            .is_some_and(|text| text == id);
        let undo = match (kind, named) {
            (Kind::List, Some(_)) if alone && layout.prune > 0 => {
                let mut item = path.clone();
                item.push(Step::Index(0));
                let removed = self.unset(owner, &item, layout)?;
                undo_removed(Some(entries.owner()), &item, removed)
            }
            (Kind::List, Some(index)) => self.take_entry(entries, number, &path, id, index, layout),
            (Kind::Text, _) if single => {
                let removed = self.unset(owner, &path, layout)?;
                undo_removed(Some(entries.owner()), &path, removed)
            }
            _ => {
                let path = path_text(&path);
                let message = format!(
                    "`{path}` of the stage `{}` does not name `{}`",
                    shown(entries.owner()),
                    shown(id)
                );
                return Err(EditError::new(ErrorCode::MissingField, message)
                    .field(path)
                    .help("read the text again: it may have changed"));
            }
        };
        self.touch(number);
        Ok(undo)
    }

    fn take_entry(
        &mut self,
        entries: &Entries,
        number: u32,
        path: &[Step],
        id: &str,
        index: usize,
        layout: &Layout,
    ) -> Vec<Edit> {
        let Self {
            docs, root, style, ..
        } = self;
        let Some((mut container, mut around)) = stage_of(docs, style, root, number) else {
            return Vec::new();
        };
        for step in path {
            let Some(index) = container.find(step) else {
                return Vec::new();
            };
            let item = &mut container.members[index].item;
            let Some(next) = docs.open(item) else {
                return Vec::new();
            };
            around = style.inside(docs, next, &around);
            container = next;
        }
        let before = index
            .checked_sub(1)
            .and_then(|at| container.members.get(at));
        let before = before.and_then(|member| docs.view(&member.item).text());
        let at = match before {
            _ if index + 1 == container.members.len() => Position::Last,
            Some(before) => Position::After(before.into_owned()),
            None => Position::First,
        };
        let (member, hints) = container.remove(docs, style, &around, index, layout);
        let raw = docs.view(&member.item).raw();
        let layout = Layout {
            text: (raw != quote(id)).then(|| raw.into_owned()),
            before: hints.before,
            after: hints.after,
            ..Layout::default()
        };
        vec![entries.adding(id, at, layout)]
    }
}

/// The index for a new entry.
fn index_of(ids: &[String], at: &Position) -> usize {
    let find = |id: &String| ids.iter().position(|other| other == id);
    match at {
        Position::First => 0,
        Position::Last => ids.len(),
        Position::Before(id) => find(id).unwrap_or(ids.len()),
        Position::After(id) => find(id).map_or(ids.len(), |at| at + 1),
    }
}

fn item_index(docs: &Docs, container: &Container, at: &Position) -> usize {
    let number = container.members.len();
    let find = |id: &str| {
        let is = |text: std::borrow::Cow<'_, str>| text == id;
        let mut members = container.members.iter();
        members.position(|member| docs.view(&member.item).text().is_some_and(is))
    };
    match at {
        Position::First => 0,
        Position::Last => number,
        Position::Before(id) => find(id).unwrap_or(number),
        Position::After(id) => find(id).map_or(number, |at| at + 1),
    }
}

fn not_a_list(path: &[Step], kind: Kind) -> EditError {
    let path = path_text(path);
    EditError::new(
        ErrorCode::WrongType,
        format!("`{path}` is {}, not a list of stage ids", kind.name()),
    )
    .field(path.clone())
    .help(format!("set `{path}` to a list first"))
}
