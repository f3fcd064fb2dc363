//! The edits between two values, field by field.

use std::collections::HashMap;

use crate::{
    edit::{Edit, Layout, Position, Step, apply::same},
    source::{Kind, Node},
};

/// The edits of fields between two pipelines, whose stages have the same ids in the same order; if
/// they do not, `stages` is set as a whole.
pub(super) fn between(old: Node<'_>, new: Node<'_>, out: &mut Vec<Edit>) {
    let pairs = stages(old, new);
    let split = pairs.is_some();
    object(None, &mut Vec::new(), old, new, split, out);
    for (id, old, new) in pairs.unwrap_or_default() {
        object(Some(&id), &mut Vec::new(), old, new, false, out);
    }
}

/// The edits that set the fields of the file that differ as wholes.
pub(super) fn whole(old: Node<'_>, new: Node<'_>, out: &mut Vec<Edit>) {
    gone(None, &[], old, new, out);
    for (nth, field) in new.children().enumerate() {
        let key = field.key().unwrap_or_default();
        if old.get(&key).is_none_or(|old| !same(old, field)) {
            out.push(set(None, vec![Step::from(&*key)], field, at(new, nth)));
        }
    }
}

type Pair<'a> = (String, Node<'a>, Node<'a>);

/// The stages of both, if their ids are the same texts in the same order.
fn stages<'a>(old: Node<'a>, new: Node<'a>) -> Option<Vec<Pair<'a>>> {
    let (old, new) = (old.get("stages")?, new.get("stages")?);
    if old.kind() != Kind::List || new.kind() != Kind::List {
        return None;
    }
    let mut out: Vec<Pair<'a>> = Vec::new();
    let mut ids = HashMap::new();
    let (mut old, mut new) = (old.children(), new.children());
    loop {
        match (old.next(), new.next()) {
            (None, None) => return Some(out),
            (Some(old), Some(new)) => {
                let id = old.get("id")?.text()?.into_owned();
                let unique = ids.insert(id.clone(), ()).is_none();
                if !unique || new.get("id")?.text()? != id {
                    return None;
                }
                out.push((id, old, new));
            }
            _ => return None,
        }
    }
}

fn object(
    stage: Option<&str>,
    path: &mut Vec<Step>,
    old: Node<'_>,
    new: Node<'_>,
    without_stages: bool,
    out: &mut Vec<Edit>,
) {
    gone(stage, path, old, new, out);
    for (nth, field) in new.children().enumerate() {
        let key = field.key().unwrap_or_default();
        if without_stages && key == "stages" {
            continue;
        }
        path.push(Step::from(&*key));
        match old.get(&key) {
            None => out.push(set(stage, path.clone(), field, at(new, nth))),
            Some(old) => value(stage, path, old, field, out),
        }
        path.pop();
    }
}

/// Removes the fields that the new object does not have.
fn gone(stage: Option<&str>, path: &[Step], old: Node<'_>, new: Node<'_>, out: &mut Vec<Edit>) {
    for field in old.children() {
        let key = field.key().unwrap_or_default();
        if new.get(&key).is_none() {
            let mut path = path.to_vec();
            path.push(Step::from(&*key));
            out.push(Edit::UnsetField {
                stage: stage.map(str::to_owned),
                path,
                layout: Layout::default(),
            });
        }
    }
}

/// The edits between two values at the same path.
pub(super) fn value(
    stage: Option<&str>,
    path: &mut Vec<Step>,
    old: Node<'_>,
    new: Node<'_>,
    out: &mut Vec<Edit>,
) {
    if same(old, new) {
        return;
    }
    let nested = |node: Node<'_>| matches!(node.kind(), Kind::Object | Kind::List);
    match (old.kind(), new.kind()) {
        (Kind::Object, Kind::Object) if alike(old, new) => {
            object(stage, path, old, new, false, out);
        }
        (Kind::List, Kind::List)
            if old.children().count() == new.children().count()
                && old.children().zip(new.children()).all(|(old, new)| {
                    same(old, new) || nested(old) && old.kind() == new.kind()
                }) =>
        {
            for (nth, (old, new)) in old.children().zip(new.children()).enumerate() {
                path.push(Step::Index(nth));
                value(stage, path, old, new, out);
                path.pop();
            }
        }
        _ => out.push(set(stage, path.clone(), new, Position::Last)),
    }
}

/// Whether two objects share a key; if not, one takes the place of the other.
fn alike(old: Node<'_>, new: Node<'_>) -> bool {
    let has = |field: Node<'_>| field.key().is_some_and(|key| old.get(&key).is_some());
    let empty = |node: Node<'_>| node.children().next().is_none();
    empty(old) || empty(new) || new.children().any(has)
}

fn set(stage: Option<&str>, path: Vec<Step>, value: Node<'_>, at: Position) -> Edit {
    Edit::SetField {
        stage: stage.map(str::to_owned),
        path,
        value: value.value(),
        at,
        layout: Layout::default(),
    }
}

/// Where the field with this number stands in its object.
fn at(object: Node<'_>, nth: usize) -> Position {
    let before = nth.checked_sub(1).and_then(|at| object.children().nth(at));
    match before.and_then(|field| field.key()) {
        _ if object.children().count() == nth + 1 => Position::Last,
        Some(key) => Position::After(key.into_owned()),
        None => Position::First,
    }
}
