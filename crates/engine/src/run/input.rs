//! A stage's input, resolved again from the journal: inputs are not journalled, their templates
//! and what they read are.

use std::sync::Arc;

use types::{ErrorCode, RunId};

use super::{
    Env, Event, EventBody,
    drive::{Surroundings, resolve},
    state::State,
};
use crate::{Value, component::StageError, plan::Plan};

/// The input that a stage's attempts got; of a stage that ran in several activations, the last
/// one's. `events` must hold the values themselves (see [`super::load_artifacts`]). `env` reads the
/// environment as the run's host did: what was changed since is seen. May take as long as the
/// stage's expressions do.
pub fn stage_input(
    plan: &Arc<Plan>,
    run_id: RunId,
    env: &Env,
    events: &[Event],
    address: &str,
) -> Result<Value, StageError> {
    let not_there = || {
        StageError::new(
            ErrorCode::NotFound,
            format!("the journal has no stage `{address}` that was scheduled"),
        )
    };
    let upto = events
        .iter()
        .rposition(|event| {
            event.stage.as_deref() == Some(address)
                && matches!(event.body, EventBody::StageScheduled)
        })
        .ok_or_else(not_there)?;
    let around = Surroundings::bare(plan.clone(), run_id, env.clone());
    let mut state = State::new(plan);
    state.begin_replay();
    around
        .replay(&mut state, &events[..=upto])
        .map_err(|error| StageError::new(error.code(), error.to_string()))?;
    let at = state.find(address).ok_or_else(not_there)?;
    let stage = plan.stage(state.stage_of(at));
    let (input, _grant) = resolve(
        stage,
        &around.scope(&state, at),
        None,
        around.memory.empty(),
    );
    input
}
