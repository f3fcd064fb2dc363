//! What values really take in memory, shared parts counted once.

use std::{collections::HashSet, sync::Arc};

use super::Value;

/// Adds up the memory of values that are alive together.
#[derive(Debug, Default)]
pub(crate) struct Scale {
    /// What may be met again: only parts that have more than one owner are remembered.
    seen: HashSet<usize>,
    bytes: usize,
}

/// What a block of the heap costs beside its content: counters and the allocator's own.
const BLOCK: usize = 32;
/// What an entry of a map costs beside its key's text and its value's content.
const ENTRY: usize = 72;

impl Scale {
    /// The bytes so far.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds a value. Values nest no deeper than they may, so this ends.
    pub fn add(&mut self, value: &Value) {
        self.bytes += size_of::<Value>();
        match value {
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) => {}
            Value::Str(text) => {
                if self.is_new(text) {
                    self.bytes += BLOCK + text.len();
                }
            }
            Value::List(items) => {
                if self.is_new(items) {
                    self.bytes += BLOCK;
                    items.iter().for_each(|item| self.add(item));
                }
            }
            Value::Map(map) => {
                if self.is_new(map) {
                    self.bytes += 2 * BLOCK;
                    for (key, item) in map.iter() {
                        self.bytes += ENTRY;
                        if self.is_new(key) {
                            self.bytes += key.len();
                        }
                        self.add(item);
                    }
                }
            }
        }
    }

    fn is_new<T: ?Sized>(&mut self, part: &Arc<T>) -> bool {
        Arc::strong_count(part) == 1 || self.seen.insert(Arc::as_ptr(part).cast::<()>() as usize)
    }
}

impl Value {
    /// What this value alone takes in memory, in bytes.
    pub(crate) fn weight(&self) -> usize {
        let mut scale = Scale::default();
        scale.add(self);
        scale.bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shared_counts_once_and_what_is_not_counts_each_time() {
        let text = Value::from("x".repeat(1_000_000));
        let shared: Value = (0..50).map(|_| text.clone()).collect();
        assert!((1_000_000..1_010_000).contains(&shared.weight()));
        let parsed = Value::parse_json(&shared.to_json()).unwrap();
        assert!((50_000_000..50_100_000).contains(&parsed.weight()));
        let numbers = Value::parse_json(&format!("[{}1]", "1,".repeat(99_999))).unwrap();
        assert!(numbers.weight() >= 100_000 * size_of::<Value>());
        let mut scale = Scale::default();
        scale.add(&shared);
        scale.add(&text);
        scale.add(&shared);
        assert!(scale.bytes() < 1_010_000);
    }
}
