//! JSON paths from the root to a value: `$.stages[3].config.prompt`.

use std::fmt;

use super::text;

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Segment {
    /// A key of an object.
    Key(String),
    /// An index in a list, from 0.
    Index(usize),
}

/// A path from the root to a value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Path(Vec<Segment>);

impl Path {
    /// Parses `$.a[0]["b c"]`; `None` if the text is not a path.
    pub fn parse(text: &str) -> Option<Self> {
        let mut rest = text.strip_prefix('$')?;
        let mut path = Self::default();
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix('.') {
                let end = after.find(['.', '[']).unwrap_or(after.len());
                if end == 0 {
                    return None;
                }
                path.push_key(&after[..end]);
                rest = &after[end..];
            } else if let Some(after) = rest.strip_prefix("[\"") {
                let end = text::closing_quote(after.as_bytes())?;
                let quoted = &rest[1..end + 3];
                path.push_key(&text::decode_checked(quoted)?);
                rest = after[end + 1..].strip_prefix(']')?;
            } else {
                let (inside, after) = rest.strip_prefix('[')?.split_once(']')?;
                path.push_index(inside.parse().ok()?);
                rest = after;
            }
        }
        Some(path)
    }

    /// The steps, starting at the root.
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// Appends a key.
    pub fn push_key(&mut self, key: &str) {
        self.0.push(Segment::Key(key.to_owned()));
    }

    /// Appends a list index.
    pub fn push_index(&mut self, index: usize) {
        self.0.push(Segment::Index(index));
    }

    pub(super) fn reverse(&mut self) {
        self.0.reverse();
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("$")?;
        for segment in &self.0 {
            match segment {
                Segment::Index(index) => write!(f, "[{index}]")?,
                Segment::Key(key) if plain(key) => write!(f, ".{key}")?,
                Segment::Key(key) => write!(f, "[{}]", text::quote(key))?,
            }
        }
        Ok(())
    }
}

/// Whether a key can be written after a dot without quotes.
fn plain(key: &str) -> bool {
    !key.is_empty()
        && key
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '$'))
}
