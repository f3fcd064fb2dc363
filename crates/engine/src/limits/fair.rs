//! A fair queue shared by many owners: nobody waits behind all items of another owner.

use std::collections::{HashMap, VecDeque};

/// The owner of an item: an organization's id as a number.
pub type Key = u128;

/// Items by owner. The items of one owner are served in order; owners take turns.
#[derive(Debug)]
pub struct Fair<T> {
    queues: HashMap<Key, VecDeque<T>>,
    /// The owners that have items, in the order in which they are served.
    turn: VecDeque<Key>,
    len: usize,
}

impl<T> Default for Fair<T> {
    fn default() -> Self {
        Self {
            queues: HashMap::new(),
            turn: VecDeque::new(),
            len: 0,
        }
    }
}

impl<T> Fair<T> {
    /// Adds an item behind the other items of its owner.
    pub fn push(&mut self, key: Key, item: T) {
        let queue = self.queues.entry(key).or_default();
        if queue.is_empty() {
            self.turn.push_back(key);
        }
        queue.push_back(item);
        self.len += 1;
    }

    /// Puts an item back in front of its owner's other items, and its owner in front of the others.
    pub fn push_front(&mut self, key: Key, item: T) {
        let queue = self.queues.entry(key).or_default();
        if queue.is_empty() {
            self.turn.push_front(key);
        }
        queue.push_front(item);
        self.len += 1;
    }

    /// Removes the next item.
    pub fn pop(&mut self) -> Option<(Key, T)> {
        self.pop_if(|_, _| true)
    }

    /// Removes the next item that `fits`. An owner whose first item does not fit is passed over and
    /// keeps its position.
    pub fn pop_if(&mut self, mut fits: impl FnMut(Key, &T) -> bool) -> Option<(Key, T)> {
        for at in 0..self.turn.len() {
            let key = self.turn[at];
            let Some(queue) = self.queues.get_mut(&key) else {
                continue;
            };
            if !queue.front().is_some_and(|item| fits(key, item)) {
                continue;
            }
            let item = queue.pop_front()?;
            let more = !queue.is_empty();
            self.turn.remove(at);
            if more {
                self.turn.push_back(key);
            } else {
                self.queues.remove(&key);
            }
            self.len -= 1;
            return Some((key, item));
        }
        None
    }

    /// All items, in unspecified order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.queues.values().flatten()
    }

    /// The number of items.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no items.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}
