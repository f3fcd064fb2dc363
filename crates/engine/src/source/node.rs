//! A value in a document, with its position, parent and children.

use std::borrow::Cow;

use super::Span;
use super::{path::Path, text};
use crate::{Map, Value};

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool,
    /// A number.
    Number,
    /// A string.
    Text,
    /// A list.
    List,
    /// An object.
    Object,
}

impl Kind {
    /// The type's name with its article, for messages.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Null => "null",
            Kind::Bool => "a boolean",
            Kind::Number => "a number",
            Kind::Text => "text",
            Kind::List => "a list",
            Kind::Object => "an object",
        }
    }
}

pub(super) const NONE: u32 = u32::MAX;

/// One value of the index. Offsets are bytes.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub kind: Kind,
    pub start: u32,
    pub end: u32,
    /// The start of the key, including quotes; `NONE` if the value has no key.
    pub key_start: u32,
    pub key_end: u32,
    /// The entry of the containing object or list; `NONE` for the root.
    pub parent: u32,
    /// The index in the containing list, from 0; 0 outside a list.
    pub nth: u32,
    /// The index of the next entry that is not inside this one.
    pub next: u32,
}

/// A value of a [`Document`](super::Document).
#[derive(Clone, Copy)]
pub struct Node<'a> {
    text: &'a str,
    entries: &'a [Entry],
    id: u32,
}

impl std::fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.path(), self.raw())
    }
}

impl<'a> Node<'a> {
    pub(super) fn new(text: &'a str, entries: &'a [Entry], id: u32) -> Self {
        Self { text, entries, id }
    }

    fn entry(&self) -> &'a Entry {
        // Ids come from the index itself, so this is in bounds.
        &self.entries[self.id as usize]
    }

    fn with(&self, id: u32) -> Self {
        Self { id, ..*self }
    }

    /// The value's id in its document. See [`Document::node`](super::Document::node).
    pub fn id(&self) -> u32 {
        self.id
    }

    /// The type of the value.
    pub fn kind(&self) -> Kind {
        self.entry().kind
    }

    /// The position of the value.
    pub fn span(&self) -> Span {
        Span {
            start: self.entry().start as usize,
            end: self.entry().end as usize,
        }
    }

    /// The position of the key, including quotes; that of the value if it has no key.
    pub fn key_span(&self) -> Span {
        let entry = self.entry();
        if entry.key_start == NONE {
            return self.span();
        }
        Span {
            start: entry.key_start as usize,
            end: entry.key_end as usize,
        }
    }

    /// The decoded key; `None` if the value is not in an object.
    pub fn key(&self) -> Option<Cow<'a, str>> {
        let entry = self.entry();
        if entry.key_start == NONE {
            return None;
        }
        Some(text::decode(slice(
            self.text,
            entry.key_start,
            entry.key_end,
        )))
    }

    /// The index in the containing list, from 0; 0 outside a list.
    pub fn nth(&self) -> usize {
        self.entry().nth as usize
    }

    /// The source text of the value.
    pub fn raw(&self) -> &'a str {
        slice(self.text, self.entry().start, self.entry().end)
    }

    /// The containing object or list; `None` for the root.
    pub fn parent(&self) -> Option<Node<'a>> {
        let parent = self.entry().parent;
        (parent != NONE).then(|| self.with(parent))
    }

    /// The values inside a list or object, in file order. Empty for other types.
    pub fn children(&self) -> impl Iterator<Item = Node<'a>> + use<'a> {
        let node = *self;
        let end = node.entry().next;
        let inside = matches!(node.kind(), Kind::List | Kind::Object);
        let mut at = if inside { node.id + 1 } else { end };
        std::iter::from_fn(move || {
            let child = (at < end).then(|| node.with(at))?;
            at = child.entry().next;
            Some(child)
        })
    }

    /// The value of a key; `None` if this is not an object or has no such key.
    pub fn get(&self, key: &str) -> Option<Node<'a>> {
        if self.kind() != Kind::Object {
            return None;
        }
        self.children()
            .find(|child| child.key().is_some_and(|k| k == key))
    }

    /// The item at `index`; `None` if this is not a list or has no such item.
    pub fn item(&self, index: usize) -> Option<Node<'a>> {
        if self.kind() != Kind::List {
            return None;
        }
        self.children().nth(index)
    }

    /// The decoded string; `None` for other types.
    pub fn text(&self) -> Option<Cow<'a, str>> {
        (self.kind() == Kind::Text).then(|| text::decode(self.raw()))
    }

    /// The value itself, without positions.
    pub fn value(&self) -> Value {
        match self.kind() {
            Kind::Null => Value::Null,
            Kind::Bool => Value::Bool(self.raw() == "true"),
            // Parsing rejected numbers out of range.
            Kind::Number => text::number(self.raw()).unwrap_or_default(),
            Kind::Text => Value::from(text::decode(self.raw()).as_ref()),
            Kind::List => self
                .children()
                .map(|child| child.value())
                .collect::<Vec<_>>()
                .into(),
            Kind::Object => self
                .children()
                .map(|child| {
                    (
                        child.key().unwrap_or_default().as_ref().into(),
                        child.value(),
                    )
                })
                .collect::<Map>()
                .into(),
        }
    }

    /// The JSON path from the root.
    pub fn path(&self) -> Path {
        let mut path = Path::default();
        let mut node = *self;
        while let Some(parent) = node.parent() {
            match node.key() {
                Some(key) => path.push_key(&key),
                None => path.push_index(node.nth()),
            }
            node = parent;
        }
        path.reverse();
        path
    }

    /// The byte in the file that corresponds to byte `offset` of the decoded string. The two differ
    /// if the string has escapes.
    pub fn source_offset(&self, offset: usize) -> usize {
        let start = self.entry().start as usize;
        match self.kind() {
            Kind::Text => start + text::raw_offset(self.raw(), offset),
            _ => start,
        }
    }
}

fn slice(text: &str, start: u32, end: u32) -> &str {
    text.get(start as usize..end as usize).unwrap_or("")
}
