//! A value of the text and the ways to look at it.

use std::borrow::Cow;

use super::Span;
use super::{path::Path, text};
use crate::{Map, Value};

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool,
    /// A number.
    Number,
    /// A text.
    Text,
    /// A list.
    List,
    /// An object.
    Object,
}

impl Kind {
    /// The word for messages.
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
    /// The key in front of it, quotes included; `NONE` where there is none.
    pub key_start: u32,
    pub key_end: u32,
    /// The object or list around it; `NONE` for the root.
    pub parent: u32,
    /// Its place in a list.
    pub nth: u32,
    /// The number of the entry after all that is inside it.
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
        // Ids come from the index itself.
        &self.entries[self.id as usize]
    }

    fn with(&self, id: u32) -> Self {
        Self { id, ..*self }
    }

    /// Its number in the document.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// What it is.
    pub fn kind(&self) -> Kind {
        self.entry().kind
    }

    /// Where it stands.
    pub fn span(&self) -> Span {
        Span {
            start: self.entry().start as usize,
            end: self.entry().end as usize,
        }
    }

    /// Where its key stands, quotes included; the value's own place where it has none.
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

    /// The key in front of it.
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

    /// Its place in the list around it.
    pub fn nth(&self) -> usize {
        self.entry().nth as usize
    }

    /// The text of the value as it stands in the file.
    pub fn raw(&self) -> &'a str {
        slice(self.text, self.entry().start, self.entry().end)
    }

    /// The object or list around it.
    pub fn parent(&self) -> Option<Node<'a>> {
        let parent = self.entry().parent;
        (parent != NONE).then(|| self.with(parent))
    }

    /// What a list or an object holds, in the order of the file.
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

    /// The value of a key, if this is an object that has it.
    pub fn get(&self, key: &str) -> Option<Node<'a>> {
        if self.kind() != Kind::Object {
            return None;
        }
        self.children()
            .find(|child| child.key().is_some_and(|k| k == key))
    }

    /// An item, if this is a list that has it.
    pub fn item(&self, index: usize) -> Option<Node<'a>> {
        if self.kind() != Kind::List {
            return None;
        }
        self.children().nth(index)
    }

    /// The text, if it is one, with its escapes read.
    pub fn text(&self) -> Option<Cow<'a, str>> {
        (self.kind() == Kind::Text).then(|| text::decode(self.raw()))
    }

    /// The value.
    pub fn value(&self) -> Value {
        match self.kind() {
            Kind::Null => Value::Null,
            Kind::Bool => Value::Bool(self.raw() == "true"),
            // Numbers out of range do not get through parsing.
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

    /// The way to it from the root.
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

    /// The byte of the file at which the byte `offset` of the read text stands: inside a text
    /// with escapes the two differ.
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
