//! How often a stage runs: once, once per item, or only if a branch is taken.

use serde::Serialize;

use crate::{
    Value,
    component::BranchRole,
    model::{Pipeline, Stage, Structure},
};

/// How often a stage runs. Retries are not counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Often {
    /// The highest number of times; `None` if it depends on the number of items.
    pub at_most: Option<u64>,
    /// The loops that it runs in, outermost first, at most [`MAX_LOOPS`].
    pub per_item_of: Vec<String>,
    /// Whether it runs only if a branch is taken or another stage fails.
    pub conditional: bool,
}

/// The most loops that are named for one stage.
const MAX_LOOPS: usize = 8;

/// How often one scope is activated.
#[derive(Clone, Debug)]
struct Activations {
    at_most: Option<u64>,
    loops: Vec<u32>,
    conditional: bool,
}

/// For each stage, how often it runs.
pub(super) fn of_stages(pipeline: &Pipeline, structure: &Structure) -> Vec<Often> {
    let mut scopes: Vec<Option<Activations>> = vec![None; structure.scopes.len()];
    (0..structure.stages.len())
        .map(|stage| {
            // Stages that are nested inside each other run never or without end.
            if structure.too_deep {
                return Often::default();
            }
            let all = of_stage(pipeline, structure, stage as u32, &mut scopes);
            Often {
                at_most: all.at_most,
                per_item_of: all
                    .loops
                    .iter()
                    .filter_map(|number| pipeline.stages.get(*number as usize))
                    .map(|stage| stage.id.value.clone())
                    .collect(),
                conditional: all.conditional,
            }
        })
        .collect()
}

/// The sum over all scopes that contain the stage.
fn of_stage(
    pipeline: &Pipeline,
    structure: &Structure,
    stage: u32,
    known: &mut [Option<Activations>],
) -> Activations {
    let mut all = Activations {
        at_most: Some(0),
        loops: Vec::new(),
        conditional: true,
    };
    let Some(shape) = structure.stages.get(stage as usize) else {
        return all;
    };
    for scope in &shape.scopes {
        let one = of_scope(pipeline, structure, *scope, known);
        all.at_most = all
            .at_most
            .zip(one.at_most)
            .map(|(sum, more)| sum.saturating_add(more));
        all.conditional &= one.conditional;
        for number in one.loops {
            if all.loops.len() < MAX_LOOPS && !all.loops.contains(&number) {
                all.loops.push(number);
            }
        }
    }
    all
}

/// How often a scope is activated. The recursion is bounded: `too_deep` was checked.
fn of_scope(
    pipeline: &Pipeline,
    structure: &Structure,
    scope: u32,
    known: &mut [Option<Activations>],
) -> Activations {
    if let Some(Some(found)) = known.get(scope as usize) {
        return found.clone();
    }
    let once = Activations {
        at_most: Some(1),
        loops: Vec::new(),
        conditional: false,
    };
    let owner = structure.scopes.get(scope as usize);
    let found = match owner.and_then(|owner| Some((owner.control?, owner.role))) {
        None => once,
        Some((control, role)) => {
            let mut all = of_stage(pipeline, structure, control, known);
            match role {
                Some(BranchRole::Each) => {
                    let items = pipeline.stages.get(control as usize).and_then(items);
                    all.at_most = all
                        .at_most
                        .zip(items)
                        .map(|(times, items)| times.saturating_mul(items));
                    if all.loops.len() < MAX_LOOPS && !all.loops.contains(&control) {
                        all.loops.push(control);
                    }
                }
                Some(BranchRole::One | BranchRole::Any | BranchRole::Catch) => {
                    all.conditional = true;
                }
                Some(BranchRole::Try | BranchRole::Finally) | None => {}
            }
            all
        }
    };
    if let Some(place) = known.get_mut(scope as usize) {
        *place = Some(found.clone());
    }
    found
}

/// The number of items of a loop, if the file lists them.
pub(super) fn items(stage: &Stage) -> Option<u64> {
    match stage.inputs.get("items").map(|input| &input.value)? {
        Value::List(items) => u64::try_from(items.len()).ok(),
        _ => None,
    }
}

impl Often {
    /// `once`, `up to 3 times`, `once per item of each`, with `, if its branch is taken`.
    pub fn sentence(&self) -> String {
        let mut text = match self.at_most {
            Some(1) => "once".to_owned(),
            Some(times) => format!("up to {times} times"),
            None if self.per_item_of.is_empty() => "an unknown number of times".to_owned(),
            None => {
                let loops: Vec<String> = self
                    .per_item_of
                    .iter()
                    .map(|id| format!("`{id}`"))
                    .collect();
                format!("once per item of {}", loops.join(" and "))
            }
        };
        if self.conditional {
            text.push_str(", if its branch is taken");
        }
        text
    }
}
