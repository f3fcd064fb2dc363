//! Handles finished attempts: records results and failures and schedules retries.

use chrono::{DateTime, Utc};
use types::ErrorCode;

use super::{Driver, Stop, room::Then};
use crate::{
    Value,
    component::{Directive, EffectKind, LogLine, Report, StageError, Usage},
    limits::{Full, Grant},
    run::{
        Failure, JournalError, Outcome,
        encode::{Large, Subject, TooLong, Written},
        sha256_hex,
        state::At,
    },
    value::MAX_DEPTH,
};

/// An output is written up to this size before its memory is charged, in bytes.
const FIRST: usize = 1024 * 1024;

/// Why an output was not recorded.
pub(super) enum Refused {
    /// There is not enough memory at present.
    Room(Full),
    /// The output exceeds one of the run's limits.
    Limit(StageError),
}

/// What a body returned.
pub(super) enum Output {
    Value(Value),
    Directive(Directive),
}

/// Something in flight that completed.
pub(super) enum Landed {
    /// An input was resolved on a processor thread.
    Resolved(At, Result<Value, StageError>, Option<Grant>),
    /// The wait for memory ended, successfully or not.
    Room {
        at: At,
        attempt: u32,
        room: Result<Grant, Full>,
        then: Then,
    },
    /// A body ended.
    Ended {
        at: At,
        attempt: u32,
        result: Result<Output, StageError>,
        report: Report,
    },
    /// The attempt was cancelled, did not end in time and was dropped.
    Stopped(At),
    /// The journal rejected the events before an effect; the effect was not started.
    Lost(JournalError),
}

impl Driver<'_> {
    /// Handles what landed.
    #[allow(
        clippy::result_large_err,
        reason = "an outcome is made once, at the end of a drive"
    )]
    pub(super) fn land(&mut self, landed: Landed) -> Stop<Option<Large>> {
        match landed {
            Landed::Resolved(at, input, grant) => match self.goes_on(at) {
                Ok(attempt) => Ok(self.with_input(at, attempt, input, grant)),
                Err(large) => Ok(large),
            },
            Landed::Room {
                at,
                attempt,
                room,
                then,
            } => match self.goes_on(at) {
                // A sibling stage failed in the meantime: do not start.
                Ok(_) if self.state.is_halted(at) => {
                    self.waits.remove(&at);
                    self.write_stopped(at);
                    Ok(None)
                }
                Ok(_) => Ok(self.with_room(at, attempt, room, then)),
                Err(large) => Ok(large),
            },
            Landed::Ended {
                at,
                attempt,
                result,
                report,
            } => {
                // If the attempt was stopped in the meantime, its end is already recorded.
                let Some(one) = self.attempts.remove(&at) else {
                    return Ok(None);
                };
                if self.is_expired(at) {
                    self.state.resolved(at);
                    return Ok(self.finish(at));
                }
                Ok(match result {
                    Ok(Output::Value(value)) => {
                        self.ended(at, attempt, Ok(value), report, one.effect)
                    }
                    Ok(Output::Directive(directive)) => {
                        self.state.resolved(at);
                        self.directed(at, attempt, Ok(directive), report)
                    }
                    Err(error) => self.ended(at, attempt, Err(error), report, one.effect),
                })
            }
            Landed::Stopped(at) => {
                if !self.attempts.contains_key(&at) {
                    return Ok(None);
                }
                if self.is_expired(at) {
                    self.attempts.remove(&at);
                    self.state.resolved(at);
                    return Ok(self.finish(at));
                }
                self.write_stopped(at);
                Ok(None)
            }
            Landed::Lost(JournalError::Fenced) => Err(Outcome::Fenced),
            Landed::Lost(error) => Err(Outcome::Failed(error)),
        }
    }

    /// Takes over an attempt whose body has not run yet: returns its number, or ends the attempt if
    /// the run or its scope is ending.
    fn goes_on(&mut self, at: At) -> Result<u32, Option<Large>> {
        let Some(one) = self.attempts.remove(&at) else {
            return Err(None);
        };
        self.state.resolved(at);
        let ends = self.state.closing().is_some() || one.cancel.is_cancelled();
        if !self.is_expired(at) && !ends && self.draining.is_none() {
            return Ok(one.attempt);
        }
        self.waits.remove(&at);
        if self.is_expired(at) {
            return Err(self.finish(at));
        }
        // A run that is ending starts no more bodies.
        if ends {
            self.write_stopped(at);
        }
        Err(None)
    }

    fn is_expired(&self, at: At) -> bool {
        self.state.slot(at).is_some_and(|slot| slot.expired)
    }

    /// Applies the directive that a control stage's body returned.
    pub(super) fn directed(
        &mut self,
        at: At,
        attempt: u32,
        result: Result<Directive, StageError>,
        report: Report,
    ) -> Option<Large> {
        match result {
            Ok(directive) => {
                self.activate(at, attempt, directive.items());
                self.state.reported(at, report);
                self.state.direct(at, directive);
                None
            }
            Err(error) => self.failed(at, attempt, error, report, EffectKind::Pure),
        }
    }

    /// Handles a failed body. If memory was the reason, the attempt waits and runs again.
    fn failed(
        &mut self,
        at: At,
        attempt: u32,
        error: StageError,
        mut report: Report,
        effect: EffectKind,
    ) -> Option<Large> {
        if let Some(full) = self.no_room(&error, effect) {
            self.state.resolved(at);
            return self.without_room(at, attempt, full, Then::Execute);
        }
        self.account.admit_logs(&mut report, false);
        self.fail(at, attempt, error, &report.logs, report.usage.as_ref())
    }

    /// Handles the end of an attempt.
    pub(super) fn ended(
        &mut self,
        at: At,
        attempt: u32,
        result: Result<Value, StageError>,
        mut report: Report,
        effect: EffectKind,
    ) -> Option<Large> {
        match result {
            // A deeper value could not be read back from the journal.
            Ok(output) if output.is_deeper_than(MAX_DEPTH) => {
                let message = format!("the output is nested deeper than {MAX_DEPTH}");
                let error = StageError::new(ErrorCode::NestingTooDeep, message);
                self.fail(at, attempt, error, &report.logs, report.usage.as_ref())
            }
            Ok(output) => {
                self.account.admit_logs(&mut report, false);
                // An outside effect is recorded even beyond the limits; other outputs wait for
                // memory.
                let may_wait = matches!(effect, EffectKind::Pure | EffectKind::Read);
                match self.record(at, attempt, &output, &report, may_wait) {
                    Ok(large) => {
                        if !self.waits.is_empty() {
                            self.waits.remove(&at);
                        }
                        self.state.succeeded(at, output, report.usage.as_ref());
                        large
                    }
                    Err(Refused::Room(full)) => {
                        self.state.resolved(at);
                        self.without_room(at, attempt, full, Then::Record(output, report))
                    }
                    Err(Refused::Limit(error)) => {
                        self.fail(at, attempt, error, &report.logs, report.usage.as_ref())
                    }
                }
            }
            Err(error) => self.failed(at, attempt, error, report, effect),
        }
    }

    /// Records an output if the run's limits allow it; otherwise writes nothing.
    pub(super) fn record(
        &mut self,
        at: At,
        attempt: u32,
        output: &Value,
        report: &Report,
        may_wait: bool,
    ) -> Result<Option<Large>, Refused> {
        let now = self.now();
        let mark = self.encoder.mark();
        let most = self.account.limits().value;
        let mut written = self.write_output(now, at, attempt, output, report, most.min(FIRST));
        if written.is_err() && most > FIRST {
            // The JSON text and its copy for storing an output of many megabytes count too.
            if !may_wait {
                self.account.force_pass(output);
            } else if let Err(full) = self.account.pass(output) {
                return Err(Refused::Room(full));
            }
            written = self.write_output(now, at, attempt, output, report, most);
        }
        let Ok(Written {
            mut large,
            length: whole,
        }) = written
        else {
            self.account.passed();
            return Err(Refused::Limit(self.account.too_long()));
        };
        if let Some(large) = &mut large {
            large.name = sha256_hex(self.encoder.large_bytes(large));
        }
        // An artifact that was stored before is neither stored nor counted again.
        let again = large
            .as_ref()
            .is_some_and(|large| self.account.is_stored(&large.name));
        let length = if again { 0 } else { whole };
        let counted = match self.account.may_write(length, large.is_some()) {
            Err(error) => Err(Refused::Limit(error)),
            Ok(()) if !may_wait => {
                self.account.force(&self.state, output, whole);
                Ok(())
            }
            Ok(()) => self
                .account
                .hold(&self.state, output, whole)
                .map_err(Refused::Room),
        };
        if let Err(refused) = counted {
            self.encoder.rollback(mark);
            self.account.passed();
            return Err(refused);
        }
        self.account.written(length, large.is_some());
        Ok(large)
    }

    fn write_output(
        &mut self,
        now: DateTime<Utc>,
        at: At,
        attempt: u32,
        output: &Value,
        report: &Report,
        cap: usize,
    ) -> Result<Written, TooLong> {
        let stage = self.state.plan.stage(self.state.stage_of(at));
        let subject = Subject {
            prefix: self.state.json_prefix(at),
            id: &stage.json_id,
        };
        let (usage, taken_over) = (report.usage.as_ref(), report.taken_over);
        self.encoder.succeeded(
            now,
            subject,
            attempt,
            output,
            &report.logs,
            usage,
            taken_over,
            cap,
        )
    }

    /// Records a failed attempt and decides whether another one follows.
    pub(super) fn fail(
        &mut self,
        at: At,
        attempt: u32,
        mut error: StageError,
        logs: &[LogLine],
        usage: Option<&Usage>,
    ) -> Option<Large> {
        error.message = self.secrets.hide(error.message);
        if !self.waits.is_empty() {
            self.waits.remove(&at);
        }
        self.activate(at, attempt, None);
        let now = self.now();
        let stage = self.state.plan.stage(self.state.stage_of(at));
        let counted = self.state.attempts_of_policy(at);
        let again = error.retryable
            && stage
                .retry
                .is_some_and(|policy| counted <= policy.max_retries)
            && self.state.may_retry(at);
        let subject = Subject {
            prefix: self.state.json_prefix(at),
            id: &stage.json_id,
        };
        let mut failure = Failure::of(&error, None);
        self.encoder
            .failed(now, subject, attempt, &failure, !again, logs, usage);
        failure.stage = Some(self.state.address(at));
        self.state
            .failed(at, failure, !again, error.retry_after_ms, usage);
        if again {
            self.write_retry(at, error.retry_after_ms);
        }
        None
    }
}
