//! The control stages: which stages they run, and when.

use serde::Serialize;

use super::{Often, Said, often};
use crate::{
    Value,
    component::{BranchRole, ComponentKind},
    model::{Pipeline, Stage, Structure},
};

/// A control stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Control {
    /// The stage's id.
    pub stage: String,
    /// Its component, such as `foreach`.
    pub component: String,
    /// The items of a loop: their number, or the text that decides them. Null for other stages.
    pub items: Option<Said>,
    /// Its lists of inner stages.
    pub branches: Vec<Branch>,
    /// How often the stage itself runs.
    pub often: Often,
}

/// A list of inner stages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Branch {
    /// Its name, such as `true`, `loop` or `route.urgent`.
    pub name: String,
    /// When its stages run: `per_item`, `at_most_one_branch`, `any_branches`, `try`, `catch` or
    /// `finally`.
    pub when: &'static str,
    /// The ids of the stages, in the order of the list.
    pub stages: Vec<String>,
}

pub(super) fn of(pipeline: &Pipeline, structure: &Structure, often: &[Often]) -> Vec<Control> {
    let stages = pipeline.stages.iter().zip(&structure.stages).zip(often);
    let id = |number: &u32| Some(pipeline.stages.get(*number as usize)?.id.value.clone());
    stages
        .filter_map(|((stage, shape), often)| {
            let component = shape.component?;
            if component.kind != ComponentKind::ControlFlow {
                return None;
            }
            let scopes = shape.opens.iter();
            let branches: Vec<(BranchRole, Branch)> = scopes
                .filter_map(|scope| {
                    let scope = structure.scopes.get(*scope as usize)?;
                    let role = scope.role?;
                    let members = scope.members.iter().map(|member| &member.stage);
                    Some((
                        role,
                        Branch {
                            name: scope.branch.as_ref().to_owned(),
                            when: when(role),
                            stages: members.filter_map(id).collect(),
                        },
                    ))
                })
                .collect();
            let is_loop = branches.iter().any(|(role, _)| *role == BranchRole::Each);
            Some(Control {
                stage: stage.id.value.clone(),
                component: component.name.to_owned(),
                items: is_loop.then(|| items(stage)),
                branches: branches.into_iter().map(|(_, branch)| branch).collect(),
                often: often.clone(),
            })
        })
        .collect()
}

fn when(role: BranchRole) -> &'static str {
    match role {
        BranchRole::Each => "per_item",
        BranchRole::One => "at_most_one_branch",
        BranchRole::Any => "any_branches",
        BranchRole::Try => "try",
        BranchRole::Catch => "catch",
        BranchRole::Finally => "finally",
    }
}

/// The number of items, or what decides it.
fn items(stage: &Stage) -> Said {
    if let Some(number) = often::items(stage) {
        return Said::Known(number.to_string());
    }
    let text = stage.inputs.get("items").map(|input| &input.value);
    Said::at_run_time(text.and_then(Value::as_str).unwrap_or_default())
}
