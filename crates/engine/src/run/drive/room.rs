//! Attempts that wait for memory, and what is done when there is none.
//!
//! A wait is an attempt in flight like any other: it ends with a cancellation, and it holds
//! nothing that another run needs but what its stage has made already. What others hold is waited
//! for a bounded time; what the run itself holds, for as long as other attempts of it may give
//! something back.

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

/// What follows when there is room.
pub(super) enum Then {
    /// The input is resolved and the body runs, again if it had begun.
    Execute,
    /// The output is recorded.
    Record(Value, Report),
}

/// How much of its memory a run may hold before nothing new starts beside what is in flight, in
/// eighths.
const TIGHT: usize = 7;

impl Driver<'_> {
    /// Whether attempts in flight should give something back before another one starts.
    pub(super) fn is_tight(&self) -> bool {
        let memory = &self.account.share.memory;
        let full = memory.used() > memory.limit() / 8 * TIGHT || self.account.in_debt;
        let waits = || !self.waits.is_empty() && self.attempts.values().any(|one| one.waits);
        (full || waits()) && !self.flight.is_empty()
    }

    /// After a refusal: waits, or fails the attempt.
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
            // What the run keeps does not go away; what its attempts in flight hold does.
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

    /// The wait is over.
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

    /// Whether an error says that there was no room for an attempt that may be repeated.
    pub(super) fn no_room(&self, error: &StageError, effect: EffectKind) -> Option<Full> {
        let pure = matches!(effect, EffectKind::Pure | EffectKind::Read);
        if error.code != ErrorCode::MemoryLimit || !pure {
            return None;
        }
        self.account.share.memory.refused()
    }

    /// Something was taken that does not fit: nothing starts until it does. What is in flight ends
    /// first; then the run waits for others, and fails when there is no room in time.
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
