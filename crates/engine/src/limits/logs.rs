//! Limits how many log lines the runs of one organization may write per unit of time.

use std::time::Instant;

use parking_lot::Mutex;

/// An allowance that refills at `rate` lines a second, up to sixty seconds' worth.
#[derive(Debug)]
pub struct LogAllowance {
    rate: f64,
    state: Mutex<(f64, Instant)>,
}

impl LogAllowance {
    /// A full allowance.
    pub fn new(rate: usize) -> Self {
        let rate = rate as f64;
        Self {
            rate,
            state: Mutex::new((rate * 60.0, Instant::now())),
        }
    }

    /// Takes up to `lines` from the allowance; returns how many may be written.
    pub fn take(&self, lines: usize) -> usize {
        let mut state = self.state.lock();
        let (left, at) = &mut *state;
        let now = Instant::now();
        *left = (*left + (now - *at).as_secs_f64() * self.rate).min(self.rate * 60.0);
        *at = now;
        let given = lines.min(*left as usize);
        *left -= given as f64;
        given
    }
}
