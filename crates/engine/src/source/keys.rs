//! The keys of an object while it is read, so that one that stands twice is noticed.

use std::{
    borrow::Cow,
    collections::{HashMap, hash_map::Entry},
};

use super::{Span, text};

/// The keys of one object: a list while there are few, then a table.
#[derive(Default)]
pub(super) struct Keys<'a> {
    few: Vec<(Cow<'a, str>, Span)>,
    many: HashMap<Cow<'a, str>, Span>,
}

impl<'a> Keys<'a> {
    /// Where the key stood before, if it did.
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
