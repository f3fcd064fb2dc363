//! Replaces one value of a document; all other bytes stay.

use super::{Document, Path, SyntaxError, parse};

/// Why a value could not be replaced.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum EditError {
    /// The path is invalid, or there is no value at it.
    #[error("there is no value at `{0}`")]
    NoSuchValue(String),
    /// The new text is not a single JSON value, or is not valid at this position.
    #[error("{}", .0.first().map_or("the new value is not JSON", |e| e.message.as_str()))]
    NotJson(Vec<SyntaxError>),
}

impl Document {
    /// Returns the document with the value at `path` (`$.stages[3].config.prompt`) replaced by
    /// `json`. Whitespace around `json` is dropped; all bytes outside the value stay the same.
    pub fn replace(&self, path: &str, json: &str) -> Result<Document, EditError> {
        let node = Path::parse(path)
            .and_then(|path| self.at(&path))
            .ok_or_else(|| EditError::NoSuchValue(path.to_owned()))?;
        let json = json.trim_matches([' ', '\t', '\r', '\n']);
        // Parse it on its own first: `1, 2` would be accepted inside a list.
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
