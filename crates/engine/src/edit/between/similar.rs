//! Finds stages that have only another id.

use std::{
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
};

use crate::{
    diff::RENAMED_FROM,
    source::{Kind, Node},
};

/// So many pairs of stages are compared in detail; with more, only those that are equal are found.
const MOST_PAIRS: usize = 10_000;

/// A stage that may have been renamed.
pub(super) struct Candidate<'t> {
    pub id: String,
    pub node: Node<'t>,
    /// Its place in the file.
    pub place: usize,
}

/// The values of a stage with the ways to them, as hashes: ways may be long.
type Traits = HashSet<u64>;

/// Pairs of stages that are the same but for their ids: the old and the new id.
pub(super) fn pairs(old: &[Candidate<'_>], new: &[Candidate<'_>]) -> Vec<(String, String)> {
    let traits = |all: &[Candidate<'_>]| -> Vec<Traits> {
        all.iter().map(|one| traits_of(one.node)).collect()
    };
    let (old_traits, new_traits) = (traits(old), traits(new));
    let mut scored = Vec::new();
    let mut compare = |o: usize, n: usize| {
        if let (Some(a), Some(b), Some(x), Some(y)) =
            (old_traits.get(o), new_traits.get(n), old.get(o), new.get(n))
        {
            let score = score(x, a, y, b);
            // The same share as where differences are shown, though only equal values agree here.
            if score >= RENAMED_FROM {
                scored.push((score, x.place.abs_diff(y.place), o, n));
            }
        }
    };
    if old.len().saturating_mul(new.len()) <= MOST_PAIRS {
        for o in 0..old.len() {
            (0..new.len()).for_each(|n| compare(o, n));
        }
    } else {
        let whole = |traits: &Traits| {
            let mut all: Vec<u64> = traits.iter().copied().collect();
            all.sort_unstable();
            all
        };
        let mut known: HashMap<Vec<u64>, Vec<usize>> = HashMap::new();
        for (n, traits) in new_traits.iter().enumerate() {
            known.entry(whole(traits)).or_default().push(n);
        }
        for (o, traits) in old_traits.iter().enumerate() {
            if let Some(n) = known.get_mut(&whole(traits)).and_then(Vec::pop) {
                compare(o, n);
            }
        }
    }
    scored.sort_by(|a, b| {
        let score = b.0.total_cmp(&a.0);
        score.then((a.1, a.2, a.3).cmp(&(b.1, b.2, b.3)))
    });
    let (mut used_old, mut used_new) = (HashSet::new(), HashSet::new());
    let mut out = Vec::new();
    for (_, _, o, n) in scored {
        if used_old.contains(&o) || used_new.contains(&n) {
            continue;
        }
        used_old.insert(o);
        used_new.insert(n);
        if let (Some(old), Some(new)) = (old.get(o), new.get(n)) {
            out.push((old.id.clone(), new.id.clone()));
        }
    }
    out
}

/// The share of what two stages have in common. Stages of different components have nothing.
fn score(
    old: &Candidate<'_>,
    old_traits: &Traits,
    new: &Candidate<'_>,
    new_traits: &Traits,
) -> f64 {
    let component = |node: Node<'_>| {
        let keys = crate::model::COMPONENT_KEYS;
        let found = keys.iter().find_map(|key| node.get(key)?.text());
        found.map(|name| name.replace('-', "_"))
    };
    if component(old.node) != component(new.node) {
        return 0.0;
    }
    let most = old_traits.len().max(new_traits.len());
    if most == 0 {
        return 1.0;
    }
    let shared = old_traits.intersection(new_traits).count();
    shared as f64 / most as f64
}

/// The values of a stage with the ways to them, without its id and its place on the canvas.
fn traits_of(stage: Node<'_>) -> Traits {
    fn add(node: Node<'_>, way: &DefaultHasher, out: &mut Traits) {
        match node.kind() {
            Kind::Object | Kind::List => {
                for child in node.children() {
                    let mut way = way.clone();
                    match child.key() {
                        Some(key) => key.hash(&mut way),
                        None => child.nth().hash(&mut way),
                    }
                    add(child, &way, out);
                }
            }
            _ => {
                let mut way = way.clone();
                node.raw().hash(&mut way);
                out.insert(way.finish());
            }
        }
    }
    let mut out = Traits::new();
    for field in stage.children() {
        let key = field.key().unwrap_or_default();
        if !matches!(&*key, "id" | "position") {
            let mut way = DefaultHasher::new();
            key.hash(&mut way);
            add(field, &way, &mut out);
        }
    }
    out
}
