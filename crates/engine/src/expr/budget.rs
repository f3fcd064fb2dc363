//! What one evaluation may cost: steps, bytes, depth and time.
//!
//! Memory is counted upwards while values are made; since nothing can be changed in place, what a
//! part of an expression made is either in its result or gone, so the count goes back to the
//! result's size there (see [`Budget::release`]). The count is never below what is held.
//!
//! A budget of a run takes what it needs beyond a little from the run's account of memory, in
//! coarse steps: see [`Budget::with_memory`].

use std::time::{Duration, Instant};

use nix::time::{ClockId, clock_gettime};
use tokio_util::sync::CancellationToken;
use types::ErrorCode;

use super::ExprError;
use crate::limits::{Grant, MIB};

/// The longest time of one evaluation: a program ends within 200 ms, including the last piece of work and
/// the clean-up.
pub const TIME: Duration = Duration::from_millis(150);
/// The most memory of one evaluation, in bytes.
pub const MEMORY: usize = 32 << 20;
/// The most steps of one evaluation.
pub const FUEL: u64 = 2_000_000;
/// How deep evaluation may nest, calls of lambdas included.
pub const DEPTH: u32 = 320;
/// Steps between two looks at the clock.
const SLICE: u64 = 2_048;
/// What an evaluation may take before it asks the run's account, in bytes.
const FREE: usize = 256 * 1024;
/// On a busy machine an evaluation may take this many times its limit in wall-clock time: what
/// counts is the processor time of its thread.
const BUSY: u32 = 8;

/// What is left. One budget may serve the expressions of a whole stage.
#[derive(Debug)]
pub struct Budget {
    fuel: u64,
    /// Steps until the next look at the clock and the flag.
    slice: u64,
    memory: usize,
    peak: usize,
    /// What may be taken before the account is asked again.
    limit: usize,
    time: Duration,
    depth: u32,
    /// When the work began: by the clock and by the time that the thread had worked.
    began: Option<(Instant, Duration)>,
    cancel: Option<CancellationToken>,
    /// The part of a run's memory.
    grant: Option<Grant>,
}

impl Budget {
    /// 200 ms, 32 MB. The clock starts with the first longer piece of work.
    pub fn standard() -> Self {
        Self {
            fuel: FUEL,
            slice: SLICE,
            memory: 0,
            peak: 0,
            limit: MEMORY,
            time: TIME,
            depth: DEPTH,
            began: None,
            cancel: None,
            grant: None,
        }
    }

    /// The same, taking its memory from a run's account. `grant` may hold some already.
    pub fn with_memory(mut self, grant: Grant) -> Self {
        self.limit = FREE.max(grant.bytes()).min(MEMORY);
        self.grant = Some(grant);
        self
    }

    /// What was taken from the run's account for values that still are there; `None` when they are
    /// too small to count.
    pub fn into_grant(self) -> Option<Grant> {
        let mut grant = self.grant?;
        grant.shrink(if self.memory > FREE { self.memory } else { 0 });
        (grant.bytes() > 0).then_some(grant)
    }

    /// The same, stopped early when the token is cancelled.
    pub fn with_cancel(mut self, cancel: CancellationToken) -> Self {
        self.cancel = Some(cancel);
        self
    }

    /// The same with another time limit; steps, memory and depth stay bounded.
    pub fn with_time(mut self, time: Duration) -> Self {
        self.time = time;
        self
    }

    /// Steps taken so far.
    pub fn fuel_used(&self) -> u64 {
        (FUEL - self.fuel) + (SLICE - self.slice)
    }

    /// The most memory that was accounted at any time, in bytes.
    pub fn peak_memory(&self) -> usize {
        self.peak
    }

    /// Pays for `steps` of work.
    #[inline]
    pub fn step(&mut self, steps: u64) -> Result<(), ExprError> {
        if steps < self.slice {
            self.slice -= steps;
            return Ok(());
        }
        self.pause(steps)
    }

    /// The slice is over: pay it, look at the clock and at the flag.
    #[cold]
    #[inline(never)]
    fn pause(&mut self, steps: u64) -> Result<(), ExprError> {
        let used = (SLICE - self.slice).saturating_add(steps);
        self.slice = SLICE;
        if self
            .cancel
            .as_ref()
            .is_some_and(CancellationToken::is_cancelled)
        {
            return Err(ExprError::new(
                ErrorCode::Cancelled,
                "the run was cancelled",
            ));
        }
        match self.fuel.checked_sub(used) {
            Some(left) => self.fuel = left,
            None => {
                self.fuel = 0;
                return Err(exhausted(format!("it takes more than {FUEL} steps")));
            }
        }
        self.look()
    }

    /// Looks at the clock: between pieces of work whose steps say little about how long they take.
    pub fn look(&mut self) -> Result<(), ExprError> {
        let now = Instant::now();
        let (began, worked) = *self.began.get_or_insert_with(|| (now, worked()));
        let passed = now - began;
        if passed < self.time {
            return Ok(());
        }
        // A task may have moved to a thread that worked less; then the other bound holds.
        let own = self::worked().saturating_sub(worked);
        if own < self.time && passed < self.time * BUSY {
            return Ok(());
        }
        Err(exhausted(format!(
            "it takes more than {} ms",
            self.time.as_millis()
        )))
    }

    /// Pays for work over `bytes` of text.
    #[inline]
    pub fn scan(&mut self, bytes: usize) -> Result<(), ExprError> {
        self.step(1 + (bytes / 64) as u64)
    }

    /// Pays for `bytes` of memory before they are taken.
    #[inline]
    pub fn take(&mut self, bytes: usize) -> Result<(), ExprError> {
        self.memory = self.memory.saturating_add(bytes);
        if self.memory > self.limit {
            self.more()?;
        }
        self.peak = self.peak.max(self.memory);
        Ok(())
    }

    /// What was granted is used up: asks for more, or ends.
    #[cold]
    #[inline(never)]
    fn more(&mut self) -> Result<(), ExprError> {
        if self.memory > MEMORY {
            return Err(exhausted(format!(
                "it needs more than {} MB of memory",
                MEMORY >> 20
            )));
        }
        if let Some(grant) = &mut self.grant {
            // Twice as much each time: a few steps to the most there is.
            let wanted = (self.memory * 2).next_multiple_of(MIB).min(MEMORY);
            let more = wanted.saturating_sub(grant.bytes());
            if let Err(full) = grant.grow(more) {
                return Err(ExprError::new(ErrorCode::MemoryLimit, full.to_string()));
            }
            self.limit = wanted;
        }
        Ok(())
    }

    /// Pays for a text of `bytes`, its making included.
    #[inline]
    pub fn text(&mut self, bytes: usize) -> Result<(), ExprError> {
        self.scan(bytes)?;
        self.take(bytes.saturating_mul(2).saturating_add(48))
    }

    /// Pays for a list of `items`.
    #[inline]
    pub fn list(&mut self, items: usize) -> Result<(), ExprError> {
        self.step(1 + (items / 4) as u64)?;
        self.take(items.saturating_mul(32).saturating_add(64))
    }

    /// Pays for a map or set of `entries`.
    #[inline]
    pub fn map(&mut self, entries: usize) -> Result<(), ExprError> {
        self.step(1 + entries as u64)?;
        self.take(entries.saturating_mul(128).saturating_add(128))
    }

    /// How many bytes are left.
    pub(crate) fn memory_left(&self) -> usize {
        MEMORY.saturating_sub(self.memory)
    }

    /// The memory accounted now, to give to [`Budget::release`].
    #[inline]
    pub(crate) fn mark(&self) -> usize {
        self.memory
    }

    /// Everything taken since `mark` is gone but for `kept` bytes.
    #[inline]
    pub(crate) fn release(&mut self, mark: usize, kept: usize) {
        self.memory = self.memory.min(mark.saturating_add(kept));
    }

    /// One level deeper; [`Budget::leave`] must follow, also after an error.
    #[inline]
    pub fn enter(&mut self) -> Result<(), ExprError> {
        match self.depth.checked_sub(1) {
            Some(left) => {
                self.depth = left;
                Ok(())
            }
            None => Err(exhausted(format!("it nests deeper than {DEPTH}"))),
        }
    }

    /// One level up.
    #[inline]
    pub fn leave(&mut self) {
        self.depth += 1;
    }
}

/// The time that this thread has worked: what a busy machine takes away does not count.
fn worked() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map_or(Duration::ZERO, Into::into)
}

pub(crate) fn exhausted(why: String) -> ExprError {
    ExprError::new(
        ErrorCode::ExpressionBudget,
        format!("the expression was stopped: {why}"),
    )
}
