//! Try, catch, finally.
//!
//! The catch stages run if the try stages fail with an error that is to be caught; they read it as
//! `context.error` and as `upstream.ID.error`. The finally stages run in either case, unless the
//! stage itself is stopped from outside.

use super::{
    At, Control, SkipReason, State,
    control::{Over, error_value, with},
};
use crate::{
    Value,
    component::{BranchRole, TryCatch},
    model::RetryPolicy,
    run::Failure,
};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    Try,
    Catch,
    Finally,
}

/// The state of a running trycatch.
#[derive(Debug)]
pub(crate) struct Trying {
    spec: TryCatch,
    phase: Phase,
    pub frames: Vec<u32>,
    /// The failure of the try stages.
    error: Option<Failure>,
    /// The failure still unhandled: that of the try stages, or of the catch or finally stages.
    open_error: Option<Failure>,
    recovered: bool,
    /// Whether the unhandled failure fails the stage regardless of `propagate`.
    unheld: bool,
    /// Whether the try stages are to be retried.
    again: bool,
    try_result: Value,
    catch_result: Value,
}

impl Trying {
    /// The values that it holds.
    pub(super) fn values(&self) -> impl Iterator<Item = &Value> {
        [&self.spec.output, &self.try_result, &self.catch_result].into_iter()
    }

    pub(super) fn result(&self) -> Result<Value, Failure> {
        match &self.open_error {
            Some(failure) if self.spec.propagate || self.unheld || self.again => {
                Err(failure.clone())
            }
            _ => Ok(self.output()),
        }
    }

    /// The policy for retrying the try stages, if they are to be retried.
    pub(super) fn again(&self) -> Option<RetryPolicy> {
        self.again.then_some(self.spec.retry)
    }

    /// The output as far as it is known.
    fn output(&self) -> Value {
        let error = self.error.as_ref();
        let status = match (error, self.recovered) {
            (None, _) => "success",
            (Some(_), true) => "recovered",
            (Some(_), false) => "failed",
        };
        with(
            &self.spec.output,
            [
                ("status", status.into()),
                ("error_occurred", error.is_some().into()),
                ("error", error.map_or(Value::Null, error_value)),
                ("error_message", error.map(|e| e.message.clone()).into()),
                ("error_type", error.map(|e| e.code.as_str()).into()),
                ("recovered", self.recovered.into()),
                ("try_result", self.try_result.clone()),
                ("catch_result", self.catch_result.clone()),
            ],
        )
    }

    fn catches(&self, failure: &Failure) -> bool {
        let code = failure.code.as_str();
        self.spec.catch_codes.is_empty()
            || self
                .spec
                .catch_codes
                .iter()
                .any(|c| c.eq_ignore_ascii_case(code))
    }
}

impl State<'_> {
    pub(super) fn try_catch(&mut self, at: At, spec: TryCatch) {
        let output = spec.output.clone();
        let trying = Trying {
            spec,
            phase: Phase::Try,
            frames: Vec::new(),
            error: None,
            open_error: None,
            recovered: false,
            unheld: false,
            again: false,
            try_result: Value::Null,
            catch_result: Value::Null,
        };
        self.hold(at, Control::TryCatch(trying), output);
        if !self.open_branch(at, BranchRole::Try, Vec::new(), None) {
            self.phase_over(at, Ok(Value::Null));
        }
    }

    /// Opens the list with this role; `false` if it has no stages.
    fn open_branch(
        &mut self,
        at: At,
        role: BranchRole,
        bindings: Vec<(std::sync::Arc<str>, Value)>,
        skip: Option<SkipReason>,
    ) -> bool {
        let Some(scope) = self.opens(at, role) else {
            return false;
        };
        let frame = self.open_frame(scope, Some(at), 0, bindings, skip);
        if let Some(Control::TryCatch(trying)) = self.control_mut(at) {
            trying.frames.extend(frame);
        }
        frame.is_some()
    }

    pub(super) fn try_over(&mut self, at: At, over: Over) {
        let Some(Control::TryCatch(trying)) = self.control_mut(at) else {
            return;
        };
        trying.frames.retain(|frame| *frame != over.number);
        if over.skip.is_some() {
            // If the catch stages are skipped, only the end of the stage waits for them.
            if trying.frames.is_empty() && trying.phase == Phase::Finally {
                self.finish_try(at);
            }
            return;
        }
        self.phase_over(at, over.result);
    }

    fn phase_over(&mut self, at: At, result: Result<Value, Failure>) {
        let stopped = self.is_halted(at);
        let tries = self.tries(at);
        let may_repeat = self.may_retry(at) && self.slot(at).is_some_and(|slot| !slot.once);
        let has_catch = self
            .opens(at, BranchRole::Catch)
            .is_some_and(|scope| !self.plan.scope(scope).members.is_empty());
        let Some(Control::TryCatch(trying)) = self.control_mut(at) else {
            return;
        };
        match (trying.phase, result) {
            (Phase::Try, Ok(value)) => {
                trying.try_result = value;
                trying.phase = Phase::Catch;
                if has_catch {
                    self.open_branch(
                        at,
                        BranchRole::Catch,
                        Vec::new(),
                        Some(SkipReason::NotNeeded),
                    );
                }
                self.begin_finally(at, stopped);
            }
            (Phase::Try, Err(failure))
                if !stopped
                    && may_repeat
                    && tries < trying.spec.retry.max_retries
                    && State::is_worth_another(&failure) =>
            {
                // Recorded as a failed attempt of this stage; the next attempt starts from the
                // beginning.
                trying.again = true;
                trying.error = Some(failure.clone());
                trying.open_error = Some(failure);
                self.finish(at);
            }
            (Phase::Try, Err(failure)) => {
                let caught = has_catch && !stopped && trying.catches(&failure);
                trying.open_error = Some(failure.clone());
                trying.error = Some(failure.clone());
                trying.phase = Phase::Catch;
                let output = trying.output();
                let mut bindings = vec![("error".into(), error_value(&failure))];
                if let Some(name) = &trying.spec.error_variable {
                    bindings.push((name.as_str().into(), failure.message.as_str().into()));
                }
                if let Some(slot) = self.slot_mut(at) {
                    slot.output = output;
                }
                if caught {
                    self.open_branch(at, BranchRole::Catch, bindings, None);
                } else {
                    if has_catch {
                        self.open_branch(
                            at,
                            BranchRole::Catch,
                            Vec::new(),
                            Some(SkipReason::NotNeeded),
                        );
                    }
                    self.begin_finally(at, stopped);
                }
            }
            (Phase::Catch, Ok(value)) => {
                trying.catch_result = value;
                if trying.spec.rethrow {
                    trying.unheld = true;
                } else {
                    trying.recovered = true;
                    trying.open_error = None;
                }
                let output = trying.output();
                if let Some(slot) = self.slot_mut(at) {
                    slot.output = output;
                }
                self.begin_finally(at, stopped);
            }
            (Phase::Catch, Err(failure)) => {
                trying.open_error = Some(failure);
                trying.unheld = true;
                self.begin_finally(at, stopped);
            }
            (Phase::Finally, Ok(_)) => self.finish_try(at),
            (Phase::Finally, Err(failure)) => {
                trying.open_error = Some(failure);
                trying.unheld = true;
                self.finish_try(at);
            }
        }
    }

    fn begin_finally(&mut self, at: At, stopped: bool) {
        if let Some(Control::TryCatch(trying)) = self.control_mut(at) {
            trying.phase = Phase::Finally;
        }
        if stopped || !self.open_branch(at, BranchRole::Finally, Vec::new(), None) {
            self.finish_try(at);
        }
    }

    fn finish_try(&mut self, at: At) {
        if let Some(Control::TryCatch(trying)) = self.control_mut(at)
            && trying.frames.is_empty()
        {
            self.finish(at);
        }
    }
}
