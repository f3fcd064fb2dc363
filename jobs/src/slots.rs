//! Limits how many runs this process drives, in total and per organization.
//!
//! An organization may use at most three quarters of the slots that the others leave. A few extra
//! slots are reserved for organizations without runs in this process, so their first run does not
//! wait for other organizations' runs. A run that only sleeps gives up its slot: it rests in
//! memory, or is parked if too many runs are resting. When it continues, it is counted again even
//! if no slot is free; new runs wait meanwhile.

use std::{collections::HashMap, sync::Arc};

use domain::host::{ClaimCapacity, OrgShare};
use parking_lot::Mutex;
use tokio::sync::Notify;
use types::OrgId;

/// The maximum number of resting runs per slot.
const RESTING: usize = 4;

/// The slots of one process. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Slots(Arc<Inner>);

struct Inner {
    slots: usize,
    /// Extra slots for the first runs of organizations.
    extra: usize,
    state: Mutex<State>,
    /// Notified when a slot is free again.
    wake: Notify,
}

#[derive(Default)]
struct State {
    driven: Count,
    resting: Count,
}

#[derive(Default)]
struct Count {
    all: usize,
    of: HashMap<OrgId, usize>,
}

impl Count {
    fn add(&mut self, org: OrgId) {
        self.all += 1;
        *self.of.entry(org).or_default() += 1;
    }

    fn remove(&mut self, org: OrgId) {
        self.all = self.all.saturating_sub(1);
        if let Some(one) = self.of.get_mut(&org) {
            *one -= 1;
            if *one == 0 {
                self.of.remove(&org);
            }
        }
    }

    fn of(&self, org: OrgId) -> usize {
        self.of.get(&org).copied().unwrap_or(0)
    }
}

/// The slot of one run, which is freed when dropped.
pub(crate) struct Slot {
    slots: Slots,
    org: OrgId,
}

/// A resting run without a slot. Dropped when the run continues.
struct Resting {
    slots: Slots,
    org: OrgId,
}

impl Slots {
    pub fn new(slots: usize) -> Self {
        Self(Arc::new(Inner {
            slots,
            extra: slots.div_ceil(8),
            state: Mutex::default(),
            wake: Notify::new(),
        }))
    }

    /// Resolves when a slot has been freed.
    pub async fn freed(&self) {
        self.0.wake.notified().await;
    }

    /// The room for the next claim, of at most `most` runs.
    pub fn room(&self, most: usize) -> ClaimCapacity {
        let state = self.0.state.lock();
        let slots = self.0.slots;
        let driven = &state.driven;
        let free = slots.saturating_sub(driven.all).min(most);
        let over = driven.all.saturating_sub(slots);
        let part = |held: usize| {
            let left = slots.saturating_sub(driven.all - held);
            (left * 3).div_ceil(4).saturating_sub(held)
        };
        let orgs = driven.of.iter().map(|(org, held)| {
            let place = OrgShare {
                held: *held,
                room: part(*held),
            };
            (*org, place)
        });
        ClaimCapacity {
            free,
            extra: self.0.extra.saturating_sub(over).min(most),
            usual: part(0).max(1),
            orgs: orgs.collect(),
        }
    }

    /// Takes a slot for a claimed run.
    pub fn take(&self, org: OrgId) -> Slot {
        self.0.state.lock().driven.add(org);
        Slot {
            slots: self.clone(),
            org,
        }
    }
}

impl Slot {
    /// Gives up the slot while the run only sleeps. Returns `None` if too many runs are resting.
    pub fn rest(&self) -> Option<Box<dyn Send>> {
        let mut state = self.slots.0.state.lock();
        let places = self.slots.0.slots * RESTING;
        let own = state.resting.of(self.org);
        let left = places.saturating_sub(state.resting.all - own);
        if own >= left.div_ceil(2) {
            return None;
        }
        state.resting.add(self.org);
        state.driven.remove(self.org);
        drop(state);
        self.slots.0.wake.notify_one();
        Some(Box::new(Resting {
            slots: self.slots.clone(),
            org: self.org,
        }))
    }
}

impl Drop for Resting {
    fn drop(&mut self) {
        let mut state = self.slots.0.state.lock();
        state.resting.remove(self.org);
        state.driven.add(self.org);
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.slots.0.state.lock().driven.remove(self.org);
        self.slots.0.wake.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn org(number: u128) -> OrgId {
        OrgId(Uuid::from_u128(number))
    }

    fn fill(slots: &Slots, number: u128) -> Vec<Slot> {
        let mut held = Vec::new();
        loop {
            let room = slots.room(128);
            let place = room.orgs.iter().find(|(one, _)| *one == org(number));
            let left = place.map_or(room.usual, |(_, place)| place.room);
            let first = held.is_empty() && room.extra > 0;
            if left == 0 || room.free == 0 && !first {
                return held;
            }
            held.push(slots.take(org(number)));
        }
    }

    #[test]
    fn an_organization_leaves_a_quarter_and_a_first_run_always_gets_a_slot() {
        let slots = Slots::new(16);
        let counts: Vec<Vec<Slot>> = (1..=6).map(|number| fill(&slots, number)).collect();
        let counts: Vec<usize> = counts.iter().map(Vec::len).collect();
        assert_eq!(counts[..2], [12, 3]);
        assert!(counts[2..5].iter().all(|count| *count == 1), "{counts:?}");
        let one = Slots::new(1);
        let held = fill(&one, 1);
        assert_eq!(held.len(), 1);
        assert_eq!(fill(&one, 1).len(), 0);
    }

    #[test]
    fn a_resting_run_holds_no_slot_and_the_capacity_for_resting_runs_is_shared_too() {
        let slots = Slots::new(2);
        let held: Vec<Slot> = (0..10).map(|_| slots.take(org(1))).collect();
        assert_eq!(slots.room(128).free, 0);
        let resting: Vec<_> = held.iter().map_while(Slot::rest).collect();
        assert_eq!(resting.len(), 4);
        assert_eq!(slots.0.state.lock().driven.all, 6);
        assert!(slots.take(org(2)).rest().is_some());
        drop(resting);
        assert_eq!(slots.0.state.lock().driven.all, 10);
        drop(held);
        let state = slots.0.state.lock();
        assert_eq!((state.driven.all, state.resting.all), (0, 0));
        assert!(state.driven.of.is_empty() && state.resting.of.is_empty());
    }
}
