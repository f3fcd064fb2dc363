//! Executes one attempt of a stage: resolves its input and runs its body, in place, on a processor
//! thread or as a future of the run's task. `land` handles the result.

use std::time::Duration;

use futures::FutureExt;
use tokio_util::sync::CancellationToken;
use types::ErrorCode;

use super::{
    Driver, InFlight,
    land::{Landed, Output},
    room::Then,
    scope::resolve,
    stop::{EFFECT_GRACE, NOTICE},
    surroundings::{control, panicked, sync},
};
use crate::{
    Value,
    component::{Body, BoxFuture, EffectKind, Report, StageContext, StageError},
    limits::{self, Grant, Task, TaskError},
    run::{EventBody, encode::Large, state::At},
};

impl Driver<'_> {
    /// Resolves the input and runs the body, in place if that is quick. `grant`: memory that the
    /// attempt waited for.
    pub(super) fn execute(&mut self, at: At, attempt: u32, grant: Option<Grant>) -> Option<Large> {
        let grant = grant.unwrap_or_else(|| self.around.memory.empty());
        let stage = self.state.plan.stage(self.state.stage_of(at));
        if let Some(output) = self.pinned.get(&stage.id).cloned() {
            drop(grant);
            let report = Report {
                taken_over: true,
                ..Report::default()
            };
            return self.ended(at, attempt, Ok(output), report, EffectKind::Pure);
        }
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

    /// Queues work for the processor threads, which organizations share fairly. The driver waits
    /// for it before it returns.
    fn on_pool<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Task<T> {
        let (share, tracker) = (&self.account.share, self.tracker.clone());
        share.pool().run(share.key, move || {
            let _held = tracker.token();
            work()
        })
    }

    /// Runs the body with its resolved input, whose memory `grant` holds.
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
        if let Some((output, report)) = self.unchanged(at, effect, &input) {
            let large = self.ended(at, attempt, Ok(output), report, EffectKind::Pure);
            drop(grant);
            return large;
        }
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

    /// The result of an earlier run, if the stage did not change since. This is decided once the
    /// input is known, so a stage after one that ran again and gave the same output is reused too.
    fn unchanged(&self, at: At, effect: EffectKind, input: &Value) -> Option<(Value, Report)> {
        let earlier = self.host.earlier.as_ref()?;
        let (output, logs) = earlier.result(&self.around, &self.state, at, effect, input)?;
        let report = Report {
            logs: logs.to_vec(),
            taken_over: true,
            ..Report::default()
        };
        Some((output.clone(), report))
    }

    /// The context for stages that run in place. They run one after the other and share it.
    fn pure_context(&mut self, at: At, attempt: u32) -> StageContext {
        let Some(mut context) = self.pure.take() else {
            return self
                .around
                .context(&self.state, at, attempt, self.around.cancel.clone());
        };
        context.address = self.state.address(at);
        context.attempt = attempt;
        if let Some(slot) = self.state.slot(at) {
            context.scheduled_at = slot.scheduled_at;
        }
        let stage = self.state.plan.stage(self.state.stage_of(at));
        context.max_attempts = stage.max_attempts();
        context.llm.clone_from(&stage.llm);
        context.lazy = self.around.lazy(&self.state, at, &self.around.cancel);
        context
    }

    /// Starts an attempt as a future of the run's task.
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
            let key = context.idempotency_key();
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

    /// Turns a body into a future; a panic becomes an error of the stage. The timeout starts when
    /// the body starts, not while it is queued.
    fn body(
        &self,
        body: Body,
        context: StageContext,
        input: Value,
        timeout: Duration,
        late: impl FnOnce() -> StageError + Send + 'static,
    ) -> BoxFuture<'static, Result<Output, StageError>> {
        match body {
            Body::Async(body) => {
                let (tracker, share) = (self.tracker.clone(), self.account.share.clone());
                Box::pin(async move {
                    let _permit = share.outside().acquire(share.key).await;
                    let _held = tracker.token();
                    let body =
                        std::panic::AssertUnwindSafe(async move { body(context, input).await });
                    let (memory, patience) = (&share.memory, share.limits().memory_wait);
                    let body = limits::attempt(share.key, memory, patience, body.catch_unwind());
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
}

fn no_result(error: TaskError, late: impl FnOnce() -> StageError) -> StageError {
    match error {
        TaskError::Panicked => panicked(),
        TaskError::TimedOut => late(),
    }
}

/// An attempt that is dropped if it does not end soon after its cancellation.
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
            format!("no answer within {seconds} s: it is unknown whether the effect happened"),
        );
    }
    StageError::retryable(
        ErrorCode::Timeout,
        format!("the attempt took longer than {seconds} s"),
    )
}
