//! Finds the fields of an object by their keys, without reading the object again for each.

use std::{borrow::Cow, collections::HashMap};

use crate::source::{Kind, Node};

/// An object with more fields than this gets an index.
const FEW: usize = 16;

/// The fields of an object; none if it is no object.
pub(super) struct Fields<'a> {
    object: Node<'a>,
    index: Option<HashMap<Cow<'a, str>, Node<'a>>>,
}

impl<'a> Fields<'a> {
    pub fn of(object: Node<'a>) -> Self {
        let many = object.kind() == Kind::Object && object.children().nth(FEW).is_some();
        let fields = || {
            object
                .children()
                .filter_map(|field| Some((field.key()?, field)))
        };
        Self {
            object,
            index: many.then(|| fields().collect()),
        }
    }

    /// The field with this key.
    pub fn get(&self, key: &str) -> Option<Node<'a>> {
        match &self.index {
            Some(index) => index.get(key).copied(),
            None => self.object.get(key),
        }
    }

    /// The field with the same key as a field of another object.
    pub fn partner(&self, field: Node<'_>) -> Option<Node<'a>> {
        self.get(&field.key()?)
    }
}
