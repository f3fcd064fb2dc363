//! Which stages of two files are the same stage: those with the same id, and renamed ones.
//!
//! A stage that only the old file has and one that only the new file has are one renamed stage if
//! their component is the same and at least 60% of their fields agree. Texts agree as far as their
//! words do; ids, positions and the component itself do not count. The most similar pairs are
//! matched first. With very many or very long stages to compare, none is renamed.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{
    compare::{LONGEST_PATH, numbers},
    difference::{Change, FieldChange},
    tree::{self, Parts, Shape, Tree},
};
use crate::{Map, Value};

/// How much of two stages must agree, so that one counts as the other one renamed.
pub(crate) const ENOUGH: f64 = 0.6;

/// The most pairs that are compared. If there are more, no renaming is detected.
const MOST_PAIRS: usize = 100_000;

/// The most bytes that are compared, each stage counted once for each of its pairs. If there are more,
/// no renaming is detected.
const MOST_BYTES: usize = 50_000_000;

/// A stage that is in both files.
pub(super) struct Pair {
    pub id: Change<String>,
    /// Its number in the old file.
    pub before: usize,
    /// Its number in the new file.
    pub after: usize,
}

/// Which stages are in both files, and which in one.
pub(super) struct Pairs {
    /// In the order of the old file.
    pub matched: Vec<Pair>,
    /// Numbers in the old file.
    pub removed: Vec<usize>,
    /// Numbers in the new file.
    pub added: Vec<usize>,
}

impl Pairs {
    /// The old and the new ids of renamed stages.
    pub fn renames(&self) -> Vec<(&str, &str)> {
        self.matched
            .iter()
            .filter(|pair| pair.id.before != pair.id.after)
            .map(|pair| (pair.id.before.as_str(), pair.id.after.as_str()))
            .collect()
    }
}

pub(super) fn pairs(old: &Parts<'_>, new: &Parts<'_>) -> Pairs {
    let places = numbers(new);
    let mut out = Pairs {
        matched: Vec::new(),
        removed: Vec::new(),
        added: (0..new.len())
            .filter(|number| {
                new.get_index(*number)
                    .is_some_and(|(id, _)| !old.contains_key(id))
            })
            .collect(),
    };
    for (number, id) in old.keys().enumerate() {
        match places.get(id.as_str()) {
            Some(after) => out.matched.push(pair(id, id, number, *after)),
            None => out.removed.push(number),
        }
    }
    for (before, after) in renamed(&out, old, new) {
        if let (Some((was, _)), Some((is, _))) = (old.get_index(before), new.get_index(after)) {
            out.matched.push(pair(was, is, before, after));
            out.removed.retain(|number| *number != before);
            out.added.retain(|number| *number != after);
        }
    }
    out.matched.sort_by_key(|pair| pair.before);
    out
}

fn pair(was: &str, is: &str, before: usize, after: usize) -> Pair {
    Pair {
        id: Change {
            before: was.to_owned(),
            after: is.to_owned(),
        },
        before,
        after,
    }
}

fn renamed(pairs: &Pairs, old: &Parts<'_>, new: &Parts<'_>) -> Vec<(usize, usize)> {
    if pairs.removed.len().saturating_mul(pairs.added.len()) > MOST_PAIRS {
        return Vec::new();
    }
    let before: Vec<_> = pairs
        .removed
        .iter()
        .map(|n| (*n, Content::of(&old[*n])))
        .collect();
    let after: Vec<_> = pairs
        .added
        .iter()
        .map(|n| (*n, Content::of(&new[*n])))
        .collect();
    let bytes = bytes(&before)
        .saturating_mul(after.len())
        .saturating_add(bytes(&after).saturating_mul(before.len()));
    if bytes > MOST_BYTES {
        return Vec::new();
    }
    let mut candidates = Vec::new();
    for (a, was) in &before {
        for (b, is) in &after {
            let alike = was.alike(is);
            if alike >= ENOUGH {
                candidates.push((alike, *a, *b));
            }
        }
    }
    // Two pairs that are equal in this order have no stage in common, so the result is the same in
    // both directions.
    candidates.sort_by(|(x, a, b), (y, c, d)| {
        y.total_cmp(x)
            .then_with(|| a.abs_diff(*b).cmp(&c.abs_diff(*d)))
            .then_with(|| (a + b).cmp(&(c + d)))
    });
    let (mut left, mut right) = (HashSet::new(), HashSet::new());
    candidates.retain(|(_, a, b)| {
        let free = !left.contains(a) && !right.contains(b);
        if free {
            left.insert(*a);
            right.insert(*b);
        }
        free
    });
    candidates.into_iter().map(|(_, a, b)| (a, b)).collect()
}

/// How much text stages have to compare.
fn bytes(stages: &[(usize, Content)]) -> usize {
    stages.iter().map(|(_, content)| content.bytes()).sum()
}

/// What of a stage counts for its similarity to another.
struct Content {
    component: String,
    values: BTreeMap<String, Value>,
}

impl Content {
    fn of(stage: &Tree<'_>) -> Self {
        let mut values = BTreeMap::new();
        for (key, part) in stage.fields().into_iter().flatten() {
            if !matches!(key.as_str(), "id" | "type" | "position") {
                collect(part, key, &mut values);
            }
        }
        Self {
            component: tree::component(stage.node),
            values,
        }
    }

    fn bytes(&self) -> usize {
        let of = |(key, value): (&String, &Value)| key.len() + value.as_str().map_or(8, str::len);
        self.values.iter().map(of).sum()
    }

    fn alike(&self, other: &Self) -> f64 {
        if self.component != other.component {
            return 0.0;
        }
        let all = self.values.len() + other.values.len();
        if all == 0 {
            return 1.0;
        }
        let agree: f64 = self
            .values
            .iter()
            .filter_map(|(key, value)| Some(agreement(value, other.values.get(key)?)))
            .sum();
        2.0 * agree / all as f64
    }
}

fn collect(tree: &Tree<'_>, path: &str, out: &mut BTreeMap<String, Value>) {
    match &tree.shape {
        Shape::Whole(value) => drop(out.insert(path.to_owned(), value.clone())),
        _ if path.len() > LONGEST_PATH => drop(out.insert(path.to_owned(), tree.value())),
        Shape::Fields(parts) | Shape::Sequence(parts) | Shape::Set(parts) => {
            for (key, part) in parts {
                collect(part, &format!("{path}\n{key}"), out);
            }
        }
    }
}

/// How much two values agree, from 0 to 1.
fn agreement(a: &Value, b: &Value) -> f64 {
    if a == b {
        return 1.0;
    }
    let (Some(a), Some(b)) = (a.as_str(), b.as_str()) else {
        return 0.0;
    };
    let mut words: HashMap<&str, (usize, usize)> = HashMap::new();
    for word in a.split_whitespace() {
        words.entry(word).or_default().0 += 1;
    }
    for word in b.split_whitespace() {
        words.entry(word).or_default().1 += 1;
    }
    let all: usize = words.values().map(|(x, y)| x + y).sum();
    let common: usize = words.values().map(|(x, y)| x.min(y)).sum();
    if all == 0 {
        return 0.0;
    }
    2.0 * common as f64 / all as f64
}

/// Whether a change is nothing but renamed ids.
pub(super) fn explains(renames: &[(&str, &str)], change: &FieldChange) -> bool {
    let (Some(before), Some(after)) = (&change.before, &change.after) else {
        return false;
    };
    !renames.is_empty()
        && as_a_set(&with_new_ids(before, renames.iter().copied())) == as_a_set(after)
        && as_a_set(&with_new_ids(
            after,
            renames.iter().map(|(old, new)| (*new, *old)),
        )) == as_a_set(before)
}

/// A list of texts, sorted: the ids in `depends_on` have no order.
fn as_a_set(value: &Value) -> Value {
    match value.as_list() {
        Some(items) if items.iter().all(|item| item.as_str().is_some()) => {
            let mut names: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            names.sort_unstable();
            names.into_iter().map(Value::from).collect()
        }
        _ => value.clone(),
    }
}

fn with_new_ids<'r>(
    value: &Value,
    renames: impl Iterator<Item = (&'r str, &'r str)> + Clone,
) -> Value {
    match value {
        Value::Str(text) => renames
            .fold(text.to_string(), |text, (old, new)| {
                replace_word(&text, old, new)
            })
            .into(),
        Value::List(items) => items
            .iter()
            .map(|item| with_new_ids(item, renames.clone()))
            .collect(),
        Value::Map(map) => map
            .iter()
            .map(|(key, item)| (key.clone(), with_new_ids(item, renames.clone())))
            .collect::<Map>()
            .into(),
        other => other.clone(),
    }
}

/// The text with each `old` that stands alone replaced by `new`.
fn replace_word(text: &str, old: &str, new: &str) -> String {
    let inside = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(old) {
        let (before, found) = rest.split_at(at);
        let after = &found[old.len()..];
        let alone = !before
            .chars()
            .next_back()
            .or_else(|| out.chars().next_back())
            .is_some_and(inside)
            && !after.chars().next().is_some_and(inside);
        out.push_str(before);
        out.push_str(if alone { new } else { old });
        rest = after;
    }
    out.push_str(rest);
    out
}
