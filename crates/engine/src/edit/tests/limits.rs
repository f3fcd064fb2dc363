//! Edits that would write far more than they say are refused.

use std::time::{Duration, Instant};

use types::ErrorCode;

use super::registry;
use crate::edit::{Edit, EditError, apply};

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
