//! The memory that values take, with shared parts counted once.

use std::{collections::HashSet, sync::Arc};

use super::Value;

/// Adds up the memory of values that are alive at the same time.
#[derive(Debug, Default)]
pub(crate) struct MemoryMeter {
    /// The parts seen so far. Only parts with more than one owner are recorded.
    seen: HashSet<usize>,
    bytes: usize,
}

/// The overhead of a heap block: reference counters and the allocator's own data.
const BLOCK: usize = 32;
/// The overhead of a map entry, besides the text of its key and the content of its value.
const ENTRY: usize = 72;

impl MemoryMeter {
    /// The total in bytes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds a value. Recursion ends, since the nesting of values is limited.
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
    /// The memory of this value alone, in bytes.
    pub(crate) fn weight(&self) -> usize {
        let mut scale = MemoryMeter::default();
        scale.add(self);
        scale.bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_parts_count_once_and_equal_parts_each_time() {
        let text = Value::from("x".repeat(1_000_000));
        let shared: Value = (0..50).map(|_| text.clone()).collect();
        assert!((1_000_000..1_010_000).contains(&shared.weight()));
        let parsed = Value::parse_json(&shared.to_json()).unwrap();
        assert!((50_000_000..50_100_000).contains(&parsed.weight()));
        let numbers = Value::parse_json(&format!("[{}1]", "1,".repeat(99_999))).unwrap();
        assert!(numbers.weight() >= 100_000 * size_of::<Value>());
        let mut scale = MemoryMeter::default();
        scale.add(&shared);
        scale.add(&text);
        scale.add(&shared);
        assert!(scale.bytes() < 1_010_000);
    }
}
