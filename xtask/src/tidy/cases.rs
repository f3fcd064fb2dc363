//! Which attack and fault cases have a test: found by their ids in tests' names.

use super::files::Source;

/// The groups of cases and how many each has.
const GROUPS: &[(char, u32)] = &[
    ('T', 27),
    ('R', 13),
    ('S', 21),
    ('O', 12),
    ('M', 21),
    ('C', 8),
    ('G', 17),
    ('U', 15),
    ('X', 16),
    ('W', 12),
    ('P', 10),
    ('K', 18),
    ('Z', 13),
    ('L', 8),
    ('I', 14),
    ('F', 11),
    ('B', 8),
    ('D', 41),
];

/// Prints per group which cases have a test and which are open.
pub fn print_open(sources: &[Source]) {
    for (group, count) in GROUPS {
        let (done, open): (Vec<u32>, Vec<u32>) =
            (1..=*count).partition(|n| sources.iter().any(|s| has_test(&s.text, *group, *n)));
        let list = |numbers: &[u32]| {
            numbers
                .iter()
                .map(|n| format!("{group}{n:02}"))
                .collect::<Vec<_>>()
                .join(" ")
        };
        if done.is_empty() {
            eprintln!("cases {group}: none of {count} has a test yet");
        } else {
            eprintln!(
                "cases {group}: tested {}; open {}",
                list(&done),
                list(&open)
            );
        }
    }
}

/// `fn x05_…` or `case::X05`.
fn has_test(text: &str, group: char, number: u32) -> bool {
    let lower = group.to_ascii_lowercase();
    let forms = [
        format!("fn {lower}{number:02}_"),
        format!("_{lower}{number:02}_"),
        format!("case::{group}{number:02}"),
        format!("\"{group}{number:02}"),
    ];
    forms.iter().any(|form| text.contains(form))
}
