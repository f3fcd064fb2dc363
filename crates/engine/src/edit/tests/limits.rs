//! What edits cost is bounded by the text and the change, whatever they say.
//!
//! The times are for debug builds on a busy machine; without the bounds they are ten times as long, or
//! the memory runs out.

use std::time::{Duration, Instant};

use types::ErrorCode;

use super::{PIPELINE, applied, registry};
use crate::{
    Value,
    edit::{Edit, EditError, Layout, Position, RebaseError, apply, between, rebase},
};

fn field(stage: Option<&str>, path: &[&str], value: Value) -> Edit {
    Edit::SetField {
        stage: stage.map(str::to_owned),
        path: path.iter().map(|key| (*key).into()).collect(),
        value,
        at: Position::Last,
        layout: Layout::default(),
    }
}

fn set(path: &[&str], value: Value) -> Edit {
    field(None, path, value)
}

fn in_time<T>(work: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let done = work();
    let time = begun.elapsed();
    assert!(time < Duration::from_secs(20), "{time:?}");
    done
}

/// The conflicts of two changes, found in time.
fn conflicts(text: &str, mine: &[Edit], theirs: &[Edit]) -> Vec<crate::edit::Conflict> {
    match in_time(|| rebase(text, mine, theirs, &registry())) {
        Err(RebaseError::Conflicts(all)) => all,
        other => panic!("{other:?}"),
    }
}

/// An object with many keys.
fn keys(number: usize, value: impl Fn(usize) -> String) -> String {
    let fields = (0..number).map(|at| format!("\"k{at}\": {}", value(at)));
    format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
}

#[test]
fn long_blanks_are_not_taken_over() {
    let blanks = " ".repeat(900_000);
    let lists: Vec<Value> = (0..1_000i64)
        .map(|at| Value::from(vec![Value::from(vec![Value::from(at)])]))
        .collect();
    let texts = [
        format!("{{\n{blanks}\"a\": {{\n{blanks}\"b\": [1]\n{blanks}}}\n}}"),
        format!("{{\n  \"a\": {{{blanks}\"b\":{blanks}[1],{blanks}\"c\": 1}}\n}}"),
        format!("{{\n  \"a\":{blanks}{{\n \"b\": [{blanks}1,\n{blanks}2]}}\n}}"),
    ];
    for text in texts {
        for path in [&["a", "b"][..], &["a", "n"], &["n"]] {
            let edits = [set(path, lists.clone().into())];
            let new = in_time(|| applied(&text, &edits));
            assert!(new.len() < text.len() + 400_000, "{path:?}: {}", new.len());
        }
        let many: Vec<Edit> = (0..10)
            .map(|at| set(&["a", &format!("n{at}")], Value::from(1i64)))
            .collect();
        let new = in_time(|| applied(&text, &many));
        assert!(new.len() < text.len() + 200_000, "{}", new.len());
    }
}

#[test]
fn ever_more_text_is_refused() {
    let long = |at: usize| set(&["x"], format!("{at}{}", "x".repeat(4 << 20)).into());
    let edits: Vec<Edit> = (0..40).map(long).collect();
    let error = apply(PIPELINE, &edits, &registry()).unwrap_err();
    assert_eq!(error.code, ErrorCode::LimitExceeded);
    assert!(error.edit.is_some_and(|at| at > 20));
}

#[test]
fn reading_a_long_text_again_and_again_is_refused() {
    let long = "x".repeat(900_000);
    let text = format!(r#"{{"a": "{long}", "stages": []}}"#);
    let short = Edit::Reformat {
        text: "{}".to_owned(),
    };
    let edits = vec![short; 1_000];
    let error = in_time(|| apply(&text, &edits, &registry()).unwrap_err());
    assert_eq!(error.code, ErrorCode::LimitExceeded);
    assert_eq!(applied(&text, &edits[..10]), text);
}

#[test]
fn the_inverse_of_many_large_changes_is_not_much_larger_than_the_text() {
    let list = Value::from(vec![Value::from("xxxx"); 20_000]);
    let text = format!(r#"{{"a": {}, "stages": []}}"#, list.to_json());
    let reformat = |blanks: usize| Edit::Reformat {
        text: format!("{}{text}", " ".repeat(blanks)),
    };
    let reformats: Vec<Edit> = (0..200).map(reformat).collect();
    let first = || vec!["a".into(), 0usize.into()];
    let removals = (0..1_000).map(|_| Edit::UnsetField {
        stage: None,
        path: first(),
        layout: Layout::default(),
    });
    let index = Edit::SetField {
        stage: None,
        path: first(),
        value: 1i64.into(),
        at: Position::Last,
        layout: Layout::default(),
    };
    let removals: Vec<Edit> = removals.chain([index]).collect();
    for edits in [reformats, removals] {
        let done = in_time(|| apply(&text, &edits, &registry()).unwrap());
        let size = serde_json::to_string(&done.inverse).unwrap().len();
        assert!(size < 4 * text.len(), "{size}");
        let back = apply(&done.text, &done.inverse, &registry()).unwrap();
        assert_eq!(back.text, text);
    }
}

#[test]
fn objects_with_many_keys_are_compared_and_set_in_time() {
    let file = |object: &str| format!(r#"{{"name": "n", "a": {object}, "stages": []}}"#);
    let number = 90_000;
    let old = file(&keys(number, |at| at.to_string()));
    let other_values = file(&keys(number, |at| (at + 1).to_string()));
    let fewer = file(&keys(number / 2, |at| at.to_string()));
    let backwards = {
        let fields = (0..number).rev().map(|at| format!("\"k{at}\": {at}"));
        file(&format!("{{{}}}", fields.collect::<Vec<_>>().join(", ")))
    };
    for new in [&other_values, &fewer, &backwards] {
        let edits = in_time(|| between(&old, new, &registry()).unwrap());
        let done = in_time(|| apply(&old, &edits, &registry()).unwrap());
        assert!(done.text == **new);
    }
    let edits = in_time(|| between(&fewer, &old, &registry()).unwrap());
    assert!(in_time(|| apply(&fewer, &edits, &registry()).unwrap()).text == old);
    // An object that is set as a whole, against a field of it.
    let object = Value::parse_json(&keys(number, |at| (at + 1).to_string())).unwrap();
    let mine = [set(&["a"], object)];
    let theirs: Vec<Edit> = (0..500)
        .map(|at| set(&["a", &format!("new{at}")], 1i64.into()))
        .collect();
    let _ = in_time(|| rebase(&old, &mine, &theirs, &registry()));
    let _ = in_time(|| rebase(&old, &theirs, &mine, &registry()));
}

#[test]
fn a_long_way_to_many_fields_is_not_repeated_for_each_of_them() {
    let long = "x".repeat(100_000);
    let file = |add: usize| {
        let object = keys(20_000, |at| (at + add).to_string());
        format!(r#"{{"{long}": {object}, "stages": []}}"#)
    };
    let (old, new) = (file(0), file(1));
    let edits = in_time(|| between(&old, &new, &registry()).unwrap());
    assert!(edits.len() < 10, "{}", edits.len());
    assert!(apply(&old, &edits, &registry()).unwrap().text == new);
}

#[test]
fn a_long_list_of_dependencies_is_compared_in_time() {
    let file = |prefix: &str| {
        let ids: Vec<String> = (0..40_000).map(|at| format!("\"{prefix}{at}\"")).collect();
        let list = ids.join(", ");
        format!(r#"{{"stages": [{{"id": "s", "type": "logger", "depends_on": [{list}]}}]}}"#)
    };
    let (old, new) = (file("a"), file("b"));
    let edits = in_time(|| between(&old, &new, &registry()).unwrap());
    assert!(apply(&old, &edits, &registry()).unwrap().text == new);
}

#[test]
fn edits_that_all_meet_are_refused_or_told_in_time() {
    let big = Value::from(vec![Value::from("x"); 20_000]);
    let text = format!(r#"{{"name": "n", "a": {}, "stages": []}}"#, big.to_json());
    let sets = |number: usize, with: &str| -> Vec<Edit> {
        let all = 0..number;
        all.map(|at| set(&["a"], format!("{with}{at}").into()))
            .collect()
    };
    assert_eq!(conflicts(&text, &sets(100, "m"), &sets(100, "t")).len(), 1);
    let told = conflicts(&text, &sets(1_000, "m"), &sets(1_000, "t"));
    assert_eq!(told.len(), 1);
    // Both end with the same, so that only the number of pairs matters.
    let told = conflicts(&text, &sets(1_000, "m"), &sets(1_000, "m"));
    assert!(told[0].message.contains("too much changed"), "{told:?}");
    let fields = |with: &str| -> Vec<Edit> {
        let all = 0..200;
        all.map(|at| set(&[&format!("f{at}")], with.into()))
            .collect()
    };
    assert_eq!(conflicts(&text, &fields("m"), &fields("t")).len(), 50);
}

#[test]
fn many_edits_are_moved_over_many_renames_in_time() {
    let stage = |at: usize| {
        let before = at.saturating_sub(1);
        format!(
            r#"{{"id": "s-{at}", "type": "logger", "config": {{"message": "{{{{upstream['s-{before}'].x}}}}"}}}}"#
        )
    };
    let number = 1_000;
    let stages: Vec<String> = (0..number).map(stage).collect();
    let text = format!("{{\"stages\": [\n{}\n]}}", stages.join(",\n"));
    let renames = |to: &str| -> Vec<Edit> {
        let rename = |at: usize| Edit::RenameStage {
            stage: format!("s-{at}"),
            to: format!("{to}-{at}"),
        };
        (0..number).map(rename).collect()
    };
    let values: Vec<Edit> = (0..number)
        .map(|at| {
            let value = format!("{{{{upstream['s-{at}'].y}}}}");
            field(Some(&format!("s-{at}")), &["config", "data"], value.into())
        })
        .collect();
    let theirs = renames("t");
    let moved = in_time(|| rebase(&text, &values, &theirs, &registry()).unwrap());
    assert_eq!(moved.len(), number);
    let json = serde_json::to_string(&moved[7]).unwrap();
    assert!(
        json.contains("upstream['t-7']") && json.contains(r#""stage":"t-7""#),
        "{json}"
    );
    // Renames and changes by turns.
    let mine: Vec<Edit> = renames("m")
        .into_iter()
        .zip(values.into_iter().rev())
        .flat_map(|(rename, value)| [rename, value])
        .take(number)
        .collect();
    assert_eq!(conflicts(&text, &mine, &theirs).len(), 50);
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
fn stages_are_not_read_again_for_each_field_that_changes() {
    let file = |add: usize, more: usize| {
        let small = (0..more).map(|at| format!(r#"{{"id": "s{at}", "type": "logger"}}"#));
        let config = keys(20_000, |at| (at + add).to_string());
        let big = format!(r#"{{"id": "big", "type": "logger", "config": {config}}}"#);
        let stages: Vec<String> = small.chain([big]).collect();
        format!(r#"{{"stages": [{}]}}"#, stages.join(", "))
    };
    // Removals make an index of the words of all stages.
    let (old, new) = (file(0, 10), file(1, 0));
    let edits = in_time(|| between(&old, &new, &registry()).unwrap());
    assert!(edits.len() > 20_000, "{}", edits.len());
    assert!(in_time(|| apply(&old, &edits, &registry()).unwrap()).text == new);
    let many = file(0, 10_000);
    let path = |key: &str| vec!["stages".into(), 0usize.into(), key.into()];
    let edits: Vec<Edit> = (0..1_000i64)
        .map(|at| Edit::SetField {
            stage: None,
            path: path("x"),
            value: at.into(),
            at: Position::Last,
            layout: Layout::default(),
        })
        .collect();
    let done = in_time(|| apply(&many, &edits, &registry()).unwrap());
    assert!(
        done.text
            .contains(r#"{"id": "s0", "type": "logger", "x": 999}"#)
    );
    // A field that is an id is read.
    let id = Edit::SetField {
        stage: None,
        path: path("id"),
        value: "other".into(),
        at: Position::Last,
        layout: Layout::default(),
    };
    let next = field(Some("other"), &["x"], 1i64.into());
    assert!(apply(&many, &[id, next], &registry()).is_ok());
}
