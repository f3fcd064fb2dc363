//! What became of attempts: results and failures written, retries planned.

use types::ErrorCode;

use super::{Driver, Stop};
use crate::{
    Value,
    component::{Directive, LogLine, Report, StageError, Usage},
    run::{
        Failure, JournalError, Outcome,
        encode::{Large, Subject},
        state::At,
    },
    value::MAX_DEPTH,
};

/// What a body gave.
pub(super) enum Output {
    Value(Value),
    Directive(Directive),
}

/// What came out of the air.
pub(super) enum Landed {
    /// An input was resolved on another thread.
    Resolved(At, Result<Value, StageError>),
    /// A body ended.
    Ended {
        at: At,
        attempt: u32,
        result: Result<Output, StageError>,
        report: Report,
    },
    /// It was told to end and did not: it was dropped.
    Stopped(At),
    /// The journal refused the events before an effect: nothing was done.
    Lost(JournalError),
}

impl Driver<'_> {
    /// Records what landed.
    pub(super) fn land(&mut self, landed: Landed) -> Stop<Option<Large>> {
        match landed {
            Landed::Resolved(at, input) => {
                let Some(one) = self.attempts.remove(&at) else {
                    return Ok(None);
                };
                self.state.resolved(at);
                if self.is_expired(at) {
                    return Ok(self.finish(at));
                }
                // A run that ends starts no body any more.
                if self.state.closing().is_some() || one.cancel.is_cancelled() {
                    self.write_stopped(at);
                    return Ok(None);
                }
                if self.draining.is_some() {
                    return Ok(None);
                }
                Ok(self.with_input(at, one.attempt, input))
            }
            Landed::Ended {
                at,
                attempt,
                result,
                report,
            } => {
                // What was stopped meanwhile has its end already.
                if self.attempts.remove(&at).is_none() {
                    return Ok(None);
                }
                if self.is_expired(at) {
                    self.state.resolved(at);
                    return Ok(self.finish(at));
                }
                Ok(match result {
                    Ok(Output::Value(value)) => self.ended(at, attempt, Ok(value), report),
                    Ok(Output::Directive(directive)) => {
                        self.state.resolved(at);
                        self.directed(at, attempt, Ok(directive), report)
                    }
                    Err(error) => self.ended(at, attempt, Err(error), report),
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

    fn is_expired(&self, at: At) -> bool {
        self.state.slot(at).is_some_and(|slot| slot.expired)
    }

    /// What a control stage's body said.
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
            Err(error) => self.fail(at, attempt, error, &report.logs, report.usage.as_ref()),
        }
    }

    /// The end of an attempt.
    pub(super) fn ended(
        &mut self,
        at: At,
        attempt: u32,
        result: Result<Value, StageError>,
        report: Report,
    ) -> Option<Large> {
        match result {
            // It could not be read back from the journal.
            Ok(output) if output.is_deeper_than(MAX_DEPTH) => {
                let message = format!("the output is nested deeper than {MAX_DEPTH}");
                let error = StageError::new(ErrorCode::NestingTooDeep, message);
                self.fail(at, attempt, error, &report.logs, report.usage.as_ref())
            }
            Ok(output) => {
                let now = self.now();
                let stage = self.state.plan.stage(self.state.stage_of(at));
                let subject = Subject {
                    prefix: self.state.json_prefix(at),
                    id: &stage.json_id,
                };
                let usage = report.usage.as_ref();
                let large =
                    self.encoder
                        .succeeded(now, subject, attempt, &output, &report.logs, usage);
                self.state.succeeded(at, output, usage);
                large
            }
            Err(error) => self.fail(at, attempt, error, &report.logs, report.usage.as_ref()),
        }
    }

    /// A failed attempt: another one follows, or the stage has failed.
    pub(super) fn fail(
        &mut self,
        at: At,
        attempt: u32,
        error: StageError,
        logs: &[LogLine],
        usage: Option<&Usage>,
    ) -> Option<Large> {
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
