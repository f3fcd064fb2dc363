//! Limits what one evaluation may cost: steps, memory, depth and time.
//!
//! Memory is counted as values are created. Since values cannot be modified, everything that a part
//! of an expression created is either in its result or was dropped; after such a part, the count
//! goes back to the result's size (see [`Budget::release`]). The count is never below the memory in
//! use.
//!
//! In a run, memory beyond a small allowance is taken from the run's account, in coarse steps: see
//! [`Budget::with_memory`].

use std::time::{Duration, Instant};

use nix::time::{ClockId, clock_gettime};
use tokio_util::sync::CancellationToken;
use types::ErrorCode;

use super::ExprError;
use crate::limits::{Grant, MIB};

/// The time limit of one evaluation. A program ends within 200 ms, including the last piece of work
/// and the cleanup.
pub const TIME: Duration = Duration::from_millis(150);
/// The memory limit of one evaluation, in bytes.
pub const MEMORY: usize = 32 << 20;
/// The step limit of one evaluation.
pub const FUEL: u64 = 2_000_000;
/// The limit on nested evaluation, including calls of lambdas.
pub const DEPTH: u32 = 320;
/// The number of steps between two checks of the clock.
const SLICE: u64 = 2_048;
/// The memory that an evaluation may use before it takes any from the run's account, in bytes.
const FREE: usize = 256 * 1024;
/// The time limit applies to the thread's processor time. On a busy machine, the wall-clock time
/// may be this many times as long.
const BUSY: u32 = 8;

/// The remaining budget. One budget may serve all expressions of a stage.
#[derive(Debug)]
pub struct Budget {
    fuel: u64,
    /// Steps until the next check of the clock and the cancellation token.
    slice: u64,
    memory: usize,
    peak: usize,
    /// The memory that may be used before more is taken from the account.
    limit: usize,
    time: Duration,
    depth: u32,
    /// When the work began, in wall-clock time and in processor time of the thread.
    began: Option<(Instant, Duration)>,
    cancel: Option<CancellationToken>,
    /// The memory taken from the run's account.
    grant: Option<Grant>,
}

impl Budget {
    /// The standard limits: [`TIME`], [`MEMORY`], [`FUEL`] and [`DEPTH`]. The clock starts with the
    /// first longer piece of work.
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

    /// Takes memory from a run's account. `grant` may already hold some.
    pub fn with_memory(mut self, grant: Grant) -> Self {
        self.limit = FREE.max(grant.bytes()).min(MEMORY);
        self.grant = Some(grant);
        self
    }

    /// The memory taken from the run's account for values that still exist; `None` if they are too
    /// small to count.
    pub fn into_grant(self) -> Option<Grant> {
        let mut grant = self.grant?;
        grant.shrink(if self.memory > FREE { self.memory } else { 0 });
        (grant.bytes() > 0).then_some(grant)
    }

    /// Stops the evaluation when the token is cancelled.
    pub fn with_cancel(mut self, cancel: CancellationToken) -> Self {
        self.cancel = Some(cancel);
        self
    }

    /// Sets another time limit. Steps, memory and depth stay limited.
    pub fn with_time(mut self, time: Duration) -> Self {
        self.time = time;
        self
    }

    /// The steps used so far.
    pub fn fuel_used(&self) -> u64 {
        (FUEL - self.fuel) + (SLICE - self.slice)
    }

    /// The highest memory count so far, in bytes.
    pub fn peak_memory(&self) -> usize {
        self.peak
    }

    /// Charges `steps` of work.
    #[inline]
    pub fn step(&mut self, steps: u64) -> Result<(), ExprError> {
        if steps < self.slice {
            self.slice -= steps;
            return Ok(());
        }
        self.pause(steps)
    }

    /// Charges the finished slice, then checks the clock and the cancellation token.
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

    /// Checks the clock. Called between pieces of work whose step count says little about their
    /// duration.
    pub fn look(&mut self) -> Result<(), ExprError> {
        let now = Instant::now();
        let (began, worked) = *self.began.get_or_insert_with(|| (now, worked()));
        let passed = now - began;
        if passed < self.time {
            return Ok(());
        }
        // The task may have moved to a thread with less processor time; then the wall-clock bound
        // applies.
        let own = self::worked().saturating_sub(worked);
        if own < self.time && passed < self.time * BUSY {
            return Ok(());
        }
        Err(exhausted(format!(
            "it takes more than {} ms",
            self.time.as_millis()
        )))
    }

    /// Charges a pass over `bytes` of text.
    #[inline]
    pub fn scan(&mut self, bytes: usize) -> Result<(), ExprError> {
        self.step(1 + (bytes / 64) as u64)
    }

    /// Charges `bytes` of memory, before they are allocated.
    #[inline]
    pub fn take(&mut self, bytes: usize) -> Result<(), ExprError> {
        self.memory = self.memory.saturating_add(bytes);
        if self.memory > self.limit {
            self.more()?;
        }
        self.peak = self.peak.max(self.memory);
        Ok(())
    }

    /// The limit was reached: takes more from the account, or fails.
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
            // Double each time, to reach the maximum in a few steps.
            let wanted = (self.memory * 2).next_multiple_of(MIB).min(MEMORY);
            let more = wanted.saturating_sub(grant.bytes());
            if let Err(full) = grant.grow(more) {
                return Err(ExprError::new(ErrorCode::MemoryLimit, full.to_string()));
            }
            self.limit = wanted;
        }
        Ok(())
    }

    /// Charges a text of `bytes`: creating it and its memory.
    #[inline]
    pub fn text(&mut self, bytes: usize) -> Result<(), ExprError> {
        self.scan(bytes)?;
        self.take(bytes.saturating_mul(2).saturating_add(48))
    }

    /// Charges a list of `items`.
    #[inline]
    pub fn list(&mut self, items: usize) -> Result<(), ExprError> {
        self.step(1 + (items / 4) as u64)?;
        self.take(items.saturating_mul(32).saturating_add(64))
    }

    /// Charges a map or set of `entries`.
    #[inline]
    pub fn map(&mut self, entries: usize) -> Result<(), ExprError> {
        self.step(1 + entries as u64)?;
        self.take(entries.saturating_mul(128).saturating_add(128))
    }

    /// The bytes that may still be used.
    pub(crate) fn memory_left(&self) -> usize {
        MEMORY.saturating_sub(self.memory)
    }

    /// The current memory count, to pass to [`Budget::release`].
    #[inline]
    pub(crate) fn mark(&self) -> usize {
        self.memory
    }

    /// Everything charged since `mark` was dropped, except for `kept` bytes.
    #[inline]
    pub(crate) fn release(&mut self, mark: usize, kept: usize) {
        self.memory = self.memory.min(mark.saturating_add(kept));
    }

    /// Enters one level of nesting. [`Budget::leave`] must follow, even after an error.
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

    /// Leaves one level of nesting.
    #[inline]
    pub fn leave(&mut self) {
        self.depth += 1;
    }
}

/// The processor time of this thread. Time in which the machine runs other threads does not count.
fn worked() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map_or(Duration::ZERO, Into::into)
}

pub(crate) fn exhausted(why: String) -> ExprError {
    ExprError::new(
        ErrorCode::ExpressionBudget,
        format!("the expression was stopped: {why}"),
    )
}
