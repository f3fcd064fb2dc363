//! Carries out one command of the state: writes events and starts bodies.

use chrono::SubsecRound;
use rand::Rng;
use types::ErrorCode;

use super::Driver;
use crate::{
    component::StageError,
    run::{
        EventBody,
        backoff::delay,
        encode::{Large, Subject},
        state::{At, Command, Status},
    },
};

impl Driver<'_> {
    /// Carries out a command. A returned value must be moved to the artifact store before anything
    /// else is written.
    pub(super) fn perform(&mut self, command: Command) -> Option<Large> {
        match command {
            Command::Schedule(at) => {
                let now = self.now();
                let stage = self.state.plan.stage(self.state.stage_of(at));
                let subject = Subject {
                    prefix: self.state.json_prefix(at),
                    id: &stage.json_id,
                };
                self.encoder.scheduled(now, subject);
                if !stage.is_control() {
                    self.encoder.started(now, subject, 1);
                }
                self.state.scheduled(at, now);
                if !stage.is_control() {
                    self.state.started(at, 1, None);
                }
                self.execute(at, 1, None)
            }
            Command::Start(at, attempt) => self.start_again(at, attempt),
            Command::Backoff(at) => {
                let retry_after = self.state.slot(at)?.retry_after_ms;
                self.write_retry(at, retry_after);
                None
            }
            Command::Skip(at, reason) => {
                self.write(
                    at,
                    &EventBody::StageSkipped {
                        reason: reason.as_str().to_owned(),
                    },
                );
                self.state.skipped(at);
                None
            }
            Command::Abandon(at) => {
                self.write_stopped(at);
                None
            }
            Command::Sleep(at, due) => {
                // Journals store whole microseconds.
                let due = due.trunc_subsecs(6);
                self.write(at, &EventBody::WaitStarted { due });
                self.state.wait_started(at, due);
                None
            }
            Command::Wake(at) => {
                self.write(at, &EventBody::WaitEnded);
                self.state.wait_ended(at);
                None
            }
            Command::Finish(at) => self.finish(at),
            Command::End => self.end(),
        }
    }

    /// Writes an event with a short body about a stage.
    pub(super) fn write(&mut self, at: At, body: &EventBody) {
        let now = self.now();
        let stage = self.state.plan.stage(self.state.stage_of(at));
        let subject = Subject {
            prefix: self.state.json_prefix(at),
            id: &stage.json_id,
        };
        self.encoder.plain(now, Some(subject), body);
    }

    /// Starts another attempt, or repeats the one that a crash interrupted.
    fn start_again(&mut self, at: At, attempt: u32) -> Option<Large> {
        let slot = self.state.slot(at)?;
        let interrupted = slot.attempt == attempt;
        let stage = self.state.plan.stage(self.state.stage_of(at));
        if interrupted && slot.intent && stage.component.at_most_once {
            let error = StageError::new(
                ErrorCode::EffectUnknown,
                "the process crashed during the effect: it is unknown whether the effect happened, \
                 and it must not happen twice",
            );
            return self.fail(at, attempt, error, &[], None);
        }
        if !interrupted && !stage.is_control() {
            let now = self.now();
            let subject = Subject {
                prefix: self.state.json_prefix(at),
                id: &stage.json_id,
            };
            self.encoder.started(now, subject, attempt);
            self.state.started(at, attempt, None);
        }
        self.execute(at, attempt, None)
    }

    /// Writes that a control stage has started. This happens after its body has returned a
    /// directive, because only then is the number of items known.
    pub(super) fn activate(&mut self, at: At, attempt: u32, items: Option<u64>) {
        let stage = self.state.plan.stage(self.state.stage_of(at));
        let begun = self
            .state
            .slot(at)
            .is_none_or(|slot| slot.status == Status::Running && slot.attempt == attempt);
        if !stage.is_control() || begun {
            return;
        }
        let now = self.now();
        let deadline = stage
            .deadline
            .and_then(|allowed| chrono::Duration::from_std(allowed).ok())
            .and_then(|allowed| now.checked_add_signed(allowed))
            // Journals store whole microseconds.
            .map(|deadline| deadline.trunc_subsecs(6));
        let subject = Subject {
            prefix: self.state.json_prefix(at),
            id: &stage.json_id,
        };
        self.encoder
            .activated(now, subject, attempt, deadline, items);
        self.state.started(at, attempt, deadline);
    }

    /// Writes when the next attempt is due.
    pub(super) fn write_retry(&mut self, at: At, retry_after_ms: Option<u64>) {
        let (policy, failed) = self.state.backoff_of(at);
        let attempt = self.state.slot(at).map_or(1, |slot| slot.attempt) + 1;
        let random: f64 = rand::rng().random();
        let wait = delay(&policy, failed, retry_after_ms, random);
        let wait = chrono::Duration::from_std(wait).unwrap_or_default();
        let due = (self.now() + wait).trunc_subsecs(6);
        self.write(at, &EventBody::StageRetryAt { attempt, due });
        self.state.retry_at(at, due);
    }
}
