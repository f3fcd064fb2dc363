//! Applies edits and records what each changes.

use std::collections::HashMap;

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
        sheet::{Owner, Sheet},
        tree::View,
    },
    source::{Document, Kind},
};

/// The names that stages have while edits are applied.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    /// The id in the base by the present id, where they differ.
    base: HashMap<String, String>,
    /// The present id by the id in the base, where they differ.
    present: HashMap<String, String>,
}

impl Names {
    /// The id that a stage had in the base.
    pub fn base(&self, id: &str) -> String {
        self.base.get(id).cloned().unwrap_or_else(|| id.to_owned())
    }

    /// The id that a stage has now.
    pub fn present(&self, base: &str) -> String {
        let present = self.present.get(base).cloned();
        present.unwrap_or_else(|| base.to_owned())
    }

    fn rename(&mut self, from: &str, to: &str) {
        let base = self.base.remove(from).unwrap_or_else(|| from.to_owned());
        self.present.remove(&base);
        if base != to {
            self.base.insert(to.to_owned(), base.clone());
            self.present.insert(base, to.to_owned());
        }
    }

    /// The renames that lead from the base to now: the old and the new id.
    pub fn renames(&self) -> Vec<(&str, &str)> {
        let all = self.present.iter();
        let mut all: Vec<(&str, &str)> =
            all.map(|(old, new)| (old.as_str(), new.as_str())).collect();
        all.sort_unstable();
        all
    }

    /// A list with the ids of the base.
    fn branch(&self, branch: &Branch) -> Branch {
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
    pub fn of(text: &str, edits: &[Edit], registry: &'r Registry) -> Result<Self, EditError> {
        let base = Sheet::read(text, registry)?;
        let mut sheet = Sheet::read(text, registry)?;
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
        let numbers = self.end.numbers().into_iter();
        numbers
            .filter_map(|number| self.end.id(number))
            .map(|id| self.names.base(&id))
            .collect()
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

    /// The lists that name a stage at the end, with the ids of the base.
    pub fn memberships(&self, base: &str) -> Vec<Branch> {
        let id = self.names.present(base);
        let mut out = Vec::new();
        for number in self.end.numbers() {
            let (Some(view), Some(control)) = (self.end.view(number), self.end.id(number)) else {
                continue;
            };
            for list in crate::edit::refer::lists(view, self.end.registry) {
                if list.ids().contains(&id) {
                    out.push(self.names.branch(&list.branch(&control)));
                }
            }
        }
        out
    }
}

/// A stage, by its id.
pub(super) fn view<'t>(sheet: &'t Sheet<'_>, id: &str) -> Option<View<'t>> {
    sheet.view(sheet.stage("", id).ok()?)
}

/// The entries of a list.
pub(super) fn entries(sheet: &Sheet<'_>, list: &Entries) -> Vec<String> {
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
                Some(stage) => sheet.stage("", stage).ok().map(Owner::Stage),
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
    let different = |all: &[&str]| {
        let set: std::collections::HashSet<&&str> = all.iter().collect();
        set.len() == all.len()
    };
    let old: Vec<&str> = old.iter().map(String::as_str).collect();
    let stay = |all: &[&str], others: &[&str]| -> Vec<String> {
        let stay = all.iter().filter(|id| others.contains(id));
        stay.map(|id| (*id).to_owned()).collect()
    };
    if !different(&old) || !different(&new) || stay(&old, &new) != stay(&new, &old) {
        return None;
    }
    let mut out = Vec::new();
    for on in old.iter().filter(|on| !new.contains(on)) {
        out.push(Edit::Disconnect {
            stage: stage.to_owned(),
            on: (*on).to_owned(),
            layout: Layout::default(),
        });
    }
    for (nth, on) in new.iter().enumerate() {
        if old.contains(on) {
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
