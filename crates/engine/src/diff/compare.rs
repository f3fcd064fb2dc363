//! Finds what differs.

use std::collections::HashMap;

use super::{
    difference::{Change, Difference, FieldChange, StageChange, StageEntry},
    moves, rename,
    tree::{self, Parts, Shape, Tree},
};
use crate::{
    component::Registry,
    model::{Pipeline, structure},
    source::{Kind, Path, Segment},
};

/// A value whose path is longer than this, in bytes, is one thing, whatever is in it. The paths of all
/// that is in it could together be much longer than the file.
pub(super) const LONGEST_PATH: usize = 400;

/// The difference between two pipelines.
pub(super) fn compare(before: &Pipeline, after: &Pipeline, registry: &Registry) -> Difference {
    let old = Tree::of_file(before.document.root(), registry);
    let new = Tree::of_file(after.document.root(), registry);
    let mut out = Difference::default();
    let (old_stages, new_stages) = match (old.stages(), new.stages()) {
        (Some(a), Some(b)) => (a, b),
        // One of the lists cannot be compared stage by stage.
        _ => {
            fields(Some(&old), Some(&new), &mut Vec::new(), &mut out.fields);
            sort(&mut out.fields);
            return out;
        }
    };
    let empty = Parts::new();
    let (a, b) = (
        old.fields().unwrap_or(&empty),
        new.fields().unwrap_or(&empty),
    );
    parts(a, b, &["stages"], &mut Vec::new(), &mut out.fields);
    sort(&mut out.fields);

    let pairs = rename::pairs(old_stages, new_stages);
    let renames = pairs.renames();
    let moved = moves::reordered(&pairs.matched);
    let old_homes = moves::homes(before, &structure(before, registry));
    let new_homes = moves::homes(after, &structure(after, registry));
    for (pair, reordered) in pairs.matched.iter().zip(moved) {
        let mut found = Vec::new();
        let (was, is) = (&old_stages[pair.before], &new_stages[pair.after]);
        if let (Some(a), Some(b)) = (was.fields(), is.fields()) {
            parts(a, b, &["id"], &mut Vec::new(), &mut found);
        }
        sort(&mut found);
        for change in &mut found {
            change.follows_rename = rename::explains(&renames, change);
        }
        let control = moves::control(
            old_homes.get(pair.before).map_or(&[], Vec::as_slice),
            new_homes.get(pair.after).map_or(&[], Vec::as_slice),
            &renames,
        );
        let renamed = pair.id.before != pair.id.after;
        if found.is_empty() && control.is_none() && !reordered && !renamed {
            continue;
        }
        out.changed.push(StageChange {
            id: pair.id.clone(),
            component: Change {
                before: tree::component(was.node),
                after: tree::component(is.node),
            },
            index: Change {
                before: pair.before,
                after: pair.after,
            },
            reordered,
            control,
            fields: found,
        });
    }
    out.changed.sort_by_key(|stage| stage.index.after);
    out.removed = entries(old_stages, &pairs.removed);
    out.added = entries(new_stages, &pairs.added);
    out
}

fn entries(stages: &Parts<'_>, which: &[usize]) -> Vec<StageEntry> {
    which
        .iter()
        .filter_map(|index| {
            let (id, tree) = stages.get_index(*index)?;
            Some(StageEntry {
                id: id.clone(),
                component: tree::component(tree.node),
                index: *index,
                stage: tree.node.value(),
            })
        })
        .collect()
}

/// The fields of two objects that differ, except those in `without`.
fn parts(
    a: &Parts<'_>,
    b: &Parts<'_>,
    without: &[&str],
    path: &mut Vec<Segment>,
    out: &mut Vec<FieldChange>,
) {
    let keys = a.keys().chain(b.keys().filter(|key| !a.contains_key(*key)));
    for key in keys.filter(|key| !without.contains(&key.as_str())) {
        path.push(Segment::Key(key.clone()));
        fields(a.get(key), b.get(key), path, out);
        path.pop();
    }
}

fn fields(
    a: Option<&Tree<'_>>,
    b: Option<&Tree<'_>>,
    path: &mut Vec<Segment>,
    out: &mut Vec<FieldChange>,
) {
    if tree::same(a, b) {
        return;
    }
    if let (Some(a), Some(b), true) = (a, b, length(path) <= LONGEST_PATH) {
        match (&a.shape, &b.shape) {
            (Shape::Fields(a), Shape::Fields(b)) => return parts(a, b, &[], path, out),
            (Shape::Whole(_), Shape::Whole(_)) if list_of_equal_length(a, b) => {
                for (index, (a, b)) in a.node.children().zip(b.node.children()).enumerate() {
                    path.push(Segment::Index(index));
                    let (a, b) = (Tree::of_value(a), Tree::of_value(b));
                    fields(Some(&a), Some(&b), path, out);
                    path.pop();
                }
                return;
            }
            _ => {}
        }
    }
    out.push(FieldChange {
        field: name(path),
        before: a.map(Tree::value),
        after: b.map(Tree::value),
        follows_rename: false,
    });
}

/// About how long a path is as a text.
fn length(path: &[Segment]) -> usize {
    path.iter()
        .map(|segment| match segment {
            Segment::Key(key) => key.len() + 1,
            Segment::Index(_) => 4,
        })
        .sum()
}

fn list_of_equal_length(a: &Tree<'_>, b: &Tree<'_>) -> bool {
    a.node.kind() == Kind::List
        && b.node.kind() == Kind::List
        && a.node.children().count() == b.node.children().count()
}

/// A path within a stage or the file: `config.prompt`, `config["a b"]`.
pub(super) fn name(segments: &[Segment]) -> String {
    let mut path = Path::default();
    for segment in segments {
        match segment {
            Segment::Key(key) => path.push_key(key),
            Segment::Index(index) => path.push_index(*index),
        }
    }
    let text = path.to_string();
    let text = text.strip_prefix('$').unwrap_or(&text);
    text.strip_prefix('.').unwrap_or(text).to_owned()
}

fn sort(fields: &mut [FieldChange]) {
    fields.sort_by(|a, b| a.field.cmp(&b.field));
}

/// The numbers of stages, by id.
pub(super) fn numbers<'t>(stages: &'t Parts<'_>) -> HashMap<&'t str, usize> {
    stages.keys().map(String::as_str).zip(0..).collect()
}
