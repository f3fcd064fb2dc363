//! Dependencies, and stages in lists of control stages, that came or went.

use std::collections::{HashMap, HashSet};

use super::Finder;
use crate::{
    edit::{
        Branch, Edit, EditError, Layout, Position,
        refer::{self, ids},
        sheet::{Sheet, id_of},
    },
    source::Kind,
};

/// A list is set as a whole if finding and making its edits one by one would cost more than this.
const MAX_COST: usize = 1_000_000;

/// How many bytes the names of lists have, counted once for each of their entries.
const MAX_NAMES: usize = 64 << 20;

impl Finder<'_, '_> {
    /// Finds dependencies that came or went.
    pub(super) fn dependencies(&mut self, new: &[String]) -> Result<(), EditError> {
        for stage in new {
            let (now, wanted) = (
                depends_on(&self.sheet, stage),
                depends_on(self.target, stage),
            );
            let (Some((now, _)), Some((wanted, absent))) = (now, wanted) else {
                continue;
            };
            let (old, new): (HashSet<&String>, HashSet<&String>) =
                (now.iter().collect(), wanted.iter().collect());
            let different = old.symmetric_difference(&new).count();
            let cost = different.saturating_mul(now.len() + wanted.len() + stage.len());
            if cost > MAX_COST {
                continue;
            }
            self.spend(cost)?;
            for on in now.iter().filter(|on| !new.contains(on)) {
                let layout = Layout {
                    prune: u32::from(absent),
                    ..Layout::default()
                };
                self.edit(Edit::Disconnect {
                    stage: stage.clone(),
                    on: on.clone(),
                    layout,
                })?;
            }
            for (nth, on) in wanted.iter().enumerate() {
                if !old.contains(on) {
                    self.edit(Edit::Connect {
                        stage: stage.clone(),
                        on: on.clone(),
                        at: place(&wanted, nth),
                        layout: Layout::default(),
                    })?;
                }
            }
        }
        Ok(())
    }

    /// Finds stages that came into lists of control stages or left them.
    pub(super) fn members(&mut self, new: &[String]) -> Result<(), EditError> {
        let (Some(now), Some(wanted)) = (memberships(&self.sheet), memberships(self.target)) else {
            return Ok(());
        };
        for stage in new {
            let empty = Vec::new();
            let had = now.of.get(stage).unwrap_or(&empty);
            let has = wanted.of.get(stage).unwrap_or(&empty);
            if had.len().saturating_mul(has.len()) > MAX_COST {
                continue;
            }
            let came: Vec<&Branch> = has.iter().filter(|branch| !had.contains(branch)).collect();
            let left: Vec<&Branch> = had.iter().filter(|branch| !has.contains(branch)).collect();
            let at = |branch: &Branch| {
                let list = wanted.lists.get(branch);
                let nth = list.and_then(|list| list.iter().position(|id| id == stage));
                match (list, nth) {
                    (Some(list), Some(nth)) => place(list, nth),
                    _ => Position::Last,
                }
            };
            if came.is_empty() && left.is_empty() {
                continue;
            }
            let entries = |lists: &Memberships, of: &[&Branch]| -> usize {
                let lists = of.iter().filter_map(|branch| lists.lists.get(*branch));
                lists.map(Vec::len).sum()
            };
            self.spend(entries(&now, &left) + entries(&wanted, &came))?;
            if has.len() == came.len() && came.len() <= 1 {
                let into = came.first().map(|branch| (*branch).clone());
                self.edit(Edit::MoveStage {
                    stage: stage.clone(),
                    at: into.as_ref().map_or(Position::Last, at),
                    into,
                })?;
                continue;
            }
            for branch in left {
                self.edit(Edit::Exclude {
                    stage: stage.clone(),
                    from: branch.clone(),
                    layout: Layout::default(),
                })?;
            }
            for branch in came {
                self.edit(Edit::Include {
                    stage: stage.clone(),
                    into: branch.clone(),
                    at: at(branch),
                    layout: Layout::default(),
                })?;
            }
        }
        Ok(())
    }
}

/// Where an entry stands in its list.
fn place(list: &[String], nth: usize) -> Position {
    let before = nth.checked_sub(1).and_then(|at| list.get(at));
    match before {
        _ if nth + 1 == list.len() => Position::Last,
        Some(before) => Position::After(before.clone()),
        None => Position::First,
    }
}

/// What a stage waits for, and whether it has no list of it.
fn depends_on(sheet: &Sheet<'_>, stage: &str) -> Option<(Vec<String>, bool)> {
    let view = sheet.view(sheet.stage("", stage).ok()?)?;
    let Some(list) = view.get("depends_on") else {
        return Some((Vec::new(), true));
    };
    let ids = match list.kind() {
        Kind::Null => Vec::new(),
        Kind::List => ids(list),
        _ => return None,
    };
    let different: HashSet<&String> = ids.iter().collect();
    let texts = different.len() == ids.len() && ids.len() == list.children().len();
    texts.then_some((ids, false))
}

struct Memberships {
    /// The entries of each list.
    lists: HashMap<Branch, Vec<String>>,
    /// The lists that name each stage.
    of: HashMap<String, Vec<Branch>>,
}

/// Who is in which list; `None` if lists are odd.
fn memberships(sheet: &Sheet<'_>) -> Option<Memberships> {
    let mut out = Memberships {
        lists: HashMap::new(),
        of: HashMap::new(),
    };
    let mut names = 0usize;
    for (_, view) in sheet.each() {
        let Some(control) = id_of(view) else {
            continue;
        };
        for list in refer::lists(view, sheet.registry) {
            let branch = list.branch(&control);
            let named = match list.view.kind() {
                Kind::Null => Some(Vec::new()),
                Kind::List => {
                    let ids = list.ids();
                    let different: HashSet<&String> = ids.iter().collect();
                    let all = list.view.children().len();
                    (different.len() == all).then_some(ids)
                }
                Kind::Text => Some(list.ids()),
                _ => None,
            };
            let named = named?;
            let name = branch.control.len() + branch.key.as_ref().map_or(0, String::len);
            names = names.saturating_add(named.len().saturating_mul(name));
            if names > MAX_NAMES {
                return None;
            }
            for id in &named {
                out.of.entry(id.clone()).or_default().push(branch.clone());
            }
            out.lists.insert(branch, named);
        }
    }
    Some(out)
}
