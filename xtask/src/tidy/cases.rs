//! Rule: every case id in a test's name has a row in `tests/cases.md`, and every row has a test.

use std::{collections::BTreeSet, fs};

use super::files::Source;
use crate::{error::Result, paths};

/// Reports ids without a row and rows without a test.
pub fn check(sources: &[Source], frontend: &[Source]) -> Result<Vec<String>> {
    let catalogue = fs::read_to_string(paths::root().join("tests/cases.md"))?;
    let rows: BTreeSet<String> = catalogue
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split_once(" |"))
        .filter_map(|(id, _)| case_id(id))
        .collect();
    let tested: BTreeSet<String> = sources
        .iter()
        .flat_map(|s| ids(&s.text))
        .chain(frontend.iter().flat_map(|s| titles(&s.text)))
        .collect();
    eprintln!("tidy: {} attack and fault cases", rows.len());
    let without_row = tested.difference(&rows);
    let without_test = rows.difference(&tested);
    Ok(without_row
        .map(|id| format!("tests/cases.md: {id} has a test but no row"))
        .chain(without_test.map(|id| format!("tests/cases.md: {id} has a row but no test")))
        .collect())
}

/// The case ids in a text: in `fn x05_…`, `fn attack_x05_…`, `case::X05` and `"X05 …`.
fn ids(text: &str) -> impl Iterator<Item = String> + '_ {
    ["fn ", "_", "case::", "\""]
        .into_iter()
        .flat_map(move |before| {
            text.match_indices(before).filter_map(move |(at, _)| {
                let rest = text.get(at + before.len()..)?;
                let ends = match before {
                    "case::" | "\"" => {
                        let longer = |c: char| c.is_ascii_alphanumeric();
                        rest.starts_with(|c: char| c.is_ascii_uppercase())
                            && !rest.get(3..)?.starts_with(longer)
                    }
                    _ => rest.get(3..)?.starts_with('_'),
                };
                ends.then(|| case_id(rest.get(..3)?)).flatten()
            })
        })
}

/// The case ids with which titles of the frontend's tests begin.
fn titles(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split("test('").skip(1).filter_map(|title| {
        let upper = title.starts_with(|c: char| c.is_ascii_uppercase());
        let begins = upper && title.get(3..)?.starts_with(' ');
        begins.then(|| case_id(title.get(..3)?)).flatten()
    })
}

/// The text in capitals if it is a case id: a letter and two digits.
fn case_id(text: &str) -> Option<String> {
    let [letter, tens, ones] = text.as_bytes() else {
        return None;
    };
    let shaped = letter.is_ascii_alphabetic() && tens.is_ascii_digit() && ones.is_ascii_digit();
    shaped.then(|| text.to_uppercase())
}

#[cfg(test)]
mod tests {
    use super::{ids, titles};

    #[test]
    fn longer_words_are_no_case_ids() {
        let quoted = |id: &str| format!("\"{id} is sent");
        assert_eq!(ids(&quoted(&format!("Z{}", 99))).count(), 1);
        assert_eq!(ids(&quoted(&format!("Z{}", 998))).count(), 0);
    }

    #[test]
    fn a_title_of_the_frontend_begins_with_its_case() {
        let titled = |title: &str| titles(&format!("test('{title}', () => {{")).count();
        assert_eq!(titled(&format!("Z{} is shown as text", 99)), 1);
        assert_eq!(titled(&format!("Z{} is shown", 998)), 0);
        assert_eq!(titled(&format!("z{} is shown", 99)), 0);
        assert_eq!(titled(&format!("it shows Z{}", 99)), 0);
    }
}
