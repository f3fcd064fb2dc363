//! A JSON text that can be changed. Whatever is not changed stays a slice of the text it came from.

use std::{
    borrow::Cow,
    cell::{Cell, OnceCell},
    collections::HashMap,
};

use types::ErrorCode;

use super::{EditError, Step};
use crate::{
    Map, Value,
    source::{Document, Kind, MAX_BYTES, Node, Span},
};

/// How many bytes the texts of one sheet have at most: the old text and everything that was added.
const MAX_ADDED: usize = 2 * MAX_BYTES;

/// The keys of an object with more members than this are put into an index.
const FEW: usize = 32;

/// So many keys are searched for before the index is built.
const SEARCHES: u32 = 16;

/// The texts that values and blanks are slices of: the old text, and the values that were added.
#[derive(Debug, Default)]
pub(super) struct Docs {
    all: Vec<Document>,
    /// How many bytes they have.
    bytes: usize,
}

/// A piece of text between values.
#[derive(Clone, Debug)]
pub(super) enum Text {
    Slice { doc: u32, span: Span },
    Own(Box<str>),
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Text::Own(text.into())
    }
}

/// A value.
#[derive(Clone, Debug)]
pub(super) enum Item {
    /// As it stands in a document.
    Node { doc: u32, id: u32 },
    /// An object or list whose members can be changed.
    Open(Box<Container>),
}

/// An object or list. It has one gap more than members: what stands before, between and after them.
#[derive(Clone, Debug)]
pub(super) struct Container {
    pub object: bool,
    pub members: Vec<Member>,
    pub gaps: Vec<Text>,
    index: Index,
}

/// The places of an object's keys. Built once many of them are searched for, and kept until a
/// member comes or goes that is not the last one.
#[derive(Clone, Debug, Default)]
struct Index {
    searches: Cell<u32>,
    places: OnceCell<HashMap<Box<str>, usize>>,
}

/// A field of an object or an item of a list.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub key: Option<Key>,
    pub item: Item,
    /// The number of a stage, which stays the same when others come and go; 0 for anything else.
    pub stage: u32,
}

/// A key, and its text with the colon and the blanks around it.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub name: Box<str>,
    pub text: Text,
}

impl Docs {
    /// Adds a document and returns its root.
    pub fn add(&mut self, document: Document) -> Item {
        let doc = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        self.bytes = self.bytes.saturating_add(document.text().len());
        self.all.push(document);
        Item::Node { doc, id: 0 }
    }

    /// Counts bytes that an edit has read or written besides the values that it added.
    pub fn spend(&mut self, bytes: usize) -> Result<(), EditError> {
        self.bytes = self.bytes.saturating_add(bytes);
        self.not_full()
    }

    /// Counts what was counted for the texts that these take the place of.
    pub fn carry(&mut self, old: &Docs) {
        self.bytes = old.bytes;
    }

    fn document(&self, doc: u32) -> Option<&Document> {
        self.all.get(doc as usize)
    }

    /// Refuses to add ever more text.
    pub fn not_full(&self) -> Result<(), EditError> {
        if self.bytes <= MAX_ADDED {
            return Ok(());
        }
        Err(too_large())
    }

    /// The characters of a piece of text.
    pub fn text<'t>(&'t self, text: &'t Text) -> &'t str {
        match text {
            Text::Own(text) => text,
            Text::Slice { doc, span } => self
                .document(*doc)
                .and_then(|document| document.text().get(span.start..span.end))
                .unwrap_or_default(),
        }
    }

    /// A view of a value.
    pub fn view<'t>(&'t self, item: &'t Item) -> View<'t> {
        let at = match item {
            Item::Open(container) => At::Open(container),
            Item::Node { doc, id } => self
                .document(*doc)
                .and_then(|document| document.node(*id))
                .map_or(At::Nothing, At::Node),
        };
        View { docs: self, at }
    }

    /// Makes the members of an object or list changeable; `None` for other values.
    pub fn open<'t>(&self, item: &'t mut Item) -> Option<&'t mut Container> {
        if let Item::Node { doc, id } = *item {
            let node = self.document(doc)?.node(id)?;
            *item = Item::Open(Box::new(opened(doc, node)?));
        }
        match item {
            Item::Open(container) => Some(container),
            Item::Node { .. } => None,
        }
    }

    /// Appends the text of a value.
    pub fn write(&self, item: &Item, out: &mut String) {
        match item {
            Item::Open(container) => self.write_container(container, out),
            Item::Node { doc, id } => {
                let node = self.document(*doc).and_then(|d| d.node(*id));
                out.push_str(node.map_or("null", |node| node.raw()));
            }
        }
    }

    /// Appends the text of an object or list.
    pub fn write_container(&self, container: &Container, out: &mut String) {
        out.push(if container.object { '{' } else { '[' });
        for (at, gap) in container.gaps.iter().enumerate() {
            out.push_str(self.text(gap));
            if let Some(member) = container.members.get(at) {
                if let Some(key) = &member.key {
                    out.push_str(self.text(&key.text));
                }
                self.write(&member.item, out);
            }
        }
        out.push(if container.object { '}' } else { ']' });
    }
}

/// The error for edits that make a text too large.
pub(super) fn too_large() -> EditError {
    let message = format!("the edits write more than {} MB", MAX_BYTES >> 20);
    EditError::new(ErrorCode::LimitExceeded, message).help("make fewer or smaller changes at once")
}

fn opened(doc: u32, node: Node<'_>) -> Option<Container> {
    let object = match node.kind() {
        Kind::Object => true,
        Kind::List => false,
        _ => return None,
    };
    let slice = |start, end| Text::Slice {
        doc,
        span: Span { start, end },
    };
    let mut members = Vec::new();
    let mut gaps = Vec::new();
    let mut end = node.span().start + 1;
    for child in node.children() {
        let key = child.key().map(|name| Key {
            name: name.into(),
            text: slice(child.key_span().start, child.span().start),
        });
        gaps.push(slice(end, child.key_span().start));
        end = child.span().end;
        members.push(Member {
            key,
            item: Item::Node {
                doc,
                id: child.id(),
            },
            stage: 0,
        });
    }
    gaps.push(slice(end, node.span().end.saturating_sub(1)));
    Some(Container {
        object,
        members,
        gaps,
        index: Index::default(),
    })
}

impl Container {
    /// An empty object or list without blanks.
    pub fn empty(object: bool) -> Self {
        Self {
            object,
            members: Vec::new(),
            gaps: vec![Text::from("")],
            index: Index::default(),
        }
    }

    /// The number of the member that a step leads to.
    pub fn find(&self, step: &Step) -> Option<usize> {
        match step {
            Step::Key(name) if self.object => self.named(name),
            Step::Index(at) if !self.object => (*at < self.members.len()).then_some(*at),
            _ => None,
        }
    }

    /// The number of the member with this key.
    pub fn named(&self, name: &str) -> Option<usize> {
        let has = |member: &Member| member.key.as_ref().is_some_and(|key| *key.name == *name);
        let one_by_one = || self.members.iter().position(has);
        if self.members.len() <= FEW {
            return one_by_one();
        }
        if self.index.places.get().is_none() && self.index.searches.get() < SEARCHES {
            self.index.searches.set(self.index.searches.get() + 1);
            return one_by_one();
        }
        let places = self.index.places.get_or_init(|| {
            let keys = self.members.iter().zip(0..);
            keys.filter_map(|(member, at)| Some((member.key.as_ref()?.name.clone(), at)))
                .collect()
        });
        places.get(name).copied()
    }

    /// Says that a member came to this place.
    pub fn came(&mut self, at: usize) {
        let member = self
            .members
            .get(at)
            .filter(|_| at + 1 == self.members.len());
        match (member, self.index.places.get_mut()) {
            (Some(Member { key: Some(key), .. }), Some(places)) => {
                places.insert(key.name.clone(), at);
            }
            (Some(_), _) => {}
            (None, _) => self.index = Index::default(),
        }
    }

    /// Says that this member left this place.
    pub fn left(&mut self, at: usize, member: &Member) {
        match (&member.key, self.index.places.get_mut()) {
            (Some(key), Some(places)) if at == self.members.len() => {
                places.remove(&key.name);
            }
            _ if at == self.members.len() => {}
            _ => self.index = Index::default(),
        }
    }

    /// Says that many members came or went.
    pub fn changed(&mut self) {
        self.index = Index::default();
    }
}

/// A value of a tree, to look at.
#[derive(Clone, Copy)]
pub(super) struct View<'t> {
    docs: &'t Docs,
    at: At<'t>,
}

#[derive(Clone, Copy)]
enum At<'t> {
    Node(Node<'t>),
    Open(&'t Container),
    Nothing,
}

impl<'t> View<'t> {
    /// The type of the value.
    pub fn kind(&self) -> Kind {
        match self.at {
            At::Node(node) => node.kind(),
            At::Open(container) if container.object => Kind::Object,
            At::Open(_) => Kind::List,
            At::Nothing => Kind::Null,
        }
    }

    /// The decoded string; `None` for other types.
    pub fn text(&self) -> Option<Cow<'t, str>> {
        match self.at {
            At::Node(node) => node.text(),
            At::Open(_) | At::Nothing => None,
        }
    }

    /// The field or item that a step leads to.
    pub fn step(&self, step: &Step) -> Option<View<'t>> {
        let docs = self.docs;
        match (self.at, step) {
            (At::Node(node), Step::Key(key)) => node.get(key).map(|node| Self::of(docs, node)),
            (At::Node(node), Step::Index(at)) => node.item(*at).map(|node| Self::of(docs, node)),
            (At::Open(container), step) => {
                let member = container.members.get(container.find(step)?)?;
                Some(docs.view(&member.item))
            }
            (At::Nothing, _) => None,
        }
    }

    /// The field with this key.
    pub fn get(&self, key: &str) -> Option<View<'t>> {
        match self.at {
            At::Node(node) => node.get(key).map(|node| Self::of(self.docs, node)),
            At::Open(container) if container.object => {
                let member = container.members.get(container.named(key)?)?;
                Some(self.docs.view(&member.item))
            }
            At::Open(_) | At::Nothing => None,
        }
    }

    /// The value at the end of a path.
    pub fn at(&self, path: &[Step]) -> Option<View<'t>> {
        path.iter().try_fold(*self, |view, step| view.step(step))
    }

    fn of(docs: &'t Docs, node: Node<'t>) -> Self {
        Self {
            docs,
            at: At::Node(node),
        }
    }

    /// The members of an object or list, with their keys.
    pub fn children(&self) -> Vec<(Option<Cow<'t, str>>, View<'t>)> {
        let docs = self.docs;
        match self.at {
            At::Node(node) => node
                .children()
                .map(|child| (child.key(), Self::of(docs, child)))
                .collect(),
            At::Open(container) => container
                .members
                .iter()
                .map(|member| {
                    let key = member.key.as_ref().map(|key| Cow::Borrowed(&*key.name));
                    (key, docs.view(&member.item))
                })
                .collect(),
            At::Nothing => Vec::new(),
        }
    }

    /// The value itself.
    pub fn value(&self) -> Value {
        match self.at {
            At::Node(node) => node.value(),
            At::Nothing => Value::Null,
            At::Open(container) => {
                let members = container.members.iter();
                if !container.object {
                    let items = members.map(|member| self.docs.view(&member.item).value());
                    return items.collect::<Vec<_>>().into();
                }
                let fields = members.map(|member| {
                    let key = member.key.as_ref().map_or("", |key| &*key.name);
                    (key.into(), self.docs.view(&member.item).value())
                });
                fields.collect::<Map>().into()
            }
        }
    }

    /// The byte of the value's text that corresponds to byte `offset` of the decoded string.
    pub fn raw_offset(&self, offset: usize) -> usize {
        match self.at {
            At::Node(node) => node.source_offset(offset) - node.span().start,
            At::Open(_) | At::Nothing => 0,
        }
    }

    /// The text of the value.
    pub fn raw(&self) -> Cow<'t, str> {
        match self.at {
            At::Node(node) => Cow::Borrowed(node.raw()),
            At::Nothing => Cow::Borrowed("null"),
            At::Open(container) => {
                let mut out = String::new();
                self.docs.write_container(container, &mut out);
                Cow::Owned(out)
            }
        }
    }
}
