//! Attempts that wait for memory, and failures when none becomes available.
//!
//! A wait counts as an attempt in flight: it ends with a cancellation, and it holds only what its
//! stage has already produced. An attempt waits for a limited time for memory that other runs hold,
//! and for memory of its own run as long as other attempts of the run may release some.

use std::time::Duration;

use tokio::time::Instant;
use types::ErrorCode;

use super::{Driver, InFlight, Stop, execute::until_stopped, land::Landed, receive, stop::NOTICE};
use crate::{
    Value,
    component::{EffectKind, Report, StageError},
    limits::{Full, Grant},
    run::{
        Failure,
        encode::Large,
        state::{At, Closing},
    },
};

/// The action to take once memory is available.
pub(super) enum Then {
    /// Resolve the input and run the body, again if it had already started.
    Execute,
    /// Record the output.
    Record(Value, Report),
}

/// The fraction of its memory, in eighths, above which a run starts nothing new beside what is in
/// flight.
const TIGHT: usize = 7;

impl Driver<'_> {
    /// Whether attempts in flight should release memory before another one starts.
    pub(super) fn is_tight(&self) -> bool {
        let memory = &self.account.share.memory;
        let full = memory.used() > memory.limit() / 8 * TIGHT || self.account.in_debt;
        let waits = || !self.waits.is_empty() && self.attempts.values().any(|one| one.waits);
        (full || waits()) && !self.flight.is_empty()
    }

    /// Handles a refusal: waits, or fails the attempt.
    pub(super) fn without_room(
        &mut self,
        at: At,
        attempt: u32,
        full: Full,
        then: Then,
    ) -> Option<Large> {
        let now = Instant::now();
        let since = *self.waits.entry(at).or_insert(now);
        let patience = self.account.limits().memory_wait;
        let left = patience.saturating_sub(now - since);
        let others = self.attempts.values().any(|one| !one.waits);
        let hopeless = match full.by_others() {
            true => left.is_zero(),
            // Values that the run keeps stay; memory of its attempts in flight is released.
            false => !others || self.account.kept(&self.state) + full.wanted > full.limit,
        };
        if hopeless || full.wanted > full.limit {
            self.waits.remove(&at);
            let report = match then {
                Then::Execute => Report::default(),
                Then::Record(_, report) => report,
            };
            let error = refusal(full);
            return self.fail(at, attempt, error, &report.logs, report.usage.as_ref());
        }
        let left = left.max(Duration::from_millis(50));
        let cancel = self.around.cancel.child_token();
        self.state.attempting(at);
        self.attempts.insert(
            at,
            InFlight {
                attempt,
                effect: EffectKind::Pure,
                cancel: cancel.clone(),
                waits: true,
                _grant: None,
            },
        );
        let memory = self.account.share.memory.clone();
        let work = async move {
            let room = memory.room(full.wanted, left).await;
            Landed::Room {
                at,
                attempt,
                room,
                then,
            }
        };
        self.flight
            .push(Box::pin(until_stopped(at, work, cancel, NOTICE)));
        None
    }

    /// Handles the end of a wait.
    pub(super) fn with_room(
        &mut self,
        at: At,
        attempt: u32,
        room: Result<Grant, Full>,
        then: Then,
    ) -> Option<Large> {
        match (room, then) {
            (Ok(grant), Then::Execute) => self.execute(at, attempt, Some(grant)),
            (Ok(grant), Then::Record(output, report)) => {
                drop(grant);
                self.ended(at, attempt, Ok(output), report, EffectKind::Pure)
            }
            (Err(full), then) => self.without_room(at, attempt, full, then),
        }
    }

    /// The refusal behind an error, if the attempt failed for lack of memory and may be repeated.
    pub(super) fn no_room(&self, error: &StageError, effect: EffectKind) -> Option<Full> {
        let pure = matches!(effect, EffectKind::Pure | EffectKind::Read);
        if error.code != ErrorCode::MemoryLimit || !pure {
            return None;
        }
        self.account.share.memory.refused()
    }

    /// Starts nothing while the run holds memory beyond its limit. Attempts in flight end first;
    /// then the run waits for others, and fails if memory does not become available in time.
    pub(super) async fn pay_debt(&mut self) -> Stop<()> {
        let memory = self.account.share.memory.clone();
        if memory.take(1).is_ok() || self.state.closing().is_some() {
            self.account.in_debt = false;
            return Ok(());
        }
        if !self.flight.is_empty() {
            return Ok(());
        }
        self.turn = None;
        let patience = self.account.limits().memory_wait;
        tokio::select! {
            biased;
            signal = receive(&mut self.signals) => return self.signal(signal).await,
            room = memory.room(1, patience) => {
                self.account.in_debt = false;
                if let Err(full) = room {
                    let failure = Failure::of(&refusal(full), None);
                    self.state.close(Closing::Failed(failure));
                }
            }
        }
        Ok(())
    }
}

fn refusal(full: Full) -> StageError {
    let mut error = StageError::new(ErrorCode::MemoryLimit, full.to_string());
    error.retryable = full.by_others();
    error
}
