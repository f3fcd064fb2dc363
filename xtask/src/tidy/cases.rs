//! Attack and fault cases: every id in a test's name has its row in `tests/cases.md`, every row its
//! test.

use std::{collections::BTreeSet, fs};

use super::files::Source;
use crate::{error::Result, paths};

/// Ids without a row and rows without a test.
pub fn check(sources: &[Source]) -> Result<Vec<String>> {
    let catalogue = fs::read_to_string(paths::root().join("tests/cases.md"))?;
    let rows: BTreeSet<String> = catalogue
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split_once(" |"))
        .filter_map(|(id, _)| case_id(id))
        .collect();
    let tested: BTreeSet<String> = sources.iter().flat_map(|s| ids(&s.text)).collect();
    eprintln!("tidy: {} attack and fault cases", rows.len());
    let without_row = tested.difference(&rows);
    let without_test = rows.difference(&tested);
    Ok(without_row
        .map(|id| format!("tests/cases.md: a test tries {id}, which has no row"))
        .chain(without_test.map(|id| format!("tests/cases.md: no test tries {id}")))
        .collect())
}

/// `fn x05_…`, `fn attack_x05_…`, `case::X05`, `"X05 …`.
fn ids(text: &str) -> impl Iterator<Item = String> + '_ {
    ["fn ", "_", "case::", "\""]
        .into_iter()
        .flat_map(move |before| {
            text.match_indices(before).filter_map(move |(at, _)| {
                let rest = text.get(at + before.len()..)?;
                let ends = match before {
                    "case::" | "\"" => rest.starts_with(|c: char| c.is_ascii_uppercase()),
                    _ => rest.get(3..)?.starts_with('_'),
                };
                ends.then(|| case_id(rest.get(..3)?)).flatten()
            })
        })
}

/// A letter and two digits, in capitals.
fn case_id(text: &str) -> Option<String> {
    let [letter, tens, ones] = text.as_bytes() else {
        return None;
    };
    let shaped = letter.is_ascii_alphabetic() && tens.is_ascii_digit() && ones.is_ascii_digit();
    shaped.then(|| text.to_uppercase())
}
