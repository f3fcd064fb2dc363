//! A limited number of permits that organizations share.

use std::{collections::HashMap, sync::Arc};

use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::{Fair, Key};

/// A semaphore that serves organizations in turn. Cheap to clone.
#[derive(Clone)]
pub struct Gate(Arc<Inner>);

struct Inner {
    permits: usize,
    /// Whether one owner may take at most half of the permits that the others do not use.
    leaves_room: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    taken: usize,
    held: HashMap<Key, usize>,
    waiting: Fair<oneshot::Sender<Permit>>,
}

/// A permit; it is returned when dropped.
pub struct Permit {
    gate: Gate,
    key: Key,
}

impl Gate {
    /// Permits that a single owner may take in full; waiting owners take turns.
    pub fn new(permits: usize) -> Self {
        Self::with(permits, false)
    }

    /// Permits of which a single owner may take at most half of those that the others do not use,
    /// so some are always left for the next owner. For permits that are held for long.
    pub fn leaving_room(permits: usize) -> Self {
        Self::with(permits, true)
    }

    fn with(permits: usize, leaves_room: bool) -> Self {
        Self(Arc::new(Inner {
            permits: permits.max(1),
            leaves_room,
            state: Mutex::default(),
        }))
    }

    /// Returns a permit if one is available now.
    pub fn try_acquire(&self, key: Key) -> Option<Permit> {
        let mut state = self.0.state.lock();
        self.0.fits(&state, key).then(|| {
            state.take(key);
            self.permit(key)
        })
    }

    /// Waits for a permit, behind those who waited before. Dropping the future leaves the queue.
    pub async fn acquire(&self, key: Key) -> Permit {
        let wait = {
            let mut state = self.0.state.lock();
            if self.0.fits(&state, key) {
                state.take(key);
                drop(state);
                return self.permit(key);
            }
            let (tell, wait) = oneshot::channel();
            state.waiting.push(key, tell);
            wait
        };
        match wait.await {
            Ok(permit) => permit,
            // Unreachable: the gate keeps the sender until it is used.
            Err(_) => std::future::pending().await,
        }
    }

    /// The number of permits in use.
    pub fn taken(&self) -> usize {
        self.0.state.lock().taken
    }

    fn permit(&self, key: Key) -> Permit {
        Permit {
            gate: self.clone(),
            key,
        }
    }

    fn release(&self, key: Key) {
        let mut state = self.0.state.lock();
        state.taken = state.taken.saturating_sub(1);
        if let Some(held) = state.held.get_mut(&key) {
            *held -= 1;
            if *held == 0 {
                state.held.remove(&key);
            }
        }
        loop {
            let State {
                taken,
                held,
                waiting,
            } = &mut *state;
            let (taken, held) = (*taken, &*held);
            let next = waiting
                .pop_if(|key, tell| tell.is_closed() || self.0.fits_numbers(taken, held, key));
            let Some((key, tell)) = next else { return };
            if tell.is_closed() {
                continue;
            }
            state.take(key);
            drop(state);
            // If the waiter has just given up, this drops the permit, which then goes to the next
            // one.
            drop(tell.send(self.permit(key)));
            state = self.0.state.lock();
        }
    }
}

impl Inner {
    fn fits(&self, state: &State, key: Key) -> bool {
        self.fits_numbers(state.taken, &state.held, key)
    }

    fn fits_numbers(&self, taken: usize, held: &HashMap<Key, usize>, key: Key) -> bool {
        if taken >= self.permits {
            return false;
        }
        if !self.leaves_room {
            return true;
        }
        let own = held.get(&key).copied().unwrap_or(0);
        own < (self.permits - (taken - own)).div_ceil(2)
    }
}

impl State {
    fn take(&mut self, key: Key) {
        self.taken += 1;
        *self.held.entry(key).or_default() += 1;
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.gate.release(self.key);
    }
}
