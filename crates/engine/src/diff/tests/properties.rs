//! What holds for all pipelines and all changes.
//!
//! The laws of a merge hold for 10,000 random triples with the other tests, and the rest for 2,000. A
//! million of each, in a release build:
//! `PROPTEST_CASES=1000000 cargo test --release -p engine diff::tests::properties`.

use std::collections::{BTreeSet, HashMap};

use proptest::prelude::*;
use serde_json::Value as Json;

use super::{
    super::{Conflict, ConflictKind},
    Side, chosen, difference, favoring, merged,
    random::{
        Edit, Expected, Style, apply, base, edits, expected, leaves, meaning, style, unordered,
        write,
    },
};

/// So many cases, unless `PROPTEST_CASES` gives another number.
fn cases(number: u32) -> ProptestConfig {
    let mut config = ProptestConfig::default();
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = number;
    }
    config
}

fn edited(base: &Json, edits: &[Edit]) -> Json {
    let mut file = base.clone();
    edits.iter().for_each(|edit| apply(&mut file, edit));
    file
}

/// A base and two sides, each written in a way of its own.
fn triple() -> impl Strategy<Value = [String; 3]> {
    let styles = || prop_oneof![3 => Just(None), 1 => style().prop_map(Some)];
    (base(), edits(6), edits(6), style(), styles(), styles()).prop_map(
        |(base, ours, theirs, common, a, b)| {
            let text =
                |file: &Json, own: Option<Style>| write(file, &own.unwrap_or(common.clone()));
            [
                text(&base, None),
                text(&edited(&base, &ours), a),
                text(&edited(&base, &theirs), b),
            ]
        },
    )
}

/// The name that the expectation gives a conflict.
fn path(conflict: &Conflict) -> String {
    let field = conflict
        .field
        .replace('.', "/")
        .replace("[\"x-more\"]", "x-more");
    match (&conflict.stage, field.as_str()) {
        _ if conflict.kind == ConflictKind::Order => "/order".to_owned(),
        (Some(stage), "") => format!("/stages/{stage}"),
        (Some(stage), field) => format!("/stages/{stage}/{field}"),
        (None, field) => format!("/{field}"),
    }
}

/// The conflict as the other side sees it.
fn turned(conflict: &Conflict) -> Conflict {
    let conflict = conflict.clone();
    Conflict {
        ours: conflict.theirs,
        theirs: conflict.ours,
        ..conflict
    }
}

proptest! {
    #![proptest_config(cases(10_000))]

    #[test]
    fn a_merge_gives_what_each_side_changed_and_conflicts_exactly_where_both_did([base, ours, theirs] in triple()) {
        let out = merged(&base, &ours, &theirs);
        let Expected { value, conflicts } =
            expected(&meaning(&base), &meaning(&ours), &meaning(&theirs));
        let found: BTreeSet<String> = out.conflicts.iter().map(path).collect();
        prop_assert_eq!(&found, &conflicts);
        prop_assert_eq!(found.len(), out.conflicts.len());
        if conflicts.is_empty() {
            prop_assert_eq!(unordered(meaning(&out.text)), value, "{}", out.text);
            kept(&base, &out.text, [&ours, &theirs])?;
        } else {
            // What only one side changed is kept beside a conflict, too.
            let decided = favoring(Side::Ours, &base, &ours, &theirs);
            prop_assert_eq!(unordered(meaning(&decided.text)), value, "{}", decided.text);
        }
    }

    #[test]
    fn a_merge_means_the_same_whichever_side_is_ours_and_is_valid_or_says_why_not([base, ours, theirs] in triple()) {
        let (one, other) = (merged(&base, &ours, &theirs), merged(&base, &theirs, &ours));
        let key = |conflict: &Conflict| path(conflict);
        let mut mine = one.conflicts.clone();
        let mut its: Vec<Conflict> = other.conflicts.iter().map(turned).collect();
        mine.sort_by_key(key);
        its.sort_by_key(key);
        prop_assert_eq!(mine, its);
        if one.conflicts.is_empty() {
            let found = difference(&one.text, &other.text);
            prop_assert!(found.is_empty(), "{found:#?}");
            prop_assert_eq!(one.new_errors, other.new_errors);
            let registry = &super::REGISTRY;
            let errors = match crate::check::parse(&one.text, registry) {
                Ok(pipeline) => crate::check::check(&pipeline, registry),
                Err(found) => found,
            };
            prop_assert_eq!(one.errors.is_empty(), !errors.iter().any(|e| e.is_error()));
        }
    }
}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn the_difference_is_empty_exactly_if_the_meaning_is_the_same([a, b, _] in triple()) {
        let found = difference(&a, &b);
        prop_assert_eq!(found.is_empty(), meaning(&a) == meaning(&b), "{:#?}", found);
    }

    #[test]
    fn formatting_is_no_difference(file in base(), a in style(), b in style()) {
        let found = difference(&write(&file, &a), &write(&file, &b));
        prop_assert!(found.is_empty(), "{found:#?}");
    }

    #[test]
    fn the_difference_in_the_other_direction_is_the_inverse([a, b, _] in triple()) {
        prop_assert_eq!(difference(&b, &a), difference(&a, &b).inverse());
    }

    #[test]
    fn a_side_without_changes_gives_the_other_byte_for_byte([base, ours, _] in triple()) {
        prop_assert_eq!(merged(&base, &ours, &base).text, ours.clone());
        prop_assert_eq!(merged(&base, &base, &ours).text, ours.clone());
        prop_assert_eq!(merged(&base, &ours, &ours).text, ours);
    }

    #[test]
    fn every_choice_between_markers_gives_a_pipeline([base, ours, theirs] in triple()) {
        let out = merged(&base, &ours, &theirs);
        let moved = out.conflicts.iter().any(|c| c.kind == ConflictKind::Order);
        for side in [Side::Ours, Side::Theirs] {
            let decided = favoring(side, &base, &ours, &theirs);
            prop_assert!(decided.conflicts.is_empty());
            prop_assert_eq!(decided.decided.len(), out.conflicts.len());
            let text = chosen(&out.text, side);
            let found = difference(&text, &decided.text);
            // The order of the stages has no markers.
            let found = if moved { found.without_layout() } else { found };
            prop_assert!(found.is_empty(), "{found:#?}\n{text}");
        }
    }
}

/// Each value that a side changed is in the merged text as that side has it.
fn kept(base: &str, merged: &str, sides: [&str; 2]) -> Result<(), TestCaseError> {
    let all = |text: &str| -> HashMap<String, Json> {
        let mut found = Vec::new();
        leaves(&unordered(meaning(text)), "", &mut found);
        found
            .into_iter()
            .filter(|(path, _)| !path.ends_with("loop_stages"))
            .collect()
    };
    let (before, after) = (all(base), all(merged));
    for side in sides.map(all) {
        for path in before.keys().chain(side.keys()) {
            if before.get(path) != side.get(path) {
                prop_assert_eq!(after.get(path), side.get(path), "{}", path);
            }
        }
    }
    Ok(())
}
