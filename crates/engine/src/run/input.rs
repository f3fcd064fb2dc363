//! Resolves a stage's input again from the journal, which holds the values that the input's
//! templates read but not the input itself.

use std::{collections::HashSet, sync::Arc};

use types::{ErrorCode, RunId};

use super::{
    Env, Event, EventBody,
    drive::{RunEnvironment, resolve},
    state::State,
};
use crate::{Value, component::StageError, plan::Plan};

/// The input that a stage's attempts received; if the stage ran in several activations, that of the
/// last one. `events` must contain the values themselves (see [`super::load_artifacts`]). `env`
/// reads the environment as the run's host did, so later changes to it are visible. May take as
/// long as evaluating the stage's expressions.
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
            format!("stage `{address}` was never scheduled in this run, so it has no input"),
        )
    };
    let upto = events
        .iter()
        .rposition(|event| {
            event.stage.as_deref() == Some(address)
                && matches!(event.body, EventBody::StageScheduled)
        })
        .ok_or_else(not_there)?;
    let around = RunEnvironment::bare(plan.clone(), run_id, env.clone());
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

/// The stages whose results may be needed to compute one stage's input, and which must be loaded
/// before [`stage_input`] is called. May contain more stages than needed, never fewer.
#[derive(Debug)]
pub struct InputSources {
    /// Stage numbers; `None`: any stage.
    stages: Option<HashSet<u32>>,
}

impl InputSources {
    /// The sources for the stage at this address.
    pub fn of(plan: &Plan, address: &str) -> Self {
        // A replay runs the bodies of control stages again, so what they read counts too.
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

    /// Whether this event's value may be needed.
    pub fn has(&self, plan: &Plan, event: &Event) -> bool {
        let (Some(stages), Some(address)) = (&self.stages, event.stage.as_deref()) else {
            return true;
        };
        plan.stage_at(address)
            .is_none_or(|stage| stages.contains(&stage))
    }
}
