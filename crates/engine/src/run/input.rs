//! A stage's input, resolved again from the journal: inputs are not journalled, their templates
//! and what they read are.

use std::{collections::HashSet, sync::Arc};

use types::{ErrorCode, RunId};

use super::{
    Env, Event, EventBody,
    drive::{Surroundings, resolve},
    state::State,
};
use crate::{Value, component::StageError, plan::Plan};

/// The input that a stage's attempts got; of a stage that ran in several activations, the last
/// one's. `events` must hold the values themselves (see [`super::load_artifacts`]). `env` reads the
/// environment as the run's host did: later changes show. May take as long as the
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

/// The stages whose results the input of one stage may be computed from: what a reader has to load
/// before it calls [`stage_input`]. May name more than are needed, never fewer.
#[derive(Debug)]
pub struct InputSources {
    /// Numbers of stages; `None`: any stage.
    stages: Option<HashSet<u32>>,
}

impl InputSources {
    /// Of the stage at this address.
    pub fn of(plan: &Plan, address: &str) -> Self {
        // A replay asks control stages again, so what they read counts too.
        let controls = (0..plan.stages.len() as u32).filter(|at| plan.stage(*at).is_control());
        let mut stages = HashSet::new();
        for at in plan.stage_at(address).into_iter().chain(controls) {
            let stage = plan.stage(at);
            if stage.reads_all || stage.reads_context {
                return Self { stages: None };
            }
            stages.extend(stage.reads.iter().copied());
            stages.extend(stage.variables.iter().flat_map(|(_, writers)| writers));
        }
        Self {
            stages: Some(stages),
        }
    }

    /// Whether the input may be computed from this event's value.
    pub fn has(&self, plan: &Plan, event: &Event) -> bool {
        let (Some(stages), Some(address)) = (&self.stages, event.stage.as_deref()) else {
            return true;
        };
        plan.stage_at(address)
            .is_none_or(|stage| stages.contains(&stage))
    }
}
