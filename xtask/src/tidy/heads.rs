//! Each file begins by saying what it is for, and is not too long.

use super::files::Source;

/// Above this many lines a file has more than one purpose.
const LONGEST: usize = 600;

/// Files without a head, or too long.
pub fn check(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources {
        if !source.text.trim_start().starts_with("//!") {
            found.push(format!(
                "{}: begins without `//!`: what is it for?",
                source.name
            ));
        }
        let lines = source.text.lines().count();
        if lines > LONGEST {
            found.push(format!(
                "{}: {lines} lines; split it (at most {LONGEST})",
                source.name
            ));
        }
    }
    found
}
