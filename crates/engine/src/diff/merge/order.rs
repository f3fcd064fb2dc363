//! Orders: which of two changed orders holds, and where added things go.

use std::collections::{HashMap, HashSet};

/// The order of the things that all three lists have; `None` if both sides changed it, differently.
pub(super) fn common<'k>(
    base: &[&'k str],
    ours: &[&'k str],
    theirs: &[&'k str],
) -> Option<Vec<&'k str>> {
    let everywhere = in_all(base, ours, theirs);
    let of = |list: &[&'k str]| -> Vec<&'k str> {
        let kept = list.iter().filter(|key| everywhere.contains(*key));
        kept.copied().collect()
    };
    let (base, ours, theirs) = (of(base), of(ours), of(theirs));
    if base == ours || ours == theirs {
        Some(theirs)
    } else {
        (base == theirs).then_some(ours)
    }
}

fn in_all<'k>(base: &[&'k str], ours: &[&'k str], theirs: &[&'k str]) -> HashSet<&'k str> {
    let ours: HashSet<&str> = ours.iter().copied().collect();
    let theirs: HashSet<&str> = theirs.iter().copied().collect();
    let kept = base
        .iter()
        .filter(|key| ours.contains(*key) && theirs.contains(*key));
    kept.copied().collect()
}

/// The merged order: `common`, with what only some lists have behind what precedes it there. The
/// same whichever side is ours.
pub(super) fn merged<'k>(common: &[&'k str], ours: &[&'k str], theirs: &[&'k str]) -> Vec<&'k str> {
    let places: HashMap<&str, usize> = common.iter().copied().zip(1..).collect();
    let mut mine = runs(&places, ours);
    let mut its = runs(&places, theirs);
    // What both added stays at the earlier of its two places.
    let gap = |runs: &[Vec<&'k str>]| -> HashMap<&'k str, usize> {
        let all = runs.iter().enumerate();
        all.flat_map(|(gap, run)| run.iter().map(move |key| (*key, gap)))
            .collect()
    };
    let (in_mine, in_its) = (gap(&mine), gap(&its));
    for (gap, run) in mine.iter_mut().enumerate() {
        run.retain(|key| in_its.get(key).is_none_or(|other| gap <= *other));
    }
    for (gap, run) in its.iter_mut().enumerate() {
        run.retain(|key| in_mine.get(key).is_none_or(|other| gap <= *other));
    }
    let mut out = Vec::with_capacity(ours.len().max(theirs.len()));
    for (at, (a, b)) in mine.iter().zip(&its).enumerate() {
        if let Some(key) = at.checked_sub(1).and_then(|at| common.get(at)) {
            out.push(*key);
        }
        let (first, second) = if a <= b { (a, b) } else { (b, a) };
        out.extend(first);
        out.extend(second.iter().filter(|key| !first.contains(*key)));
    }
    out
}

/// The things of a list that are not common: those at the start, then those behind each common one.
fn runs<'k>(places: &HashMap<&str, usize>, list: &[&'k str]) -> Vec<Vec<&'k str>> {
    let mut runs = vec![Vec::new(); places.len() + 1];
    let mut at = 0;
    for key in list {
        match places.get(key) {
            Some(place) => at = *place,
            None => runs[at].push(*key),
        }
    }
    runs
}

/// `ours` with what only `theirs` has behind what precedes it there. For things whose order means
/// nothing.
pub(super) fn inserted<'k>(ours: &[&'k str], theirs: &[&'k str]) -> Vec<&'k str> {
    let places: HashMap<&str, usize> = ours.iter().copied().zip(1..).collect();
    let mut out = Vec::with_capacity(ours.len());
    for (at, run) in runs(&places, theirs).into_iter().enumerate() {
        if let Some(key) = at.checked_sub(1).and_then(|at| ours.get(at)) {
            out.push(*key);
        }
        out.extend(run);
    }
    out
}
