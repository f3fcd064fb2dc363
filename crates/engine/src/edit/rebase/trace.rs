//! Applies edits and records what each changes.

use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
    rc::Rc,
};

use super::{
    order::Changed,
    reach::{Reach, reach},
};
use crate::{
    component::Registry,
    edit::{
        Branch, Edit, EditError, Layout, Position, Step,
        apply::{lists::Entries, run},
        between::value_edits,
        refer::ids,
        sheet::{Owner, Sheet, id_of},
        tree::View,
    },
    source::{Document, Kind},
};

/// A value is set as a whole if taking it apart gives more edits than this.
const MAX_PARTS: usize = 2_000;

/// Dependencies are set as a whole if setting them one by one costs more than this.
const MAX_COST: usize = 1_000_000;

/// The names that stages have at some time while edits are applied. Those of all times share one
/// log, so that there is no copy of all names for each edit.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    log: Rc<RefCell<Log>>,
    /// How many renames came before.
    time: usize,
}

/// All renames.
#[derive(Debug, Default)]
struct Log {
    /// The ids in the base that an id has stood for.
    base: HashMap<String, History>,
    /// The ids that a stage has had, by its id in the base.
    present: HashMap<String, History>,
}

/// What an id stood for from some rename on; `None`: for itself.
type History = Vec<(usize, Option<String>)>;

impl Log {
    fn rename(&mut self, time: usize, base: &str, from: &str, to: &str) {
        let note = |ids: &mut HashMap<String, History>, id: &str, other: Option<&str>| {
            let history = ids.entry(id.to_owned()).or_default();
            history.push((time, other.map(str::to_owned)));
        };
        let other = base != to;
        note(&mut self.base, from, None);
        note(&mut self.base, to, other.then_some(base));
        note(&mut self.present, base, other.then_some(to));
    }
}

/// What an id stood for at a time; `None`: for itself.
fn at(history: &[(usize, Option<String>)], time: usize) -> Option<&str> {
    let number = history.partition_point(|(since, _)| *since <= time);
    let (_, other) = history.get(number.checked_sub(1)?)?;
    other.as_deref()
}

impl Names {
    /// The id that a stage had in the base.
    pub fn base(&self, id: &str) -> String {
        let log = self.log.borrow();
        let history = log.base.get(id);
        let base = history.and_then(|history| at(history, self.time));
        base.unwrap_or(id).to_owned()
    }

    /// The id that a stage has now.
    pub fn present(&self, base: &str) -> String {
        let log = self.log.borrow();
        let history = log.present.get(base);
        let present = history.and_then(|history| at(history, self.time));
        present.unwrap_or(base).to_owned()
    }

    fn rename(&mut self, from: &str, to: &str) {
        let base = self.base(from);
        self.time += 1;
        self.log.borrow_mut().rename(self.time, &base, from, to);
    }

    /// The renames that lead from the base to now: the old and the new id.
    pub fn renames(&self) -> Vec<(String, String)> {
        let log = self.log.borrow();
        let now = log
            .present
            .iter()
            .filter_map(|(base, history)| Some((base.clone(), at(history, self.time)?.to_owned())));
        let mut all: Vec<(String, String)> = now.collect();
        all.sort_unstable();
        all
    }

    /// A list with the ids of the base.
    pub fn branch(&self, branch: &Branch) -> Branch {
        Branch {
            control: self.base(&branch.control),
            ..branch.clone()
        }
    }
}

/// One edit as it was applied.
pub(super) struct Done {
    /// The edit. One that sets an object is taken apart into those that set what differs.
    pub edit: Edit,
    /// The number of the edit in the list that it comes from.
    pub index: usize,
    /// What it changes, with the ids of the base.
    pub reach: Vec<Reach>,
    /// The names before it.
    pub names: Names,
}

/// Edits as they were applied to a text.
pub(super) struct Trace<'r> {
    pub base: Sheet<'r>,
    pub done: Vec<Done>,
    /// The text after all of them.
    pub text: String,
    pub end: Sheet<'r>,
    /// The names after all of them.
    pub names: Names,
}

impl<'r> Trace<'r> {
    /// Applies edits to a text.
    pub fn of(text: &Document, edits: &[Edit], registry: &'r Registry) -> Result<Self, EditError> {
        let base = Sheet::new(text.clone(), registry)?;
        let mut sheet = Sheet::new(text.clone(), registry)?;
        let mut names = Names::default();
        let mut done = Vec::with_capacity(edits.len());
        for (index, edit) in edits.iter().enumerate() {
            let fail = |error: EditError| error.of(index);
            for edit in parts(&sheet, edit) {
                let reach = reach(&sheet, &edit, &names);
                run(&mut sheet, std::slice::from_ref(&edit)).map_err(|mut error| {
                    error.edit = None;
                    fail(error)
                })?;
                let before = names.clone();
                if let Edit::RenameStage { stage, to } = &edit {
                    names.rename(stage, to);
                }
                done.push(Done {
                    edit,
                    index,
                    reach,
                    names: before,
                });
            }
        }
        Ok(Self {
            base,
            done,
            text: sheet.text(),
            end: sheet,
            names,
        })
    }

    /// The ids of the stages in the order of the file at the end, as they are in the base.
    pub fn order(&self) -> Vec<String> {
        let ids = self.end.each().filter_map(|(_, view)| id_of(view));
        ids.map(|id| self.names.base(&id)).collect()
    }

    /// The order of the stages at the end, and those that were added or put elsewhere.
    pub fn stages(&self) -> Changed {
        let moved = self.done.iter().filter_map(|done| match &done.edit {
            Edit::AddStage { value, .. } => value.get("id")?.as_str().map(str::to_owned),
            Edit::ReorderStage { stage, .. } => Some(done.names.base(stage)),
            _ => None,
        });
        Changed {
            moved: moved.collect(),
            order: self.order(),
        }
    }

    /// The entries of a list at the end, and those that were added to it.
    pub fn list(&self, list: &Entries) -> Changed {
        let moved = self.done.iter().filter_map(|done| {
            let names = &done.names;
            match (&done.edit, list) {
                (Edit::Connect { stage, on, .. }, Entries::Dependencies(of)) => {
                    (names.base(stage) == *of).then(|| names.base(on))
                }
                (
                    Edit::Include { stage, into, .. }
                    | Edit::MoveStage {
                        stage,
                        into: Some(into),
                        ..
                    },
                    Entries::Members(branch),
                ) => (names.branch(into) == *branch).then(|| names.base(stage)),
                _ => None,
            }
        });
        Changed {
            moved: moved.collect(),
            order: self.entries(list),
        }
    }

    /// A stage at the end, by its id in the base.
    pub fn stage(&self, base: &str) -> Option<View<'_>> {
        view(&self.end, &self.names.present(base))
    }

    /// The entries of a list at the end, all with the ids of the base.
    pub fn entries(&self, list: &Entries) -> Vec<String> {
        let list = match list {
            Entries::Dependencies(stage) => Entries::Dependencies(self.names.present(stage)),
            Entries::Members(branch) => Entries::Members(Branch {
                control: self.names.present(&branch.control),
                ..branch.clone()
            }),
        };
        let found = entries(&self.end, &list).into_iter();
        found.map(|id| self.names.base(&id)).collect()
    }
}

/// A stage, by its id.
pub(super) fn view<'t>(sheet: &'t Sheet<'_>, id: &str) -> Option<View<'t>> {
    sheet.view(sheet.find(id)?)
}

/// The entries of a list.
pub(super) fn entries(sheet: &Sheet<'_>, list: &Entries) -> Vec<String> {
    if sheet.find(list.owner()).is_none() {
        return Vec::new();
    }
    let found = sheet.entries(list).ok();
    found
        .and_then(|(number, path)| sheet.look(Owner::Stage(number), &path))
        .map(ids)
        .unwrap_or_default()
}

/// An edit as several smaller ones, if it is about several places.
fn parts(sheet: &Sheet<'_>, edit: &Edit) -> Vec<Edit> {
    let whole = || vec![edit.clone()];
    match edit {
        Edit::AddStage {
            value,
            into: Some(into),
            at,
            layout,
        } => {
            let Some(id) = value.get("id").and_then(|id| id.as_str()) else {
                return whole();
            };
            vec![
                Edit::AddStage {
                    value: value.clone(),
                    into: None,
                    at: at.clone(),
                    layout: layout.clone(),
                },
                Edit::Include {
                    stage: id.to_owned(),
                    into: into.clone(),
                    at: at.clone(),
                    layout: Layout::default(),
                },
            ]
        }
        Edit::SetField {
            stage, path, value, ..
        } => {
            let owner = match stage {
                None => Some(Owner::File),
                Some(stage) => sheet.find(stage).map(Owner::Stage),
            };
            let Some(old) = owner.and_then(|owner| sheet.look(owner, path)) else {
                return whole();
            };
            if !matches!(old.kind(), Kind::Object | Kind::List)
                || path.first() == Some(&Step::from("stages")) && stage.is_none()
            {
                return whole();
            }
            if let (Some(stage), [Step::Key(key)]) = (stage, path.as_slice())
                && key == "depends_on"
                && let Some(parts) = dependencies(stage, old, value)
            {
                return parts;
            }
            let documents = (
                Document::parse(&*old.raw()),
                Document::parse(value.to_json()),
            );
            let (Ok(old), Ok(new)) = documents else {
                return whole();
            };
            let parts = value_edits(stage.as_deref(), path, old.root(), new.root());
            match parts.as_slice() {
                // The same edit, but without its layout.
                [Edit::SetField { path: same, .. }] if same == path => whole(),
                many if many.len() > MAX_PARTS => whole(),
                _ => parts,
            }
        }
        _ => whole(),
    }
}

/// The edits that make a stage wait for others, if the order of those that stay is the same.
fn dependencies(stage: &str, old: View<'_>, value: &crate::Value) -> Option<Vec<Edit>> {
    let texts = value.as_list()?.iter();
    let new: Vec<&str> = texts.map(|id| id.as_str()).collect::<Option<_>>()?;
    let old = {
        let ids = ids(old);
        (ids.len() == old.children().len()).then_some(ids)?
    };
    let old: Vec<&str> = old.iter().map(String::as_str).collect();
    let set = |all: &[&str]| -> HashSet<String> { all.iter().map(|id| (*id).to_owned()).collect() };
    let (in_old, in_new) = (set(&old), set(&new));
    let stay = |all: &[&str], others: &HashSet<String>| -> Vec<String> {
        let stay = all.iter().filter(|id| others.contains(**id));
        stay.map(|id| (*id).to_owned()).collect()
    };
    let different = in_old.len() == old.len() && in_new.len() == new.len();
    let changes = in_old.symmetric_difference(&in_new).count();
    if !different
        || stay(&old, &in_new) != stay(&new, &in_old)
        || changes.saturating_mul(old.len() + new.len()) > MAX_COST
    {
        return None;
    }
    let mut out = Vec::new();
    for on in old.iter().filter(|on| !in_new.contains(**on)) {
        out.push(Edit::Disconnect {
            stage: stage.to_owned(),
            on: (*on).to_owned(),
            layout: Layout::default(),
        });
    }
    for (nth, on) in new.iter().enumerate() {
        if in_old.contains(*on) {
            continue;
        }
        let before = nth.checked_sub(1).and_then(|at| new.get(at));
        out.push(Edit::Connect {
            stage: stage.to_owned(),
            on: (*on).to_owned(),
            at: match before {
                _ if nth + 1 == new.len() => Position::Last,
                Some(before) => Position::After((*before).to_owned()),
                None => Position::First,
            },
            layout: Layout::default(),
        });
    }
    Some(out)
}
