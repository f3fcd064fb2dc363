//! The structure of a pipeline: which stage waits for which, which is nested inside which, and
//! which may read what.
//!
//! The executor's plan, the canvas and the checks share this view. It never fails: unknown names
//! are left out here and reported by `check`.

use std::{collections::HashSet, sync::Arc};

use indexmap::IndexMap;

use super::{Pipeline, derive::derive};
use crate::component::{BranchRole, Descriptor, Registry};

/// The structure of a pipeline. Stages are numbered as in [`Pipeline::stages`].
#[derive(Clone, Debug, Default)]
pub struct Structure {
    /// Stage ids to numbers. Of two stages with one id the first.
    pub index: IndexMap<String, u32>,
    /// One per stage.
    pub stages: Vec<Shape>,
    /// The lists in which stages are started together. The first is the top level.
    pub scopes: Vec<Scope>,
    /// The names that stages put into `context`.
    pub variables: HashSet<String>,
    /// Names of the environment that the pipeline reads, sorted; `*` when it reads all of it.
    pub env: Vec<String>,
    /// Control stages are nested inside themselves, or deeper than allowed: nothing waits for
    /// anything here, and the checks refuse the pipeline.
    pub too_deep: bool,
}

/// One stage in the structure.
#[derive(Clone, Debug, Default)]
pub struct Shape {
    /// Its component, if the registry has it.
    pub component: Option<&'static Descriptor>,
    /// The scopes it stands in: one, or one per list that names it.
    pub scopes: Vec<u32>,
    /// The scopes it opens: one per inner list (per key, where the field is an object of lists).
    pub opens: Vec<u32>,
    /// The stages that it depends on by name, as in `depends_on`, without repeats; of an inner
    /// stage also the earlier stages of its list that it reads. May name stages of other scopes.
    pub depends_on: Vec<u32>,
    /// The stages whose `depends_on` (as above) contains it.
    pub dependents: Vec<u32>,
    /// The stages whose output its templates and expressions read, sorted.
    pub reads: Vec<u32>,
    /// Whether it reads all of `upstream`.
    pub reads_all: bool,
}

/// Stages that are started together: the top level or one inner list of a control stage.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// The stage whose field names these stages; `None` at the top level.
    pub control: Option<u32>,
    /// That field.
    pub field: &'static str,
    /// What the control stage does with these stages; `None` at the top level.
    pub role: Option<BranchRole>,
    /// The branch's name in addresses (`loop`, `try`, `route.X` …); empty at the top level.
    pub branch: Arc<str>,
    /// The stages in the order of the list.
    pub members: Vec<Member>,
}

/// A stage in one scope.
#[derive(Clone, Debug, Default)]
pub struct Member {
    /// The stage.
    pub stage: u32,
    /// The members of this scope (as stage numbers) that must be done before it starts. A
    /// dependency on a stage inside a control stage is one on the control stage; a dependency
    /// of an inner stage on something outside is one of its control stage.
    pub waits_for: Vec<u32>,
    /// The members of this scope that wait for it.
    pub awaited_by: Vec<u32>,
}

/// A stage that calls a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelStage {
    /// Its number.
    pub stage: u32,
    /// Its id.
    pub id: String,
    /// The provider it names; the default one otherwise.
    pub provider: Option<String>,
}

/// Derives the structure.
pub fn structure(pipeline: &Pipeline, registry: &Registry) -> Structure {
    derive(pipeline, registry).0
}

impl Structure {
    /// The stages that call a model, in the order of the file.
    pub fn model_stages(&self, pipeline: &Pipeline) -> Vec<ModelStage> {
        (0u32..)
            .zip(self.stages.iter().zip(&pipeline.stages))
            .filter(|(_, (shape, _))| shape.component.is_some_and(|c| c.needs_model))
            .map(|(number, (_, stage))| ModelStage {
                stage: number,
                id: stage.id.value.clone(),
                provider: stage.llm.as_ref().and_then(|llm| llm.provider.clone()),
            })
            .collect()
    }

    /// The names of the environment that the pipeline reads. A hosted run with any is refused.
    pub fn env_reads(&self) -> &[String] {
        &self.env
    }
}
