//! Makes the column names from the header: present, visible and unique.

use std::collections::{HashMap, HashSet};

use super::super::{About, Remarks};
use crate::invisible::{code_point, in_name, is_invisible, odd_blank};

/// The longest name of a column, in characters. It is limited because every row contains it.
const LONGEST: usize = 255;

/// Refuses names that are longer than [`LONGEST`].
pub fn check<'a>(cells: impl Iterator<Item = &'a str>) -> Result<(), String> {
    for (column, cell) in (1..).zip(cells) {
        let length = cell.chars().count();
        if length > LONGEST {
            return Err(format!(
                "line 1, column {column}: the name of the column has {length} characters; at most \
                 {LONGEST} are allowed"
            ));
        }
    }
    Ok(())
}

/// Makes names from the first `width` cells of the header. Each change adds a remark.
pub fn names<'a>(
    cells: impl Iterator<Item = &'a str>,
    width: usize,
    remarks: &mut Remarks,
) -> Vec<String> {
    let given: Vec<String> = cells
        .chain(std::iter::repeat(""))
        .take(width)
        .enumerate()
        .map(|(at, cell)| visible(cell, at + 1, remarks))
        .collect();
    // A generated name must not be the name of a later column.
    let mut taken: HashSet<String> = given.iter().cloned().collect();
    let mut numbers = HashMap::new();
    let mut used = HashSet::new();
    given
        .into_iter()
        .enumerate()
        .map(|(at, name)| {
            let column = at + 1;
            if name.is_empty() {
                let made = free(&format!("column_{column}"), &mut taken, &mut numbers);
                remarks.push(
                    About::Name,
                    at_column(column),
                    format!("column {column} has no name and was named `{made}`"),
                );
                return made;
            }
            if used.insert(name.clone()) {
                return name;
            }
            let made = free(&name, &mut taken, &mut numbers);
            remarks.push(
                About::Name,
                at_column(column),
                format!(
                    "the name `{name}` occurs twice in the first line; column {column} was renamed \
                     to `{made}`"
                ),
            );
            made
        })
        .collect()
}

fn at_column(column: usize) -> Option<String> {
    Some(format!("line 1, column {column}"))
}

/// The first free name of `name`, `name_2`, `name_3` …; `numbers` has the last number of each name.
fn free(name: &str, taken: &mut HashSet<String>, numbers: &mut HashMap<String, usize>) -> String {
    let number = numbers.entry(name.to_owned()).or_insert(1);
    let mut made = name.to_owned();
    while !taken.insert(made.clone()) {
        *number += 1;
        made = format!("{name}_{number}");
    }
    made
}

/// Removes invisible characters from a name: zero-width characters, and unusual blanks at its ends.
/// Unusual blanks and line breaks inside become spaces.
fn visible(cell: &str, column: usize, remarks: &mut Remarks) -> String {
    let name = cell.trim_matches(' ');
    let Some((place, odd)) = in_name(name) else {
        return name.to_owned();
    };
    let mut clean = String::new();
    let mut rest = name;
    // Joiners that belong to a script are kept, so the characters are removed one by one.
    let mut next = Some((place, odd));
    while let Some((place, odd)) = next {
        clean.extend(rest.chars().take(place - 1));
        if odd_blank(odd) && !is_invisible(odd) {
            clean.push(' ');
        }
        rest = rest
            .char_indices()
            .nth(place)
            .map_or("", |(i, _)| &rest[i..]);
        next = in_name(rest);
    }
    clean.push_str(rest);
    let clean = clean
        .split(' ')
        .filter(|w| !w.is_empty())
        .collect::<Vec<_>>();
    let clean = clean.join(" ");
    remarks.push(
        About::Hidden,
        at_column(column),
        format!(
            "the name of column {column} contains {} at character {place} and was read as \
             `{clean}`",
            code_point(odd)
        ),
    );
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(cells: &[&str], width: usize) -> (Vec<String>, Vec<String>) {
        let mut remarks = Remarks::default();
        let names = names(cells.iter().copied(), width, &mut remarks);
        let remarks = remarks.into_list().into_iter();
        (names, remarks.map(|remark| remark.message).collect())
    }

    #[test]
    fn every_column_has_a_unique_name_and_changes_are_reported() {
        let (names, remarks) = read(&["id", " name ", "", "id", "id_2", "id"], 7);
        assert_eq!(
            names,
            ["id", "name", "column_3", "id_3", "id_2", "id_4", "column_7"]
        );
        assert_eq!(remarks.len(), 4, "{remarks:?}");
        assert_eq!(read(&["a", "b"], 2), (vec!["a".into(), "b".into()], vec![]));
    }

    #[test]
    fn invisible_characters_in_names_are_removed_and_reported_by_their_code_point() {
        for (cell, name, part) in [
            ("\u{feff}id", "id", "U+FEFF BYTE ORDER MARK at character 1"),
            (
                "na\u{200b}me",
                "name",
                "U+200B ZERO WIDTH SPACE at character 3",
            ),
            ("first\u{a0}name", "first name", "U+00A0 NO-BREAK SPACE"),
            ("\u{a0}id\u{a0}", "id", "U+00A0"),
            ("two\nlines", "two lines", "LINE FEED"),
            ("a\u{ad}b\u{200b}c", "abc", "SOFT HYPHEN"),
        ] {
            let (names, remarks) = read(&[cell], 1);
            assert_eq!(names, [name]);
            assert!(remarks[0].contains(part), "{remarks:?}");
        }
        let persian = "می\u{200c}خواهم";
        assert_eq!(read(&[persian], 1), (vec![persian.to_owned()], vec![]));
    }
}
