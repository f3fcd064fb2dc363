//! The order of a list to which two people added entries, or in which they moved some.

use std::collections::{HashMap, HashSet};

/// What one person made of an order.
pub(super) struct Changed {
    pub order: Vec<String>,
    /// The entries that the person added or moved.
    pub moved: HashSet<String>,
}

/// Merges two orders. It does not matter which of them is given first.
///
/// What neither moved stays in its order. What one of them added or moved goes between the same
/// neighbours as there. If both put something between the same neighbours, the one whose first
/// entry has the lower name comes first.
pub(super) fn merged(a: &Changed, b: &Changed, base: &[String]) -> Vec<String> {
    let in_base: HashSet<&str> = base.iter().map(String::as_str).collect();
    let (moved_a, moved_b) = (moved(a, &in_base), moved(b, &in_base));
    let (a, b) = (&a.order, &b.order);
    let set = |ids: &'_ [String]| -> HashSet<String> { ids.iter().cloned().collect() };
    let (in_a, in_b) = (set(a), set(b));
    let stays = |id: &str| {
        in_base.contains(id)
            && in_a.contains(id)
            && in_b.contains(id)
            && !moved_a.contains(id)
            && !moved_b.contains(id)
    };
    let gaps_a = gaps(a, &moved_a, stays);
    let gaps_b = gaps(b, &moved_b, stays);
    let gap_of = |gaps: &[Vec<String>]| -> HashMap<String, usize> {
        let all = gaps.iter().enumerate();
        all.flat_map(|(at, ids)| ids.iter().map(move |id| (id.clone(), at)))
            .collect()
    };
    let (of_a, of_b) = (gap_of(&gaps_a), gap_of(&gaps_b));
    let here = |id: &String, own: usize, other: &HashMap<String, usize>| {
        other.get(id).is_none_or(|gap| own <= *gap)
    };
    let kept: Vec<&String> = base.iter().filter(|id| stays(id)).collect();
    let mut out: Vec<String> = Vec::new();
    for at in 0..=kept.len() {
        let take = |gaps: &[Vec<String>], other: &HashMap<String, usize>| -> Vec<String> {
            let ids = gaps.get(at).map_or(&[][..], Vec::as_slice).iter();
            ids.filter(|id| here(id, at, other)).cloned().collect()
        };
        let (from_a, from_b) = (take(&gaps_a, &of_b), take(&gaps_b, &of_a));
        let (first, second) = if from_a <= from_b {
            (from_a, from_b)
        } else {
            (from_b, from_a)
        };
        let known: HashSet<String> = first.iter().cloned().collect();
        out.extend(first);
        out.extend(second.into_iter().filter(|id| !known.contains(id)));
        out.extend(kept.get(at).map(|id| (*id).clone()));
    }
    out
}

/// The entries that are new or were moved.
fn moved<'a>(changed: &'a Changed, base: &HashSet<&str>) -> HashSet<&'a str> {
    let ids = changed.order.iter();
    ids.filter(|id| !base.contains(id.as_str()) || changed.moved.contains(*id))
        .map(String::as_str)
        .collect()
}

/// The moved entries before each entry that stays, and after the last one.
fn gaps(ids: &[String], moved: &HashSet<&str>, stays: impl Fn(&str) -> bool) -> Vec<Vec<String>> {
    let mut out = vec![Vec::new()];
    for id in ids {
        if stays(id) {
            out.push(Vec::new());
        } else if moved.contains(id.as_str())
            && let Some(last) = out.last_mut()
        {
            last.push(id.clone());
        }
    }
    out
}
