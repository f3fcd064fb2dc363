//! Dependencies, and stages in lists of control stages, that came or went.

use std::collections::{HashMap, HashSet};

use super::Finder;
use crate::{
    edit::{
        Branch, Edit, EditError, Layout, Position,
        refer::{self, ids},
        sheet::Sheet,
    },
    source::Kind,
};

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
            for on in now.iter().filter(|on| !wanted.contains(on)) {
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
                if !now.contains(on) {
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
    for number in sheet.numbers() {
        let (Some(view), Some(control)) = (sheet.view(number), sheet.id(number)) else {
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
            for id in &named {
                out.of.entry(id.clone()).or_default().push(branch.clone());
            }
            out.lists.insert(branch, named);
        }
    }
    Some(out)
}
