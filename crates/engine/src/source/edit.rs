//! Exchanging one value; every other byte stays.

use super::{Document, Path, SyntaxError, parse};

/// Why a value was not exchanged.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum EditError {
    /// The path is invalid, or there is no value at it.
    #[error("there is no value at `{0}`")]
    NoSuchValue(String),
    /// The new text is not one JSON value, or does not fit where it should stand.
    #[error("{}", .0.first().map_or("the new value is not JSON", |e| e.message.as_str()))]
    NotJson(Vec<SyntaxError>),
}

impl Document {
    /// The document with the value at `path` (`$.stages[3].config.prompt`) exchanged for `json`.
    /// Blanks around `json` are dropped; every byte outside of the value stays as it was.
    pub fn replace(&self, path: &str, json: &str) -> Result<Document, EditError> {
        let node = Path::parse(path)
            .and_then(|path| self.at(&path))
            .ok_or_else(|| EditError::NoSuchValue(path.to_owned()))?;
        let json = json.trim_matches([' ', '\t', '\r', '\n']);
        // On its own first: `1, 2` would be accepted between the brackets of a list.
        parse::parse(json).map_err(EditError::NotJson)?;
        let span = node.span();
        let text = self.text();
        let mut out = String::with_capacity(text.len() - (span.end - span.start) + json.len());
        out.push_str(&text[..span.start]);
        out.push_str(json.strip_prefix('\u{feff}').unwrap_or(json));
        out.push_str(&text[span.end..]);
        Document::parse(out).map_err(EditError::NotJson)
    }
}
