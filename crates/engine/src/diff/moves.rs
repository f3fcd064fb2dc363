//! Which stages moved: within the file, and from one control stage to another.

use super::{difference::Change, rename::Pair};
use crate::{
    model::{Pipeline, Structure},
    rising::rising,
};

/// For each pair, whether the stage changed places with others. As few stages as possible are said
/// to have moved: the others have the same order in both files.
pub(super) fn reordered(pairs: &[Pair]) -> Vec<bool> {
    // Several smallest sets of stages may explain the new order. So that the difference is the same
    // in both directions, the direction in which it is computed depends on the names only.
    let name = |number: &usize| {
        let id = &pairs[*number].id;
        (&id.before).min(&id.after)
    };
    let mut old: Vec<usize> = (0..pairs.len()).collect();
    let mut new = old.clone();
    old.sort_by_key(|number| pairs[*number].before);
    new.sort_by_key(|number| pairs[*number].after);
    if old == new {
        return vec![false; pairs.len()];
    }
    let (from, to) = if old.iter().map(name).le(new.iter().map(name)) {
        (old, new)
    } else {
        (new, old)
    };
    let mut place = vec![0; pairs.len()];
    for (at, number) in to.iter().enumerate() {
        place[*number] = at;
    }
    let places: Vec<usize> = from.iter().map(|number| place[*number]).collect();
    let mut moved = vec![true; pairs.len()];
    for at in rising(&places) {
        moved[from[at]] = false;
    }
    moved
}

/// For each stage, the lists of inner stages that it belongs to: the control stage's id and the
/// branch. Empty at the top level.
pub(super) fn homes(pipeline: &Pipeline, structure: &Structure) -> Vec<Vec<(String, String)>> {
    structure
        .stages
        .iter()
        .map(|shape| {
            shape
                .scopes
                .iter()
                .filter_map(|scope| {
                    let scope = structure.scopes.get(*scope as usize)?;
                    let control = pipeline.stages.get(scope.control? as usize)?;
                    Some((control.id.value.clone(), scope.branch.to_string()))
                })
                .collect()
        })
        .collect()
}

/// The lists that a stage belongs to in both files, if they differ.
pub(super) fn control(
    before: &[(String, String)],
    after: &[(String, String)],
    renames: &[(&str, &str)],
) -> Option<Change<Vec<String>>> {
    let mut expected: Vec<(&str, &str)> = before
        .iter()
        .map(|(id, branch)| {
            let new = renames.iter().find(|(old, _)| old == id);
            (new.map_or(id.as_str(), |(_, new)| *new), branch.as_str())
        })
        .collect();
    let mut found: Vec<(&str, &str)> = after
        .iter()
        .map(|(id, branch)| (id.as_str(), branch.as_str()))
        .collect();
    expected.sort_unstable();
    found.sort_unstable();
    let shown = |lists: &[(String, String)]| {
        let mut names: Vec<String> = lists
            .iter()
            .map(|(id, branch)| format!("{id}/{branch}"))
            .collect();
        names.sort_unstable();
        names
    };
    (expected != found).then(|| Change {
        before: shown(before),
        after: shown(after),
    })
}
