//! The environment of a stage besides its input: its context, scope and lazy fields; and the
//! functions that call sync and control bodies.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;
use types::{Clock, ErrorCode, RunId};

use super::scope::{BoundLazy, Env, LiveScope, NoLazy, Snapshot, resolve};
use crate::{
    Value,
    component::{Body, Chunk, Directive, LazyFields, Report, Resources, StageContext, StageError},
    expr::Budget,
    limits::{Memory, Shares},
    plan::Plan,
    run::{
        DecodeError, Event,
        state::{At, State},
    },
};

/// What all stages of a run share.
pub(crate) struct RunEnvironment {
    pub memory: Memory,
    pub plan: Arc<Plan>,
    pub run_id: Arc<str>,
    pub resources: Resources,
    pub clock: Clock,
    pub env: Env,
    pub live: Option<Arc<dyn Fn(Chunk) + Send + Sync>>,
    pub cancel: CancellationToken,
    pub no_lazy: Arc<dyn LazyFields>,
}

impl RunEnvironment {
    /// For replays outside a run; provides no resources.
    pub fn bare(plan: Arc<Plan>, run_id: RunId, env: Env) -> Self {
        Self {
            memory: Shares::of_this_process().run(0).memory,
            plan,
            run_id: run_id.to_string().into(),
            resources: Resources::default(),
            clock: Clock::system(),
            env,
            live: None,
            cancel: CancellationToken::new(),
            no_lazy: Arc::new(NoLazy),
        }
    }

    pub fn scope<'a>(&'a self, state: &'a State<'a>, at: At) -> LiveScope<'a> {
        LiveScope {
            state,
            at,
            now: state
                .slot(at)
                .map_or_else(Default::default, |slot| slot.scheduled_at),
            env: &self.env,
            run_id: &self.run_id,
        }
    }

    pub fn snapshot(&self, state: &State<'_>, at: At) -> Snapshot {
        let stage = state.plan.stage(state.stage_of(at));
        Snapshot::of(&self.scope(state, at), stage)
    }

    /// The stage's lazy fields, bound to the values that it can read now.
    pub fn lazy(
        &self,
        state: &State<'_>,
        at: At,
        cancel: &CancellationToken,
    ) -> Arc<dyn LazyFields> {
        let number = state.stage_of(at);
        if state.plan.stage(number).lazy.is_empty() {
            return self.no_lazy.clone();
        }
        Arc::new(BoundLazy {
            plan: self.plan.clone(),
            stage: number,
            snapshot: self.snapshot(state, at),
            budget: Mutex::new(
                Budget::standard()
                    .with_cancel(cancel.clone())
                    .with_memory(self.memory.empty()),
            ),
        })
    }

    /// The context of one attempt.
    pub fn context(
        &self,
        state: &State<'_>,
        at: At,
        attempt: u32,
        cancel: CancellationToken,
    ) -> StageContext {
        let address = state.address(at);
        let stage = state.plan.stage(state.stage_of(at));
        StageContext {
            run_id: self.run_id.clone(),
            attempt,
            max_attempts: stage.max_attempts(),
            scheduled_at: state
                .slot(at)
                .map_or_else(Default::default, |slot| slot.scheduled_at),
            resources: self.resources.clone(),
            clock: self.clock.clone(),
            llm: stage.llm.clone(),
            report: Arc::new(Mutex::new(Report::default())),
            live: self.live.clone(),
            memory: self.memory.clone(),
            lazy: self.lazy(state, at, &cancel),
            cancel,
            address,
        }
    }

    /// Runs a control stage's body again during replay: the same input gives the same directive.
    /// Errors are ignored here, because the journal contains them or the stage is started again.
    pub fn rerun_body(&self, state: &mut State<'_>, at: At) {
        if let Some(directive) = self.asked_again(state, at) {
            state.direct(at, directive);
        }
    }

    /// [`RunEnvironment::rerun_body`] for a replay of one stage: a loop begins only this item.
    pub fn ask_for_item(&self, state: &mut State<'_>, at: At, item: usize) {
        if let Some(directive) = self.asked_again(state, at) {
            state.direct_to(at, directive, item);
        }
    }

    fn asked_again(&self, state: &mut State<'_>, at: At) -> Option<Directive> {
        let attempt = state.slot(at).map_or(1, |slot| slot.attempt);
        let context = self.context(state, at, attempt, self.cancel.clone());
        let stage = state.plan.stage(state.stage_of(at));
        let (input, _grant) = resolve(stage, &self.scope(state, at), None, self.memory.empty());
        let directive = input.and_then(|input| control(stage.component.body, &context, input));
        let directive = directive.ok()?;
        state.reported(at, std::mem::take(&mut *context.report.lock()));
        Some(directive)
    }

    /// Applies the events of a journal.
    pub fn replay(&self, state: &mut State<'_>, events: &[Event]) -> Result<(), DecodeError> {
        for event in events {
            if let Some(at) = state.apply(event)? {
                self.rerun_body(state, at);
            }
        }
        Ok(())
    }
}

/// Runs a sync body; a panic becomes an error of the stage.
pub(crate) fn sync(body: Body, context: &StageContext, input: Value) -> Result<Value, StageError> {
    guarded(|| match body {
        Body::Sync(body) => body(context, input),
        _ => Err(StageError::new(
            ErrorCode::Internal,
            "the component has no sync body",
        )),
    })
}

/// Runs a control body; a panic becomes an error of the stage.
pub(crate) fn control(
    body: Body,
    context: &StageContext,
    input: Value,
) -> Result<Directive, StageError> {
    guarded(|| match body {
        Body::Control(body) => body(context, input),
        _ => Err(StageError::new(
            ErrorCode::Internal,
            "the component has no control body",
        )),
    })
}

fn guarded<T>(body: impl FnOnce() -> Result<T, StageError>) -> Result<T, StageError> {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|_| Err(panicked()))
}

/// The error of a body that panicked. The panic message appears only in the logs of the process.
pub(crate) fn panicked() -> StageError {
    StageError::new(
        ErrorCode::Internal,
        "the component failed because of a bug in it",
    )
}
