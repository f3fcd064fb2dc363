//! No text and no edit makes the program panic or hang.

use proptest::prelude::*;

use super::{
    REST, cases,
    made::{self, Dice, bytes},
    registry,
};
use crate::{
    Value,
    edit::{Edit, apply, between, rebase},
};

/// A text that is not quite a pipeline.
fn odd(dice: &mut Dice<'_>) -> String {
    match dice.roll(8) {
        0 => {
            let mut text = made::pipeline_text(dice);
            let at = dice.roll(200).min(text.len());
            let at = (0..=at).rev().find(|at| text.is_char_boundary(*at));
            text.truncate(at.unwrap_or(0));
            text
        }
        1 => {
            let value = made::value(dice, 3);
            made::written(dice, &value)
        }
        2 => "[".repeat(dice.roll(250)),
        3 => format!(
            r#"{{"stages": {}}}"#,
            dice.pick(&["null", "{}", "1", "\"a\"", "[1, null, [], {}]"])
        ),
        4 => {
            let stages: Vec<Value> = (0..3)
                .map(|_| {
                    let id = dice.pick(&["a", "a", "b", ""]);
                    made::stage(dice, id, &["a".to_owned(), "b".to_owned()])
                })
                .collect();
            let value: Value = [("stages", stages.into())].into_iter().collect();
            made::written(dice, &value)
        }
        5 => r#"{"stages": [{"id": 5, "type": 7, "depends_on": "a", "config": ["x"]}, {"id": "a", "type": "foreach", "config": {"loop_stages": {"a": 1}}}]}"#.to_owned(),
        6 => r#"{"a": 1, "a": 2, "stages": []}"#.to_owned(),
        _ => made::pipeline_text(dice),
    }
}

proptest! {
    #![proptest_config(cases(REST))]
    #[test]
    fn odd_texts_and_edits_give_results_or_errors(bytes in bytes()) {
        let mut dice = Dice::new(&bytes);
        let (one, other) = (odd(&mut dice), odd(&mut dice));
        let good = made::pipeline_text(&mut dice);
        let (mut edits, _) = made::edits(&mut dice, &good, 4);
        if dice.roll(2) == 0 {
            edits.push(Edit::Reformat { text: other.clone() });
        }
        let registry = registry();
        if let Ok(done) = apply(&one, &edits, &registry) {
            let back = apply(&done.text, &done.inverse, &registry).unwrap();
            prop_assert_eq!(&back.text, &one);
        }
        if let Ok(edits) = between(&one, &other, &registry) {
            let done = apply(&one, &edits, &registry);
            prop_assert_eq!(done.map(|done| done.text), Ok(other.clone()), "{:#?}", edits);
        }
        let _ = rebase(&one, &edits, &edits, &registry);
    }

    #[test]
    fn any_json_is_read_as_edits_or_refused(text in ".{0,200}") {
        let _ = serde_json::from_str::<Vec<Edit>>(&text);
    }
}

#[test]
fn hints_of_a_layout_never_break_the_text() {
    for hint in ["", ",", ",,", "x", "\"", "}", "/* */", "\u{feff}", "\n,\n"] {
        let hint = serde_json::to_string(hint).unwrap();
        let json = format!(
            r#"[{{"op": "addStage", "value": {{"id": "n", "type": "logger"}}, "at": {{"after": "fetch"}},
                  "layout": {{"text": {hint}, "key": {hint}, "before": {hint}, "after": {hint}, "gap": {hint}, "prune": 9}}}},
                {{"op": "setField", "stage": "one", "path": ["new"], "value": "v",
                  "layout": {{"text": {hint}, "key": {hint}, "before": {hint}, "after": {hint}}}}},
                {{"op": "unsetField", "stage": "one", "path": ["config", "message"], "layout": {{"gap": {hint}, "prune": 9}}}},
                {{"op": "removeStage", "stage": "two", "layout": {{"gap": {hint}}}}}]"#
        );
        let plain = super::after(super::PIPELINE, &json);
        let value = crate::source::Document::parse(plain)
            .unwrap()
            .root()
            .value();
        let stages = value.get("stages").unwrap().as_list().unwrap().to_vec();
        assert_eq!(stages.len(), 4, "{hint}");
        assert_eq!(
            stages[3].get("new").and_then(Value::as_str),
            Some("v"),
            "{hint}"
        );
    }
}
