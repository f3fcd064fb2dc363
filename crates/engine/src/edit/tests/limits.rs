//! Small edits of small texts cost little, whatever they say.

use std::time::{Duration, Instant};

use types::ErrorCode;

use super::{PIPELINE, registry};
use crate::{
    Value,
    edit::{Edit, EditError, Position, apply},
};

fn set(path: &[&str], value: Value) -> Edit {
    Edit::SetField {
        stage: None,
        path: path.iter().map(|step| (*step).into()).collect(),
        value,
        at: Position::Last,
        layout: Default::default(),
    }
}

fn in_time<T>(work: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let done = work();
    let time = begun.elapsed();
    assert!(time < Duration::from_secs(20), "{time:?}");
    done
}

#[test]
fn a_layout_for_one_item_does_not_make_a_text_of_many_items_huge() {
    let items = vec![r#"{"id": "a", "x": 1}"#; 2_000].join(",");
    let text = format!(r#"{{"l": [{items}, {{"id": "b"}}]}}"#);
    let blanks = " ".repeat(900_000);
    let layout = format!(r#"{{"l": [{{"id": "a",{blanks}"x": 1}}]}}"#);
    let edits = [Edit::Reformat { text: layout }];
    let error: EditError = in_time(|| apply(&text, &edits, &registry()).unwrap_err());
    assert_eq!(error.code, ErrorCode::LimitExceeded);
}

#[test]
fn ever_more_text_is_refused() {
    let list = Value::from(vec![Value::from(vec![Value::Null; 40]); 4_000]);
    let edits: Vec<Edit> = (0..400).map(|_| set(&["x"], list.clone())).collect();
    let edits: Vec<Edit> = edits
        .into_iter()
        .enumerate()
        .map(|(at, edit)| match at % 2 {
            0 => edit,
            _ => set(&["x"], Value::Null),
        })
        .collect();
    let error = apply(PIPELINE, &edits, &registry()).unwrap_err();
    assert_eq!(error.code, ErrorCode::LimitExceeded);
    assert!(error.edit.is_some_and(|at| at > 20));
}
