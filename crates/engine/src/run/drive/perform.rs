//! One command of the state: events written, bodies started.

use std::time::Duration;

use chrono::SubsecRound;
use futures::FutureExt;
use rand::Rng;
use tokio_util::sync::CancellationToken;
use types::ErrorCode;

use super::{
    Driver, InFlight,
    land::{Landed, Refused},
    room::Then,
    scope::resolve,
    stop::{EFFECT_GRACE, NOTICE},
    surroundings::{control, panicked, sync},
};
use crate::{
    Value,
    component::{Body, BoxFuture, EffectKind, StageContext, StageError},
    limits::{self, Grant, Task, TaskError},
    run::{
        EventBody, Failure, RunResult,
        backoff::delay,
        encode::{Large, Subject},
        state::{At, Command, Status},
    },
};

impl Driver<'_> {
    /// Does what a command asks for. Gives a value that must be moved to the artifact store before
    /// anything else is written.
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
                // Journals keep whole microseconds.
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

    /// Writes an event with a short body about a slot.
    pub(super) fn write(&mut self, at: At, body: &EventBody) {
        let now = self.now();
        let stage = self.state.plan.stage(self.state.stage_of(at));
        let subject = Subject {
            prefix: self.state.json_prefix(at),
            id: &stage.json_id,
        };
        self.encoder.plain(now, Some(subject), body);
    }

    /// Another attempt, or the one that a crash interrupted.
    fn start_again(&mut self, at: At, attempt: u32) -> Option<Large> {
        let slot = self.state.slot(at)?;
        let interrupted = slot.attempt == attempt;
        let stage = self.state.plan.stage(self.state.stage_of(at));
        if interrupted && slot.intent && stage.component.at_most_once {
            let error = StageError::new(
                ErrorCode::EffectUnknown,
                "a crash came while the effect was under way: whether it happened is not known, \
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

    /// Writes that a control stage has started, once its body has said what it opens; only then
    /// can the event say how many items there are.
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
            // Journals keep whole microseconds.
            .map(|deadline| deadline.trunc_subsecs(6));
        let subject = Subject {
            prefix: self.state.json_prefix(at),
            id: &stage.json_id,
        };
        self.encoder
            .activated(now, subject, attempt, deadline, items);
        self.state.started(at, attempt, deadline);
    }

    /// Resolves the input and runs the body: in place where that is quick. `grant`: memory that was
    /// waited for.
    pub(super) fn execute(&mut self, at: At, attempt: u32, grant: Option<Grant>) -> Option<Large> {
        let grant = grant.unwrap_or_else(|| self.around.memory.empty());
        let stage = self.state.plan.stage(self.state.stage_of(at));
        if stage.heavy_input {
            self.resolve_elsewhere(at, attempt, grant);
            return None;
        }
        let scope = self.around.scope(&self.state, at);
        let (input, grant) = resolve(stage, &scope, None, grant);
        self.with_input(at, attempt, input, grant)
    }

    /// Resolves the input on a processor thread.
    fn resolve_elsewhere(&mut self, at: At, attempt: u32, grant: Grant) {
        let snapshot = self.around.snapshot(&self.state, at);
        let number = self.state.stage_of(at);
        let plan = self.around.plan.clone();
        let cancel = self.around.cancel.child_token();
        let token = cancel.child_token();
        let timeout = plan.stage(number).timeout;
        let (thread, stop) = (token.clone(), token);
        let task =
            self.on_pool(move || resolve(plan.stage(number), &snapshot, Some(&thread), grant));
        let told = cancel.clone();
        self.state.attempting(at);
        self.attempts.insert(
            at,
            InFlight {
                attempt,
                effect: EffectKind::Pure,
                cancel,
                waits: false,
                _grant: None,
            },
        );
        let work = async move {
            match task.within(timeout).await {
                Ok((input, grant)) => Landed::Resolved(at, input, grant),
                Err(TaskError::Panicked) => Landed::Resolved(at, Err(panicked()), None),
                Err(TaskError::TimedOut) => {
                    stop.cancel();
                    Landed::Resolved(at, Err(timed_out(timeout, false)), None)
                }
            }
        };
        self.flight
            .push(Box::pin(until_stopped(at, work, told, NOTICE)));
    }

    /// Hands work to the processor threads, in the organization's turn. It is waited for when the
    /// run leaves.
    fn on_pool<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Task<T> {
        let (share, tracker) = (&self.account.share, self.tracker.clone());
        share.pool().run(share.key, move || {
            let _held = tracker.token();
            work()
        })
    }

    /// Runs the body with its resolved input, which holds `grant`.
    pub(super) fn with_input(
        &mut self,
        at: At,
        attempt: u32,
        input: Result<Value, StageError>,
        grant: Option<Grant>,
    ) -> Option<Large> {
        let stage = self.state.plan.stage(self.state.stage_of(at));
        let input = match input {
            Ok(input) => input,
            Err(error) => {
                drop(grant);
                return match self.no_room(&error, EffectKind::Pure) {
                    Some(full) => self.without_room(at, attempt, full, Then::Execute),
                    None => self.fail(at, attempt, error, &[], None),
                };
            }
        };
        let component = stage.component;
        let effect = component.effect.of(&input);
        let quick = !stage.heavy_body && matches!(effect, EffectKind::Pure | EffectKind::Read);
        match component.body {
            Body::Sync(_) if quick => {
                let context = self.pure_context(at, attempt);
                let result = sync(component.body, &context, input);
                let report = std::mem::take(&mut *context.report.lock());
                self.pure = Some(context);
                let large = self.ended(at, attempt, result, report, effect);
                drop(grant);
                large
            }
            Body::Control(_) if !stage.heavy_body => {
                let context = self.pure_context(at, attempt);
                let result = control(component.body, &context, input);
                let report = std::mem::take(&mut *context.report.lock());
                self.pure = Some(context);
                self.directed(at, attempt, result, report)
            }
            _ => {
                self.launch(at, attempt, effect, input, grant);
                None
            }
        }
    }

    /// The context of the stages that run in place: one for all of them, one after the other.
    fn pure_context(&mut self, at: At, attempt: u32) -> StageContext {
        let Some(mut context) = self.pure.take() else {
            return self
                .around
                .context(&self.state, at, attempt, self.around.cancel.clone());
        };
        context.address = self.state.address(at);
        context.attempt = attempt;
        context.idempotency_key = self.around.key(&context.address);
        if let Some(slot) = self.state.slot(at) {
            context.scheduled_at = slot.scheduled_at;
        }
        let stage = self.state.plan.stage(self.state.stage_of(at));
        context.max_attempts = stage.max_attempts();
        context.llm.clone_from(&stage.llm);
        context.lazy = self.around.lazy(&self.state, at, &self.around.cancel);
        context
    }

    /// Starts an attempt as a future of this run's task.
    fn launch(
        &mut self,
        at: At,
        attempt: u32,
        effect: EffectKind,
        input: Value,
        grant: Option<Grant>,
    ) {
        let stage = self.state.plan.stage(self.state.stage_of(at));
        let component = stage.component;
        let cancel = self.around.cancel.child_token();
        let context = self
            .around
            .context(&self.state, at, attempt, cancel.clone());
        let waits = matches!(effect, EffectKind::Call | EffectKind::Effect);
        if waits {
            let key = context.idempotency_key.to_string();
            self.write(at, &EventBody::StageIntent { attempt, key });
            self.state.intended(at);
        }
        self.state.attempting(at);
        self.attempts.insert(
            at,
            InFlight {
                attempt,
                effect,
                cancel: cancel.clone(),
                waits: false,
                _grant: grant,
            },
        );
        let gate = waits.then(|| (self.host.journal.clone(), self.encoder.last_seq()));
        let timeout = stage.timeout;
        let report = context.report.clone();
        let late = move || timed_out(timeout, component.at_most_once);
        let body = self.body(component.body, context, input, timeout, late);
        let grace = match effect {
            EffectKind::Effect => EFFECT_GRACE,
            _ => NOTICE,
        };
        let told = cancel.clone();
        let work = async move {
            if let Some((journal, seq)) = gate
                && let Err(error) = journal.durable(seq).await
            {
                return Landed::Lost(error);
            }
            let result = body.await;
            cancel.cancel();
            let report = std::mem::take(&mut *report.lock());
            Landed::Ended {
                at,
                attempt,
                result,
                report,
            }
        };
        self.flight
            .push(Box::pin(until_stopped(at, work, told, grace)));
    }

    /// A body as a future; a panic in it is an error of the stage. Its time counts from when it
    /// begins to work, not from when it began to wait for its turn.
    fn body(
        &self,
        body: Body,
        context: StageContext,
        input: Value,
        timeout: Duration,
        late: impl FnOnce() -> StageError + Send + 'static,
    ) -> BoxFuture<'static, Result<super::land::Output, StageError>> {
        use super::land::Output;
        match body {
            Body::Async(body) => {
                let (tracker, share) = (self.tracker.clone(), self.account.share.clone());
                Box::pin(async move {
                    let _permit = share.outside().acquire(share.key).await;
                    let _held = tracker.token();
                    let body =
                        std::panic::AssertUnwindSafe(async move { body(context, input).await });
                    let (memory, patience) = (&share.memory, share.limits().memory_wait);
                    let body = limits::attempt(memory, patience, body.catch_unwind());
                    match tokio::time::timeout(timeout, body).await {
                        Ok(result) => result
                            .unwrap_or_else(|_| Err(panicked()))
                            .map(Output::Value),
                        Err(_) => Err(late()),
                    }
                })
            }
            Body::Sync(_) => {
                let task = self.on_pool(move || sync(body, &context, input));
                Box::pin(async move {
                    let result = task.within(timeout).await;
                    result
                        .unwrap_or_else(|error| Err(no_result(error, late)))
                        .map(Output::Value)
                })
            }
            Body::Control(_) => {
                let task = self.on_pool(move || control(body, &context, input));
                Box::pin(async move {
                    let result = task.within(timeout).await;
                    result
                        .unwrap_or_else(|error| Err(no_result(error, late)))
                        .map(Output::Directive)
                })
            }
        }
    }

    /// A control stage has its result.
    pub(super) fn finish(&mut self, at: At) -> Option<Large> {
        let now = self.now();
        let stage = self.state.plan.stage(self.state.stage_of(at));
        let attempt = self.state.slot(at)?.attempt;
        let mut report = self.state.take_report(at);
        self.account.admit_logs(&mut report, true);
        let mut end = self.state.control_end(at);
        if let Ok(output) = &end {
            match self.record(at, attempt, output, &report, false) {
                Ok(large) => {
                    if let Ok(output) = end {
                        self.state.succeeded(at, output, report.usage.as_ref());
                    }
                    return large;
                }
                Err(Refused::Limit(error)) => end = Err((Failure::of(&error, None), false)),
                // It does not wait.
                Err(Refused::Room(_)) => return None,
            }
        }
        let (logs, usage) = (&report.logs, report.usage.as_ref());
        let subject = Subject {
            prefix: self.state.json_prefix(at),
            id: &stage.json_id,
        };
        match end {
            Ok(_) => None,
            Err((mut failure, again)) => {
                self.encoder
                    .failed(now, subject, attempt, &failure, !again, logs, usage);
                if failure.stage.is_none() {
                    failure.stage = Some(self.state.address(at));
                }
                self.state.failed(at, failure, !again, None, usage);
                if again {
                    self.write_retry(at, None);
                }
                None
            }
        }
    }

    /// The run is over.
    fn end(&mut self) -> Option<Large> {
        let now = self.now();
        let (mut status, mut error, mut output) = self.state.ending();
        let body = |status, output: &Value, error: &Option<Failure>| EventBody::RunFinished {
            status,
            output: output.clone(),
            error: error.clone(),
        };
        let most = self.account.limits().value;
        let written = self
            .encoder
            .finished(now, &body(status, &output, &error), most);
        let large = written.unwrap_or_else(|_| {
            // Several outputs together, each of which was short enough.
            let failure = Failure::of(&self.account.too_long(), None);
            self.state.overrule(failure);
            (status, error, output) = self.state.ending();
            let body = body(status, &output, &error);
            self.encoder.plain(now, None, &body);
            None
        });
        self.state.finished();
        let text = (error.is_none() && large.is_none()).then(|| output.to_json());
        let result = RunResult {
            status,
            output,
            error,
            usage: self.state.usage,
        };
        self.result = Some((result, text));
        large
    }

    /// Writes when the next attempt begins.
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

fn no_result(error: TaskError, late: impl FnOnce() -> StageError) -> StageError {
    match error {
        TaskError::Panicked => panicked(),
        TaskError::TimedOut => late(),
    }
}

/// An attempt that is dropped if it does not end soon after it was told to.
pub(super) async fn until_stopped(
    at: At,
    work: impl Future<Output = Landed>,
    told: CancellationToken,
    grace: Duration,
) -> Landed {
    let stopped = async {
        told.cancelled().await;
        tokio::time::sleep(grace).await;
    };
    tokio::select! {
        biased;
        landed = work => landed,
        () = stopped => Landed::Stopped(at),
    }
}

fn timed_out(timeout: Duration, at_most_once: bool) -> StageError {
    let seconds = timeout.as_secs_f64();
    if at_most_once {
        return StageError::new(
            ErrorCode::EffectUnknown,
            format!("no answer within {seconds} s: whether the effect happened is not known"),
        );
    }
    StageError::retryable(
        ErrorCode::Timeout,
        format!("the attempt took longer than {seconds} s"),
    )
}
