//! My edits as they are made over theirs.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::{
    order::{Changed, merged},
    reach::around,
    trace::{Done, Trace, entries, view},
};
use crate::{
    Value,
    component::Registry,
    edit::{
        Branch, Edit, Position, Step,
        apply::{lists::Entries, rename::put},
        refer::{self, Rename, renamed},
        sheet::{Owner, Sheet, id_of},
        tree::{Docs, View},
    },
    source::Document,
};

/// My edits over theirs, without those that are done.
pub(super) fn over(my: &Trace<'_>, their: &Trace<'_>, done: &HashSet<usize>) -> Vec<Edit> {
    let mut translator = Translator {
        my,
        their,
        stages: Placing::of(&order(&my.base), &my.stages(), &their.stages()),
        lists: HashMap::new(),
        objects: HashMap::new(),
        renames: Renames::of(my, their),
    };
    let edits = my.done.iter().enumerate();
    let left = edits.filter(|(at, _)| !done.contains(at));
    left.map(|(_, done)| translator.edit(done)).collect()
}

fn order(base: &Sheet<'_>) -> Vec<String> {
    base.each().filter_map(|(_, view)| id_of(view)).collect()
}

/// Where entries go in an order that both changed.
struct Placing {
    /// The order that is to be reached; `None` if they did not change it, so that my places hold.
    wanted: Option<Vec<String>>,
    places: HashMap<String, usize>,
    /// The places of the entries that are there already.
    present: BTreeSet<usize>,
    /// Whether there are entries that have no place.
    others: bool,
}

impl Placing {
    /// For a list in the base, mine and theirs, with the ids of the base.
    fn of(base: &[String], my: &Changed, their: &Changed) -> Self {
        let wanted = (base != their.order).then(|| merged(my, their, base));
        let their = &their.order;
        let all = wanted.iter().flatten().cloned().zip(0..);
        let places: HashMap<String, usize> = all.collect();
        let present: BTreeSet<usize> = their
            .iter()
            .filter_map(|id| places.get(id).copied())
            .collect();
        Self {
            others: present.len() < their.len(),
            wanted,
            places,
            present,
        }
    }

    /// Where an entry goes; `None` if my place holds.
    fn place(&mut self, id: &str) -> Option<Position> {
        let wanted = self.wanted.as_ref()?;
        let at = *self.places.get(id)?;
        let before = self.present.range(..at).next_back();
        let before = before.and_then(|before| wanted.get(*before));
        let position = match before {
            _ if !self.others && self.present.range(at + 1..).next().is_none() => Position::Last,
            Some(before) => Position::After(before.clone()),
            None => Position::First,
        };
        self.present.insert(at);
        Some(position)
    }
}

struct Translator<'a, 'r> {
    my: &'a Trace<'r>,
    their: &'a Trace<'r>,
    stages: Placing,
    lists: HashMap<(String, Option<Branch>), Placing>,
    /// The keys of objects of a stage or of the file.
    objects: HashMap<(Option<String>, Vec<Step>), Placing>,
    renames: Renames,
}

impl Translator<'_, '_> {
    /// The id that a stage of my edit has over theirs.
    fn id(&self, done: &Done, id: &str) -> String {
        let base = done.names.base(id);
        // One that I renamed has my name.
        match base == id {
            true => self.their.names.present(id),
            false => id.to_owned(),
        }
    }

    fn branch(&self, done: &Done, branch: &Branch) -> Branch {
        Branch {
            control: self.id(done, &branch.control),
            ..branch.clone()
        }
    }

    fn neighbour(&self, done: &Done, at: &Position) -> Position {
        match at {
            Position::Before(id) => Position::Before(self.id(done, id)),
            Position::After(id) => Position::After(self.id(done, id)),
            other => other.clone(),
        }
    }

    /// An id of the base as it is over theirs at this edit of mine.
    fn over_theirs(&self, done: &Done, base: &str) -> String {
        let mine = done.names.present(base);
        match mine == base {
            true => self.their.names.present(base),
            false => mine,
        }
    }

    fn placed(&self, done: &Done, position: Position) -> Position {
        match position {
            Position::Before(id) => Position::Before(self.over_theirs(done, &id)),
            Position::After(id) => Position::After(self.over_theirs(done, &id)),
            other => other,
        }
    }

    fn stage_place(&mut self, done: &Done, id: &str, at: &Position) -> Position {
        match self.stages.place(&done.names.base(id)) {
            Some(position) => self.placed(done, position),
            None => self.neighbour(done, at),
        }
    }

    /// Where an entry goes in a list.
    fn entry_place(&mut self, done: &Done, list: &Entries, id: &str, at: &Position) -> Position {
        let (key, list) = match list {
            Entries::Dependencies(stage) => {
                let stage = done.names.base(stage);
                ((stage.clone(), None), Entries::Dependencies(stage))
            }
            Entries::Members(branch) => {
                let branch = Branch {
                    control: done.names.base(&branch.control),
                    ..branch.clone()
                };
                let key = (branch.control.clone(), Some(branch.clone()));
                (key, Entries::Members(branch))
            }
        };
        let (my, their) = (self.my, self.their);
        let placing = self.lists.entry(key).or_insert_with(|| {
            let base = entries(&my.base, &list);
            Placing::of(&base, &my.list(&list), &their.list(&list))
        });
        match placing.place(&done.names.base(id)) {
            Some(position) => self.placed(done, position),
            None => self.neighbour(done, at),
        }
    }

    /// Where a key goes that is new over theirs; `None` if my place holds.
    fn key_place(&mut self, done: &Done, stage: Option<&str>, path: &[Step]) -> Option<Position> {
        let stage = stage.map(|id| done.names.base(id));
        let (my, their) = (self.my, self.their);
        let value = |trace: &Trace<'_>, path: &[Step]| match &stage {
            Some(stage) => trace.stage(stage)?.at(path).map(keys),
            None => match path {
                [] => Some(top(&trace.end)),
                path => trace.end.look(Owner::File, path).map(keys),
            },
        };
        let exists = |path: &[Step]| match &stage {
            Some(stage) => their
                .stage(stage)
                .is_some_and(|view| view.at(path).is_some()),
            None => their.end.look(Owner::File, path).is_some(),
        };
        let missing = (0..path.len()).find(|at| !exists(&path[..=*at]))?;
        let (outside, Step::Key(key)) = (path.get(..missing)?, path.get(missing)?) else {
            return None;
        };
        let base = || match &stage {
            Some(stage) => view(&my.base, stage).and_then(|view| view.at(outside).map(keys)),
            None if outside.is_empty() => Some(top(&my.base)),
            None => my.base.look(Owner::File, outside).map(keys),
        };
        let changed = |trace: &Trace<'_>| Changed {
            order: value(trace, outside).unwrap_or_default(),
            moved: HashSet::new(),
        };
        let placing = self
            .objects
            .entry((stage.clone(), outside.to_vec()))
            .or_insert_with(|| {
                Placing::of(&base().unwrap_or_default(), &changed(my), &changed(their))
            });
        placing.place(key)
    }

    fn edit(&mut self, done: &Done) -> Edit {
        let mut edit = done.edit.clone();
        match &mut edit {
            Edit::AddStage {
                value, at, layout, ..
            } => {
                let id = value.get("id").and_then(Value::as_str).unwrap_or_default();
                let id = id.to_owned();
                *at = self.stage_place(done, &id, at);
                if let Some(new) = self.renamed(value) {
                    *value = new;
                    layout.text = None;
                }
            }
            Edit::RemoveStage { stage, .. } | Edit::RenameStage { stage, .. } => {
                *stage = self.id(done, stage);
            }
            Edit::MoveStage { stage, into, at } => {
                if let Some(branch) = into {
                    let list = Entries::Members(branch.clone());
                    *at = self.entry_place(done, &list, stage, at);
                    *branch = self.branch(done, branch);
                }
                *stage = self.id(done, stage);
            }
            Edit::ReorderStage { stage, at, .. } => {
                *at = self.stage_place(done, stage, at);
                *stage = self.id(done, stage);
            }
            Edit::Include {
                stage, into, at, ..
            } => {
                let list = Entries::Members(into.clone());
                *at = self.entry_place(done, &list, stage, at);
                *into = self.branch(done, into);
                *stage = self.id(done, stage);
            }
            Edit::Exclude { stage, from, .. } => {
                *from = self.branch(done, from);
                *stage = self.id(done, stage);
            }
            Edit::Connect { stage, on, at, .. } => {
                let list = Entries::Dependencies(stage.clone());
                *at = self.entry_place(done, &list, on, at);
                *stage = self.id(done, stage);
                *on = self.id(done, on);
            }
            Edit::Disconnect { stage, on, .. } => {
                *stage = self.id(done, stage);
                *on = self.id(done, on);
            }
            Edit::SetField {
                stage,
                path,
                value,
                at,
                layout,
            } => {
                if let Some(position) = self.key_place(done, stage.as_deref(), path) {
                    *at = position;
                }
                if let Some(new) = self.value(stage.as_deref(), path, value) {
                    *value = new;
                    layout.text = None;
                }
                *stage = stage.as_ref().map(|id| self.id(done, id));
            }
            Edit::UnsetField { stage, .. } => {
                *stage = stage.as_ref().map(|id| self.id(done, id));
            }
            Edit::Reformat { .. } => {}
        }
        edit
    }

    /// A value of a field with the names that they gave; `None` if it stays the same.
    fn value(&mut self, stage: Option<&str>, path: &[Step], value: &Value) -> Option<Value> {
        let Some(stage) = stage else {
            let output = matches!(path, [Step::Key(key)] if key == "output_stage_id");
            let id = value.as_str().filter(|_| output)?;
            let new = self.their.names.present(id);
            return (new != id).then(|| Value::from(new.as_str()));
        };
        let whole = around(&self.my.end, stage, path, value);
        let whole = self.renamed(&whole)?;
        // List items were put into lists of one.
        path.iter().try_fold(whole, |value, step| match step {
            Step::Key(key) => value.get(key).cloned(),
            Step::Index(_) => value.as_list()?.first().cloned(),
        })
    }

    /// A stage that refers to others by the names that they gave; `None` if it stays the same.
    fn renamed(&mut self, stage: &Value) -> Option<Value> {
        self.renames.applied(stage, self.my.base.registry)
    }
}

/// The renames of the other person.
struct Renames {
    all: Vec<Renamed>,
    /// The stages' ids: as they are, and to become those after a rename.
    before: refer::Names,
    after: refer::Names,
}

struct Renamed {
    old: String,
    new: String,
    /// Both as they stand inside a JSON text.
    written: [String; 2],
}

impl Renames {
    fn of(my: &Trace<'_>, their: &Trace<'_>) -> Self {
        let inside = |id: &str| {
            let json = Value::from(id).to_json();
            json.get(1..json.len() - 1).unwrap_or_default().to_owned()
        };
        let all: Vec<Renamed> = their
            .names
            .renames()
            .into_iter()
            .map(|(old, new)| Renamed {
                written: [inside(&old), inside(&new)],
                old,
                new,
            })
            .collect();
        let mut names = refer::Names::new();
        if !all.is_empty() {
            let ids = my.base.each().chain(my.end.each());
            for id in ids.filter_map(|(_, view)| id_of(view)) {
                let next = u32::try_from(names.len()).unwrap_or(u32::MAX);
                names.entry(id).or_insert(next);
            }
        }
        Self {
            all,
            before: names.clone(),
            after: names,
        }
    }

    /// A stage after the renames; `None` if it stays the same.
    fn applied(&mut self, stage: &Value, registry: &Registry) -> Option<Value> {
        if self.all.is_empty() {
            return None;
        }
        let json = stage.to_json();
        let mut docs = Docs::default();
        let is_named = |rename: &&Renamed| rename.written.iter().any(|id| json.contains(&**id));
        let all: Vec<&Renamed> = self.all.iter().filter(is_named).collect();
        if all.is_empty() {
            return None;
        }
        let mut item = docs.add(Document::parse(json).ok()?);
        let mut done = Vec::new();
        let mut changed = Some(false);
        for Renamed { old, new, .. } in all {
            done.push((old, new, rename(&mut self.after, old, new)));
            let names = Rename {
                old,
                new,
                before: &self.before,
                after: &self.after,
            };
            let found = renamed(docs.view(&item), registry, &names);
            rename(&mut self.before, old, new);
            let (Ok(found), Some(container)) = (found, docs.open(&mut item)) else {
                changed = None;
                break;
            };
            for change in found {
                put(&mut docs, container, &change.path, &change.text);
                changed = Some(true);
            }
        }
        // The next stage begins with the old names.
        for (old, new, was) in done.into_iter().rev() {
            take_back(&mut self.before, old, new, was);
            take_back(&mut self.after, old, new, was);
        }
        changed?.then(|| docs.view(&item).value())
    }
}

/// Gives a stage another id. Returns the numbers that the ids had.
fn rename(names: &mut refer::Names, old: &str, new: &str) -> [Option<u32>; 2] {
    let number = names.swap_remove(old);
    let other = names.insert(new.to_owned(), number.unwrap_or(u32::MAX));
    [number, other]
}

fn take_back(names: &mut refer::Names, old: &str, new: &str, [number, other]: [Option<u32>; 2]) {
    match other {
        Some(other) => names.insert(new.to_owned(), other),
        None => names.swap_remove(new),
    };
    if let Some(number) = number {
        names.insert(old.to_owned(), number);
    }
}

/// The keys of an object.
fn keys(view: View<'_>) -> Vec<String> {
    let children = view.children().into_iter();
    children
        .filter_map(|(key, _)| key.map(|key| key.into_owned()))
        .collect()
}

/// The keys of the file.
fn top(sheet: &Sheet<'_>) -> Vec<String> {
    let members = sheet.root.members.iter();
    members
        .filter_map(|member| member.key.as_ref().map(|key| key.name.to_string()))
        .collect()
}
