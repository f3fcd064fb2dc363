//! A pipeline's text as JSON with places: what stands where, to the byte.
//!
//! The text is the truth and is never written anew: [`Document`] is an index over it, and an edit
//! ([`Document::replace`]) exchanges the bytes of one value. Knows nothing of pipelines.

mod edit;
mod error;
mod keys;
mod lines;
mod node;
mod parse;
mod path;
mod span;
mod text;
mod words;

#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use edit::EditError;
pub use error::SyntaxError;
pub use lines::{Lines, Position};
pub use node::{Kind, Node};
pub use path::{Path, Segment};
pub use span::{Span, Spanned};
pub use text::quote;

use node::Entry;

/// The longest text that is read, in bytes.
pub const MAX_BYTES: usize = 64 << 20;

/// A JSON text with an index of its values. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Document {
    text: Arc<str>,
    /// In the order of the text; an object or list is followed by what is inside it.
    entries: Arc<[Entry]>,
}

impl Document {
    /// Reads a text; all mistakes that can be told apart come back at once. A byte order mark is
    /// kept and skipped.
    pub fn parse(text: impl Into<Arc<str>>) -> Result<Self, Vec<SyntaxError>> {
        let text = text.into();
        let entries = parse::parse(&text)?.into();
        Ok(Self { text, entries })
    }

    /// The text, byte for byte.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// The outermost value.
    pub fn root(&self) -> Node<'_> {
        Node::new(&self.text, &self.entries, 0)
    }

    /// The value with this number, as given by [`Node::id`].
    pub fn node(&self, id: u32) -> Option<Node<'_>> {
        ((id as usize) < self.entries.len()).then(|| Node::new(&self.text, &self.entries, id))
    }

    /// The value at this path.
    pub fn at(&self, path: &Path) -> Option<Node<'_>> {
        path.segments()
            .iter()
            .try_fold(self.root(), |node, segment| match segment {
                Segment::Key(key) => node.get(key),
                Segment::Index(index) => node.item(*index),
            })
    }
}
