//! Rule: each file begins with a module doc comment and is not too long.

use super::files::Source;

/// The most lines of a file. A longer one has more than one purpose.
const LONGEST: usize = 600;

/// Reports files without module docs and files that are too long.
pub fn check(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources {
        if !source.text.trim_start().starts_with("//!") {
            found.push(format!(
                "{}: does not begin with `//!`; say what the file is for",
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
