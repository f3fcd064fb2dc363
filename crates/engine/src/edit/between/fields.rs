//! The edits between two values, field by field.

use std::{borrow::Cow, collections::HashSet};

use crate::{
    edit::{Edit, Layout, Position, Step, apply::same, fields::Fields},
    source::{Kind, Node},
};

/// An object in which more fields than this came or went is set as a whole.
const MAX_FIELDS: usize = 2_000;

/// So many fields of the file, or of one stage, may come or go.
const MAX_OWN_FIELDS: usize = 10_000;

/// How many bytes the ways to the fields have together before values are set as wholes.
const MAX_WAYS: usize = 64 << 20;

/// The edits of fields between two pipelines, whose stages have the same ids in the same order; if
/// they do not, `stages` is set as a whole. `None` if there are too many.
pub(super) fn between(old: Node<'_>, new: Node<'_>) -> Option<Vec<Edit>> {
    let mut found = Found::default();
    let pairs = stages(old, new);
    let split = pairs.is_some();
    found.owner(None, old, new, split)?;
    for (id, old, new) in pairs.unwrap_or_default() {
        found.owner(Some(&id), old, new, false)?;
    }
    Some(found.edits)
}

/// The edits that set the fields of the file that differ as wholes; `None` if there are too many.
pub(super) fn whole(old: Node<'_>, new: Node<'_>) -> Option<Vec<Edit>> {
    let mut found = Found::default();
    let both = Both::of(old, new);
    (both.came + both.left <= MAX_OWN_FIELDS).then_some(())?;
    found.gone(None, &[], &both);
    for (field, at) in placed(new) {
        let key = field.key().unwrap_or_default();
        if both.old(&key).is_none_or(|old| !same(old, field)) {
            found.set(None, vec![Step::from(&*key)], field, at);
        }
    }
    Some(found.edits)
}

/// The edits between two values at the same path.
pub(super) fn value(
    stage: Option<&str>,
    path: &mut Vec<Step>,
    old: Node<'_>,
    new: Node<'_>,
) -> Vec<Edit> {
    let mut found = Found::default();
    found.value(stage, path, old, new);
    found.edits
}

type Pair<'a> = (String, Node<'a>, Node<'a>);

/// The stages of both, if their ids are the same texts in the same order.
fn stages<'a>(old: Node<'a>, new: Node<'a>) -> Option<Vec<Pair<'a>>> {
    let (old, new) = (old.get("stages")?, new.get("stages")?);
    if old.kind() != Kind::List || new.kind() != Kind::List {
        return None;
    }
    let mut out: Vec<Pair<'a>> = Vec::new();
    let mut ids = HashSet::new();
    let (mut old, mut new) = (old.children(), new.children());
    loop {
        match (old.next(), new.next()) {
            (None, None) => return Some(out),
            (Some(old), Some(new)) => {
                let id = old.get("id")?.text()?.into_owned();
                if !ids.insert(id.clone()) || new.get("id")?.text()? != id {
                    return None;
                }
                out.push((id, old, new));
            }
            _ => return None,
        }
    }
}

/// Two objects, and how many fields came and went.
struct Both<'o, 'n> {
    old: Node<'o>,
    of_old: Fields<'o>,
    new: Node<'n>,
    of_new: Fields<'n>,
    /// How many fields both have.
    shared: usize,
    came: usize,
    left: usize,
}

impl<'o, 'n> Both<'o, 'n> {
    fn of(old: Node<'o>, new: Node<'n>) -> Self {
        let of_old = Fields::of(old);
        let number = new.children().count();
        let has = |field: &Node<'_>| of_old.partner(*field).is_some();
        let shared = new.children().filter(has).count();
        Self {
            left: old.children().count().saturating_sub(shared),
            came: number - shared,
            shared,
            of_old,
            of_new: Fields::of(new),
            old,
            new,
        }
    }

    fn old(&self, key: &str) -> Option<Node<'o>> {
        self.of_old.get(key)
    }

    /// Whether they share a field; if not, one takes the place of the other.
    fn alike(&self) -> bool {
        self.shared > 0 || self.came == 0 || self.left == 0
    }
}

/// Edits that were found.
#[derive(Default)]
struct Found {
    edits: Vec<Edit>,
    /// At most how many bytes the ways to their fields have.
    ways: usize,
}

impl Found {
    /// The edits between the fields of the file, or of a stage; `None` if there are too many.
    fn owner(
        &mut self,
        stage: Option<&str>,
        old: Node<'_>,
        new: Node<'_>,
        without_stages: bool,
    ) -> Option<()> {
        let both = Both::of(old, new);
        let few = both.came + both.left <= MAX_OWN_FIELDS;
        (few && self.room(stage, &[], &both)).then_some(())?;
        self.object(stage, &mut Vec::new(), &both, without_stages);
        Some(())
    }

    /// Whether there is room for the edits of each field of two objects.
    fn room(&mut self, stage: Option<&str>, path: &[Step], both: &Both<'_, '_>) -> bool {
        self.take(stage, path, both.shared + both.came + both.left)
    }

    fn take(&mut self, stage: Option<&str>, path: &[Step], fields: usize) -> bool {
        let step = |step: &Step| match step {
            Step::Key(key) => key.len() + size_of::<Step>(),
            Step::Index(_) => size_of::<Step>(),
        };
        let way = stage.map_or(0, str::len) + path.iter().map(step).sum::<usize>();
        let ways = self.ways.saturating_add(way.saturating_mul(fields));
        let fits = ways <= MAX_WAYS;
        if fits {
            self.ways = ways;
        }
        fits
    }

    fn object(
        &mut self,
        stage: Option<&str>,
        path: &mut Vec<Step>,
        both: &Both<'_, '_>,
        without_stages: bool,
    ) {
        self.gone(stage, path, both);
        for (field, at) in placed(both.new) {
            let key = field.key().unwrap_or_default();
            if without_stages && key == "stages" {
                continue;
            }
            path.push(Step::from(&*key));
            match both.old(&key) {
                None => self.set(stage, path.clone(), field, at),
                Some(old) => self.value(stage, path, old, field),
            }
            path.pop();
        }
    }

    /// Removes the fields that the new object does not have.
    fn gone(&mut self, stage: Option<&str>, path: &[Step], both: &Both<'_, '_>) {
        for field in both.old.children() {
            let key = field.key().unwrap_or_default();
            if both.of_new.get(&key).is_none() {
                let mut path = path.to_vec();
                path.push(Step::from(&*key));
                self.edits.push(Edit::UnsetField {
                    stage: stage.map(str::to_owned),
                    path,
                    layout: Layout::default(),
                });
            }
        }
    }

    fn value(&mut self, stage: Option<&str>, path: &mut Vec<Step>, old: Node<'_>, new: Node<'_>) {
        if same(old, new) {
            return;
        }
        let parts = match (old.kind(), new.kind()) {
            (Kind::Object, Kind::Object) => {
                let both = Both::of(old, new);
                let split = both.alike()
                    && both.came + both.left <= MAX_FIELDS
                    && self.room(stage, path, &both);
                if split {
                    self.object(stage, path, &both, false);
                }
                split
            }
            (Kind::List, Kind::List) => self.items(stage, path, old, new),
            _ => false,
        };
        if !parts {
            self.set(stage, path.clone(), new, Position::Last);
        }
    }

    /// The edits between the items of two lists of the same length; `false` if it is set as a whole.
    fn items(
        &mut self,
        stage: Option<&str>,
        path: &mut Vec<Step>,
        old: Node<'_>,
        new: Node<'_>,
    ) -> bool {
        let nested = |node: Node<'_>| matches!(node.kind(), Kind::Object | Kind::List);
        let alike = |(old, new): (Node<'_>, Node<'_>)| {
            same(old, new) || nested(old) && old.kind() == new.kind()
        };
        let length = new.children().count();
        let split = old.children().count() == length
            && old.children().zip(new.children()).all(alike)
            && self.take(stage, path, length);
        if split {
            for (nth, (old, new)) in old.children().zip(new.children()).enumerate() {
                path.push(Step::Index(nth));
                self.value(stage, path, old, new);
                path.pop();
            }
        }
        split
    }

    fn set(&mut self, stage: Option<&str>, path: Vec<Step>, value: Node<'_>, at: Position) {
        self.edits.push(Edit::SetField {
            stage: stage.map(str::to_owned),
            path,
            value: value.value(),
            at,
            layout: Layout::default(),
        });
    }
}

/// The fields of an object, with the places where they stand.
fn placed(object: Node<'_>) -> impl Iterator<Item = (Node<'_>, Position)> {
    let last = object.children().count();
    let mut before: Option<Cow<'_, str>> = None;
    object.children().zip(1..).map(move |(field, number)| {
        let before = std::mem::replace(&mut before, field.key());
        let at = match before {
            _ if number == last => Position::Last,
            Some(key) => Position::After(key.into_owned()),
            None => Position::First,
        };
        (field, at)
    })
}
