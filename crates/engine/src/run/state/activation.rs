//! Control stages as a whole: their deadlines, further attempts, and what their bodies reported.
//!
//! Each attempt of a control stage opens new activations of its inner stages, under the same
//! addresses.

use chrono::{DateTime, Utc};
use types::ErrorCode;

use super::{At, Control, State, Status};
use crate::{Value, component::Report, model::RetryPolicy, run::Failure};

/// The state of a control stage in addition to its directive.
#[derive(Debug, Default)]
pub(crate) struct Activation {
    /// The deadline of the current attempt.
    deadline: Option<DateTime<Utc>>,
    /// How often the try stages were retried since the stage last started as a whole.
    tries: u32,
    /// How often the try stages were retried, in all attempts.
    all_tries: u32,
    /// How the next attempt is delayed: the policy, and the number of failed attempts that count
    /// for it.
    again: Option<(RetryPolicy, u32)>,
    /// What the body reported, kept until the end of the attempt is written.
    report: Report,
}

impl State<'_> {
    fn activation_mut(&mut self, at: At) -> Option<&mut Activation> {
        Some(self.slot_mut(at)?.activation.get_or_insert_default())
    }

    pub(super) fn set_deadline(&mut self, at: At, deadline: DateTime<Utc>) {
        self.drop_deadline(at);
        if let Some(activation) = self.activation_mut(at) {
            activation.deadline = Some(deadline);
            self.deadlines.insert((deadline, at));
        }
    }

    pub(super) fn drop_deadline(&mut self, at: At) {
        let activation = self.slot_mut(at).and_then(|slot| slot.activation.as_mut());
        if let Some(deadline) = activation.and_then(|activation| activation.deadline.take()) {
            self.deadlines.remove(&(deadline, at));
        }
    }

    /// A control stage whose deadline has passed.
    pub fn overdue(&self, now: DateTime<Utc>) -> Option<At> {
        let (deadline, at) = self.deadlines.first()?;
        (*deadline <= now).then_some(*at)
    }

    /// `stage.expired`: the inner stages end, then the attempt fails. The caller stops attempts in
    /// flight inside (see [`State::is_within`]).
    pub fn expired(&mut self, at: At) {
        self.drop_deadline(at);
        let Some(slot) = self.slot_mut(at) else {
            return;
        };
        if slot.status.is_over() {
            return;
        }
        slot.expired = true;
        let due = match slot.status {
            Status::Waiting => slot.due.take(),
            _ => None,
        };
        if due.is_some() {
            slot.status = Status::Running;
        }
        let attempting = slot.attempting;
        let control = slot.control.as_deref();
        let frames = control.map_or(&[][..], Control::frames).to_vec();
        if let Some(due) = due {
            self.timers.remove(&(due, at));
        }
        for frame in &frames {
            self.stop_frame(*frame);
        }
        if frames.is_empty() && !attempting {
            self.finish(at);
        }
    }

    /// Whether `at` is `outer` or inside it.
    pub fn is_within(&self, at: At, outer: At) -> bool {
        let mut at = at;
        loop {
            if at == outer {
                return true;
            }
            match self.frame(at.frame).and_then(|frame| frame.parent) {
                Some(parent) => at = parent,
                None => return false,
            }
        }
    }

    /// Stores the logs and usage of a control stage's body.
    pub fn reported(&mut self, at: At, report: Report) {
        if report.logs.is_empty() && report.usage.is_none() {
            return;
        }
        if let Some(activation) = self.activation_mut(at) {
            activation.report = report;
        }
    }

    /// Takes the stored logs and usage, to be written with the end of the attempt.
    pub fn take_report(&mut self, at: At) -> Report {
        self.slot_mut(at)
            .and_then(|slot| slot.activation.as_mut())
            .map(|activation| std::mem::take(&mut activation.report))
            .unwrap_or_default()
    }

    /// The end of a control stage's attempt: its output, or its failure and whether another attempt
    /// follows.
    pub fn control_end(&self, at: At) -> Result<Value, (Failure, bool)> {
        let expired = self.slot(at).is_some_and(|slot| slot.expired);
        let result = match expired {
            true => Err(self.too_long(at)),
            false => self.control_result(at),
        };
        result.map_err(|failure| {
            let again = self.may_repeat(at, &failure);
            (failure, again)
        })
    }

    fn too_long(&self, at: At) -> Failure {
        let allowed = self.plan.stage(self.stage_of(at)).deadline;
        let seconds = allowed.unwrap_or_default().as_secs_f64();
        Failure {
            code: ErrorCode::Timeout,
            message: format!("The attempt took longer than {seconds} s"),
            stage: None,
        }
    }

    /// Whether another attempt of a control stage may help. An inner stage that failed permanently
    /// may succeed when the stages before it run again, so most error codes qualify.
    pub(super) fn is_worth_another(failure: &Failure) -> bool {
        !matches!(
            failure.code,
            ErrorCode::Cancelled | ErrorCode::EffectUnknown
        )
    }

    fn may_repeat(&self, at: At, failure: &Failure) -> bool {
        let allowed = self.may_retry(at) && self.slot(at).is_some_and(|slot| !slot.once);
        if !allowed || !Self::is_worth_another(failure) {
            return false;
        }
        let policy = self.plan.stage(self.stage_of(at)).retry;
        self.repeats_try(at).is_some()
            || policy.is_some_and(|policy| self.attempts_of_policy(at) <= policy.max_retries)
    }

    /// The retry policy of a trycatch whose try stages are about to be retried.
    fn repeats_try(&self, at: At) -> Option<RetryPolicy> {
        let slot = self.slot(at).filter(|slot| !slot.expired)?;
        match slot.control.as_deref() {
            Some(Control::TryCatch(trying)) => trying.again(),
            _ => None,
        }
    }

    /// The number of attempts that count for the stage's own policy, including the current one.
    pub fn attempts_of_policy(&self, at: At) -> u32 {
        let Some(slot) = self.slot(at) else { return 0 };
        let tries = slot.activation.as_ref().map_or(0, |a| a.all_tries);
        slot.attempt.saturating_sub(tries)
    }

    /// How often the try stages were retried since the stage last started as a whole.
    pub(super) fn tries(&self, at: At) -> u32 {
        let activation = self.slot(at).and_then(|slot| slot.activation.as_ref());
        activation.map_or(0, |activation| activation.tries)
    }

    /// Called when an attempt failed and another one follows: discards the state of the failed
    /// attempt.
    pub(super) fn will_repeat(&mut self, at: At) {
        let stage = self.plan.stage(self.stage_of(at));
        if !stage.is_control() {
            return;
        }
        let tried = self.repeats_try(at);
        let counted = self.attempts_of_policy(at);
        let Some(slot) = self.slot_mut(at) else {
            return;
        };
        slot.control = None;
        slot.inner = None;
        slot.output = Value::Null;
        slot.finishing = false;
        slot.expired = false;
        let activation = slot.activation.get_or_insert_default();
        activation.report = Report::default();
        activation.again = Some(match tried {
            Some(policy) => {
                activation.tries += 1;
                activation.all_tries += 1;
                (policy, activation.tries)
            }
            None => {
                activation.tries = 0;
                (stage.retry.unwrap_or_default(), counted)
            }
        });
    }

    /// The basis of the delay before the next attempt: the policy, and the number of failed
    /// attempts that count for it.
    pub fn backoff_of(&self, at: At) -> (RetryPolicy, u32) {
        let slot = self.slot(at);
        let again = slot.and_then(|slot| slot.activation.as_ref()?.again);
        again.unwrap_or_else(|| {
            let policy = self.plan.stage(self.stage_of(at)).retry;
            (
                policy.unwrap_or_default(),
                slot.map_or(1, |slot| slot.attempt),
            )
        })
    }

    /// Notes that something happened that must not be repeated: no enclosing control stage is
    /// retried.
    pub(super) fn happened(&mut self, at: At) {
        let mut frame = at.frame;
        while let Some(parent) = self.frame(frame).and_then(|frame| frame.parent) {
            if let Some(slot) = self.slot_mut(parent) {
                slot.once = true;
            }
            frame = parent.frame;
        }
    }
}
