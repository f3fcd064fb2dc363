//! The newest changes of a feed, stored once for all listeners. A listener only keeps its position.
//!
//! The last [`STEPS`] changes are all kept; of older ones, only the last of each row. A listener
//! that keeps up sees each step; one that falls behind sees the latest state of each row.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    hash::Hash,
};

/// The number of newest changes that are all kept.
const STEPS: usize = 1_000;
/// The maximum number of rows that are kept. A listener that is behind by more loses the oldest.
const MOST: usize = 20_000;

/// A row of a feed.
pub trait Row: Clone + Send + Sync + 'static {
    /// The type of the row's id.
    type Id: Copy + Eq + Hash + Send;

    /// The row's id.
    fn id(&self) -> Self::Id;
}

/// The newest changes.
pub struct Changes<T: Row> {
    /// The rows, by the number of the change.
    rows: BTreeMap<u64, T>,
    /// The number of the last change of each row.
    latest: HashMap<T::Id, u64>,
    /// The numbers of the last [`STEPS`] changes.
    recent: VecDeque<u64>,
    last: u64,
}

impl<T: Row> Default for Changes<T> {
    fn default() -> Self {
        Self {
            rows: BTreeMap::new(),
            latest: HashMap::new(),
            recent: VecDeque::new(),
            last: 0,
        }
    }
}

impl<T: Row> Changes<T> {
    /// The number of the last change; 0 before the first.
    pub fn last(&self) -> u64 {
        self.last
    }

    /// The first change after this one, with its number.
    pub fn after(&self, number: u64) -> Option<(u64, T)> {
        let (number, row) = self.rows.range(number + 1..).next()?;
        Some((*number, row.clone()))
    }

    /// Adds a change.
    pub fn push(&mut self, row: &T) {
        self.last += 1;
        self.recent.push_back(self.last);
        let before = self.latest.insert(row.id(), self.last);
        // An older change was kept only because it was the row's latest.
        if let Some(before) = before
            && self.recent.front().is_some_and(|first| before < *first)
        {
            self.rows.remove(&before);
        }
        self.rows.insert(self.last, row.clone());
        if self.recent.len() > STEPS
            && let Some(old) = self.recent.pop_front()
            && let Some(row) = self.rows.get(&old)
            && self.latest.get(&row.id()) != Some(&old)
        {
            self.rows.remove(&old);
        }
        if self.rows.len() > MOST
            && let Some((number, row)) = self.rows.pop_first()
            && self.latest.get(&row.id()) == Some(&number)
        {
            self.latest.remove(&row.id());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Row for (u32, u32) {
        type Id = u32;

        fn id(&self) -> u32 {
            self.0
        }
    }

    /// The rows that a listener reads after a change.
    fn from(changes: &Changes<(u32, u32)>, mut number: u64) -> Vec<(u32, u32)> {
        let mut read = Vec::new();
        while let Some((next, row)) = changes.after(number) {
            number = next;
            read.push(row);
        }
        read
    }

    #[test]
    fn a_listener_that_keeps_up_sees_each_step() {
        let mut changes = Changes::default();
        for step in 0..50 {
            changes.push(&(7, step));
        }
        let steps: Vec<u32> = from(&changes, 0).iter().map(|row| row.1).collect();
        assert_eq!(steps, (0..50).collect::<Vec<_>>());
        assert_eq!(from(&changes, changes.last()), []);
    }

    #[test]
    fn a_listener_that_falls_behind_sees_the_latest_state_of_each_row_in_order() {
        let mut changes = Changes::default();
        for step in 0..10 {
            for row in 0..2_000 {
                changes.push(&(row, step));
            }
        }
        let read = from(&changes, 0);
        assert_eq!(read.len(), 2_000);
        assert!(read.iter().all(|row| row.1 == 9));
        assert!(read.is_sorted());
        assert_eq!(changes.latest.len(), 2_000);
    }

    #[test]
    fn the_kept_rows_are_bounded_and_the_newest_stay() {
        let mut changes = Changes::default();
        for row in 0..3 * MOST as u32 {
            changes.push(&(row, 0));
        }
        let read = from(&changes, 0);
        assert_eq!((read.len(), changes.latest.len()), (MOST, MOST));
        assert_eq!(read.last(), Some(&(3 * MOST as u32 - 1, 0)));
        assert_eq!(changes.recent.len(), STEPS);
    }
}
