//! Limits per holder on something that is in use: connections of an address, sockets of a caller,
//! bytes of bodies that are being read.

use std::{collections::HashMap, fmt, hash::Hash, sync::Arc};

use parking_lot::Mutex;

/// Counts per holder, none of which exceeds the limit.
pub struct Shares<K> {
    limit: usize,
    held: Mutex<HashMap<K, usize>>,
}

/// An amount that a holder has taken. It is returned on drop.
pub struct Share<K: Eq + Hash> {
    of: Arc<Shares<K>>,
    key: K,
    amount: usize,
}

impl<K: Eq + Hash + Clone> Shares<K> {
    /// Creates counts with at most `limit` for each holder.
    pub fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self {
            limit,
            held: Mutex::default(),
        })
    }

    /// Takes `amount` for a holder; `None` if that would exceed the limit.
    pub fn take(self: &Arc<Self>, key: K, amount: usize) -> Option<Share<K>> {
        let mut share = Share {
            of: self.clone(),
            key,
            amount: 0,
        };
        share.more(amount).then_some(share)
    }
}

impl<K: Eq + Hash + Clone> Share<K> {
    /// Increases the share; `false`, without a change, if that would exceed the limit.
    pub fn more(&mut self, amount: usize) -> bool {
        let mut held = self.of.held.lock();
        let count = held.get(&self.key).copied().unwrap_or(0);
        let Some(sum) = count
            .checked_add(amount)
            .filter(|sum| *sum <= self.of.limit)
        else {
            return false;
        };
        held.insert(self.key.clone(), sum);
        self.amount += amount;
        true
    }
}

impl<K: Eq + Hash> Drop for Share<K> {
    fn drop(&mut self) {
        let mut held = self.of.held.lock();
        if let Some(count) = held.get_mut(&self.key) {
            *count = count.saturating_sub(self.amount);
            if *count == 0 {
                held.remove(&self.key);
            }
        }
    }
}

impl<K: Eq + Hash> fmt::Debug for Share<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Share")
            .field("amount", &self.amount)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_holder_has_the_limit_and_gives_back_what_it_drops() {
        let shares = Shares::new(2);
        let first = shares.take("a", 1).unwrap();
        let mut second = shares.take("a", 1).unwrap();
        assert!(shares.take("a", 1).is_none());
        assert!(!second.more(1));
        assert!(shares.take("b", 2).is_some());
        drop(first);
        assert!(second.more(1));
        drop(second);
        assert!(shares.held.lock().is_empty());
        assert!(shares.take("a", 3).is_none());
        assert!(shares.held.lock().is_empty());
    }
}
