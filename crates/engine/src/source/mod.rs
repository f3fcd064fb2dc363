//! A pipeline's text as JSON, with the position of every value to the byte.
//!
//! The text is authoritative and is never reformatted: [`Document`] is an index over it, and an
//! edit ([`Document::replace`]) replaces the bytes of one value. Knows nothing about pipelines.

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

/// The longest accepted text, in bytes.
pub const MAX_BYTES: usize = 64 << 20;

/// A JSON text with an index of its values. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Document {
    text: Arc<str>,
    /// In document order: an object or list is followed by its contents.
    entries: Arc<[Entry]>,
}

impl Document {
    /// Parses a text. On failure, returns all syntax errors that can be told apart. A byte order
    /// mark is kept but not parsed.
    pub fn parse(text: impl Into<Arc<str>>) -> Result<Self, Vec<SyntaxError>> {
        let text = text.into();
        let entries = parse::parse(&text)?.into();
        Ok(Self { text, entries })
    }

    /// The source text, byte for byte.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// The root value.
    pub fn root(&self) -> Node<'_> {
        Node::new(&self.text, &self.entries, 0)
    }

    /// The value with this id, as returned by [`Node::id`].
    pub fn node(&self, id: u32) -> Option<Node<'_>> {
        ((id as usize) < self.entries.len()).then(|| Node::new(&self.text, &self.entries, id))
    }

    /// The value at this path; `None` if there is none.
    pub fn at(&self, path: &Path) -> Option<Node<'_>> {
        path.segments()
            .iter()
            .try_fold(self.root(), |node, segment| match segment {
                Segment::Key(key) => node.get(key),
                Segment::Index(index) => node.item(*index),
            })
    }
}
