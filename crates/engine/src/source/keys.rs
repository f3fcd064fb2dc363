//! The keys of an object while it is parsed, to find duplicates.

use std::{
    borrow::Cow,
    collections::{HashMap, hash_map::Entry},
};

use super::{Span, text};

/// The keys of one object: a list up to 16 keys, then a hash map.
#[derive(Default)]
pub(super) struct Keys<'a> {
    few: Vec<(Cow<'a, str>, Span)>,
    many: HashMap<Cow<'a, str>, Span>,
}

impl<'a> Keys<'a> {
    /// Inserts a key; returns the position of an earlier equal key, if there is one.
    pub fn insert(&mut self, raw: &'a str, span: Span) -> Option<Span> {
        let key = text::decode(raw);
        if self.many.is_empty() && self.few.len() < 16 {
            let seen = self
                .few
                .iter()
                .find(|(k, _)| *k == key)
                .map(|(_, span)| *span);
            if seen.is_none() {
                self.few.push((key, span));
            }
            return seen;
        }
        self.many.extend(self.few.drain(..));
        match self.many.entry(key) {
            Entry::Occupied(seen) => Some(*seen.get()),
            Entry::Vacant(free) => {
                free.insert(span);
                None
            }
        }
    }
}
