//! Stages that were renamed, removed, added or put elsewhere in the file.

use std::collections::{HashMap, HashSet};

use super::{
    Finder,
    similar::{Candidate, pairs},
};
use crate::{
    edit::{
        Edit, EditError, Layout, Position, refer,
        sheet::{Sheet, id_of},
    },
    model::wrong_id,
    rising::rising,
    source::{Document, Kind, Node},
};

/// The ids of the stages in the order of the file, if every stage has one of its own.
pub(super) fn ids(sheet: &Sheet<'_>) -> Option<Vec<String>> {
    let mut seen = HashSet::new();
    if sheet.top("stages").map(|stages| stages.kind()) != Some(Kind::List) {
        return None;
    }
    let ids = sheet.each().map(|(_, view)| {
        let id = id_of(view)?;
        seen.insert(id.clone()).then_some(id)
    });
    ids.collect()
}

impl Finder<'_, '_> {
    /// Finds the stages that were renamed.
    pub(super) fn renames(&mut self, old: &[String], new: &[String]) -> Result<(), EditError> {
        let known_old: HashSet<&str> = old.iter().map(String::as_str).collect();
        let known_new: HashSet<&str> = new.iter().map(String::as_str).collect();
        if old.iter().all(|id| known_new.contains(id.as_str()))
            || new.iter().all(|id| known_old.contains(id.as_str()))
        {
            return Ok(());
        }
        let text = self.sheet.text();
        let document = Document::parse(text).map_err(|errors| super::syntax(&errors))?;
        let lost = candidates(document.root(), |id| !known_new.contains(id));
        let found = candidates(self.root, |id| {
            !known_old.contains(id) && wrong_id(id).is_none()
        });
        for (stage, to) in pairs(&lost, &found) {
            // A rename that would change what an expression reads is none.
            let edit = Edit::RenameStage { stage, to };
            let _ = self.edit(edit);
        }
        Ok(())
    }

    /// Removes the stages that are gone.
    pub(super) fn removals(&mut self, new: &[String]) -> Result<(), EditError> {
        let wanted: HashSet<&str> = new.iter().map(String::as_str).collect();
        let old = ids(&self.sheet).unwrap_or_default();
        let gone: Vec<String> = old
            .into_iter()
            .filter(|id| !wanted.contains(id.as_str()))
            .collect();
        if gone.is_empty() {
            return Ok(());
        }
        let named = self.named();
        for stage in gone {
            let keep_references = named.contains(&stage);
            self.edit(Edit::RemoveStage {
                stage,
                keep_references,
                layout: Layout::default(),
            })?;
        }
        Ok(())
    }

    /// The ids that the new text names, whether or not there are such stages.
    fn named(&self) -> HashSet<String> {
        let mut out = HashSet::new();
        for (_, view) in self.target.each() {
            if let Some(list) = view.get("depends_on") {
                out.extend(refer::ids(list));
            }
            for list in refer::lists(view, self.target.registry) {
                out.extend(list.ids());
            }
        }
        let output = self.target.top("output_stage_id");
        out.extend(output.and_then(|id| id.text()).map(|id| id.into_owned()));
        out
    }

    /// Adds the stages that are new and puts all in order.
    pub(super) fn order(&mut self, new: &[String]) -> Result<(), EditError> {
        let current = ids(&self.sheet).unwrap_or_default();
        let places: HashMap<&str, usize> = new
            .iter()
            .enumerate()
            .map(|(place, id)| (id.as_str(), place))
            .collect();
        let sequence: Vec<usize> = current
            .iter()
            .filter_map(|id| places.get(id.as_str()).copied())
            .collect();
        let stay: HashSet<usize> = rising(&sequence)
            .into_iter()
            .filter_map(|at| sequence.get(at).copied())
            .collect();
        let present: HashSet<usize> = sequence.into_iter().collect();
        let target = self.target;
        let numbers = target.numbers();
        for (place, id) in new.iter().enumerate() {
            if stay.contains(&place) {
                continue;
            }
            let before = place.checked_sub(1).and_then(|at| new.get(at));
            let at = match before {
                _ if place + 1 == new.len() => Position::Last,
                Some(before) => Position::After(before.clone()),
                None => Position::First,
            };
            if present.contains(&place) {
                self.edit(Edit::ReorderStage {
                    stage: id.clone(),
                    at,
                    layout: Layout::default(),
                })?;
                continue;
            }
            let view = numbers.get(place).and_then(|number| target.view(*number));
            if let Some(view) = view {
                self.edit(Edit::AddStage {
                    value: view.value(),
                    into: None,
                    at,
                    layout: Layout::default(),
                })?;
            }
        }
        Ok(())
    }
}

fn candidates<'t>(root: Node<'t>, is_one: impl Fn(&str) -> bool) -> Vec<Candidate<'t>> {
    let stages = root
        .get("stages")
        .into_iter()
        .flat_map(|list| list.children());
    let candidate = |(place, node): (usize, Node<'t>)| {
        let id = node.get("id")?.text()?.into_owned();
        is_one(&id).then_some(Candidate { id, node, place })
    };
    stages.enumerate().filter_map(candidate).collect()
}
