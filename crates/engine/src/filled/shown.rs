//! A value in the form that people see: short, and without secrets.

use std::io;

use crate::{Value, advice::secrets::masked_with_names};

/// What stands for something secret.
pub(super) const STARS: &str = "***";

/// The most bytes of a value that are read to show it.
const READ: usize = 8 * 1024;

/// The most characters that are shown.
const MOST: usize = 2_000;

/// A value as people see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The value: a text as it is, anything else as JSON.
    pub text: String,
    /// Whether it is JSON, and not a text.
    pub is_json: bool,
    /// Whether the value is longer.
    pub truncated: bool,
}

impl Shown {
    /// A text that can be shown as it is.
    pub(super) fn text(text: String) -> Self {
        Self {
            text,
            is_json: false,
            truncated: false,
        }
    }

    /// Adds to a text.
    pub(super) fn push(&mut self, more: &str) {
        let room = READ.saturating_sub(self.text.len());
        let end = more.floor_char_boundary(room);
        self.text.push_str(&more[..end]);
        self.truncated |= end < more.len();
    }

    /// Hides what looks like a secret, and shortens the rest.
    pub(super) fn finish(mut self) -> Self {
        self.text = masked_with_names(&self.text);
        if let Some((end, _)) = self.text.char_indices().nth(MOST) {
            self.text.truncate(end);
            self.truncated = true;
        }
        self
    }
}

/// A value as people see it.
pub(super) fn shown(value: &Value) -> Shown {
    let mut out = Shown::text(String::new());
    if let Value::Str(text) = value {
        out.push(text);
        return out.finish();
    }
    let mut beginning = Beginning(Vec::new());
    // The writer fails once it has all that is shown.
    out.truncated = serde_json::to_writer(&mut beginning, value).is_err();
    out.text = String::from_utf8_lossy(&beginning.0).into_owned();
    if out.truncated {
        // The last character may be cut in two.
        out.text
            .truncate(out.text.trim_end_matches('\u{fffd}').len());
    }
    out.is_json = true;
    out.finish()
}

/// Keeps the first bytes that are written to it.
struct Beginning(Vec<u8>);

impl io::Write for Beginning {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(READ.saturating_sub(self.0.len()));
        self.0.extend_from_slice(&bytes[..taken]);
        match taken < bytes.len() {
            true => Err(io::ErrorKind::FileTooLarge.into()),
            false => Ok(taken),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Where a word begins in a text and how long it is, in characters, for an offset in bytes.
pub(super) fn place_of(text: &str, offset: usize) -> (usize, usize) {
    let start = text.floor_char_boundary(offset);
    let (before, rest) = text.split_at(start);
    let word = rest
        .chars()
        .take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-'))
        .count();
    let length = word.max(usize::from(!rest.is_empty()));
    (before.chars().count(), length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_value_is_shown_shortened_without_building_all_of_it() {
        let long = Value::from("é".repeat(100_000));
        let text = shown(&long);
        assert_eq!(text.text.chars().count(), MOST);
        assert!(text.truncated && !text.is_json);
        let list = shown(&Value::from(vec![long]));
        assert!(list.truncated && list.is_json && list.text.starts_with("[\"éé"));
        let short = shown(&Value::Int(7));
        assert_eq!((short.text.as_str(), short.is_json), ("7", true));
    }

    #[test]
    fn the_place_of_a_problem_is_a_word_in_characters() {
        assert_eq!(place_of("é {{ inptu.a }}", 6), (5, 7));
        assert_eq!(place_of("{{ 1 + }}", 5), (5, 1));
        assert_eq!(place_of("{{ 1", 400), (4, 0));
    }
}
