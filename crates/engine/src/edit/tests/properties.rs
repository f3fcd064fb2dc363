//! What holds for all pipelines, layouts and edits.
//!
//! A million of each, in a release build:
//! `PROPTEST_CASES=1000000 cargo test --release -p engine edit::tests`.

use std::{cell::Cell, sync::LazyLock};

use proptest::{prelude::*, test_runner::TestRunner};

use super::{
    PROMISES, REST, cases,
    made::{self, Dice, bytes},
};
use crate::{
    component::Registry,
    edit::{Edit, RebaseError, apply, between, rebase, text_after},
    source::Document,
};

static REGISTRY: LazyLock<Registry> = LazyLock::new(super::registry);

fn applied(text: &str, edits: &[Edit]) -> String {
    match apply(text, edits, &REGISTRY) {
        Ok(applied) => applied.text,
        Err(error) => panic!("{error:?}\n{edits:#?}\n{text}"),
    }
}

proptest! {
    #![proptest_config(cases(PROMISES))]
    #[test]
    fn the_inverse_restores_the_bytes(bytes in bytes()) {
        let mut dice = Dice::new(&bytes);
        let text = made::pipeline_text(&mut dice);
        let (edits, _) = made::edits(&mut dice, &text, 4);
        let done = apply(&text, &edits, &REGISTRY).unwrap();
        prop_assert!(Document::parse(done.text.as_str()).is_ok());
        let plain = text_after(&done.text, &done.inverse, &REGISTRY);
        prop_assert_eq!(plain.as_ref(), Ok(&text));
        let back = apply(&done.text, &done.inverse, &REGISTRY);
        let back = back.map_err(|error| format!("{error:?}"));
        prop_assert_eq!(back.map(|b| b.text), Ok(text), "{:#?}\n{:#?}", edits, done.inverse);
    }

    #[test]
    fn the_edits_between_two_texts_lead_from_one_to_the_other(bytes in bytes()) {
        let mut dice = Dice::new(&bytes);
        let before = made::pipeline_text(&mut dice);
        let after = match dice.roll(3) {
            // Another pipeline.
            0 => made::pipeline_text(&mut dice),
            // The same one after some edits.
            1 => made::edits(&mut dice, &before, 4).1,
            // And in another layout.
            _ => {
                let (_, after) = made::edits(&mut dice, &before, 3);
                let value = Document::parse(after).unwrap().root().value();
                made::written(&mut dice, &value)
            }
        };
        let edits = between(&before, &after, &REGISTRY).unwrap();
        prop_assert_eq!(&applied(&before, &edits), &after, "{:#?}", edits);
        prop_assert_eq!(edits.is_empty(), before == after);
    }
}

proptest! {
    #![proptest_config(cases(REST))]
    #[test]
    fn a_list_of_edits_is_the_same_as_one_after_the_other(bytes in bytes()) {
        let mut dice = Dice::new(&bytes);
        let text = made::pipeline_text(&mut dice);
        let (edits, one_by_one) = made::edits(&mut dice, &text, 4);
        prop_assert_eq!(applied(&text, &edits), one_by_one, "{:#?}", edits);
    }

    #[test]
    fn edits_over_none_or_the_same_are_kept_or_fall_together(bytes in bytes()) {
        let mut dice = Dice::new(&bytes);
        let base = made::pipeline_text(&mut dice);
        let (mine, text) = made::edits(&mut dice, &base, 3);
        prop_assert_eq!(rebase(&base, &mine, &[], &REGISTRY), Ok(mine.clone()));
        prop_assert_eq!(rebase(&base, &[], &mine, &REGISTRY), Ok(Vec::new()));
        match rebase(&base, &mine, &mine, &REGISTRY) {
            Ok(left) => prop_assert_eq!(applied(&text, &left), text, "{:#?}", left),
            Err(error) => prop_assert!(false, "{error:#?}\n{mine:#?}"),
        }
    }
}

#[test]
fn edits_of_two_people_commute_or_conflict() {
    // How often both changed something, and it could be combined or not.
    let (combined, refused) = (Cell::new(0u32), Cell::new(0u32));
    let one_more = |number: &Cell<u32>| number.set(number.get() + 1);
    let config = ProptestConfig {
        source_file: Some(file!()),
        ..cases(PROMISES)
    };
    let held = TestRunner::new(config).run(&bytes(), |bytes| {
        let mut dice = Dice::new(&bytes);
        let base = made::pipeline_text(&mut dice);
        let (mine, my_text) = made::edits(&mut dice, &base, 3);
        let (theirs, their_text) = made::edits(&mut dice, &base, 3);
        let over_theirs = rebase(&base, &mine, &theirs, &REGISTRY);
        let over_mine = rebase(&base, &theirs, &mine, &REGISTRY);
        match (over_theirs, over_mine) {
            (Ok(moved), Ok(their_moved)) => {
                let (a, b) = (
                    applied(&their_text, &moved),
                    applied(&my_text, &their_moved),
                );
                prop_assert_eq!(a, b, "{:#?}\n{:#?}", moved, their_moved);
                if my_text != base && their_text != base && my_text != their_text {
                    one_more(&combined);
                }
            }
            (Err(RebaseError::Conflicts(a)), Err(RebaseError::Conflicts(b))) => {
                prop_assert!(!a.is_empty() && a.len() == b.len());
                one_more(&refused);
            }
            (a, b) => prop_assert!(false, "{a:#?}\n{b:#?}"),
        }
        Ok(())
    });
    if let Err(error) = held {
        panic!("{error}");
    }
    let (combined, refused) = (combined.get(), refused.get());
    assert!(
        combined * 10 >= cases(PROMISES).cases,
        "{combined} combined, {refused} refused"
    );
}
