//! The structure of a pipeline: which stages wait for which, which are nested inside which, and
//! which outputs a stage reads.
//!
//! Shared by the executor's plan, the canvas and the checks. Deriving it never fails: unknown names
//! are left out here and reported by `check`.

use std::{collections::HashSet, sync::Arc};

use indexmap::IndexMap;

use super::{Pipeline, derive::derive};
use crate::component::{BranchRole, Descriptor, Registry};

/// The structure of a pipeline. Stages are numbered as in [`Pipeline::stages`].
#[derive(Clone, Debug, Default)]
pub struct Structure {
    /// Stage numbers by id. If two stages have the same id, the first one's.
    pub index: IndexMap<String, u32>,
    /// One per stage.
    pub stages: Vec<Shape>,
    /// The scopes. The first is the top level.
    pub scopes: Vec<Scope>,
    /// The names of variables that stages put into `context`, as far as they are literal.
    pub variables: HashSet<String>,
    /// The environment variables that the pipeline reads, sorted; `*` if it reads all of them.
    pub env: Vec<String>,
    /// Control stages are nested inside themselves or deeper than allowed. `waits_for` is empty
    /// then, and the checks reject the pipeline.
    pub too_deep: bool,
}

/// One stage in the structure.
#[derive(Clone, Debug, Default)]
pub struct Shape {
    /// Its component; `None` if the registry does not have it.
    pub component: Option<&'static Descriptor>,
    /// The scopes that contain the stage. Several if several lists name it.
    pub scopes: Vec<u32>,
    /// The scopes that the stage opens: one per inner list (per key, if the field is an object of
    /// lists).
    pub opens: Vec<u32>,
    /// The stages in its `depends_on`, without repeats, and for an inner stage also the earlier
    /// stages of its list that it reads. May include stages of other scopes.
    pub depends_on: Vec<u32>,
    /// The stages that depend on it (the inverse of `depends_on`).
    pub dependents: Vec<u32>,
    /// The stages whose output its templates and expressions read, sorted.
    pub reads: Vec<u32>,
    /// Whether it reads `upstream` as a whole.
    pub reads_all: bool,
}

/// Stages that are started together: the top level or one inner list of a control stage.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// The control stage that owns the list; `None` at the top level.
    pub control: Option<u32>,
    /// The control stage's input field that holds the list; empty at the top level.
    pub field: &'static str,
    /// What the control stage does with these stages; `None` at the top level.
    pub role: Option<BranchRole>,
    /// The branch's name in addresses (`loop`, `try`, `route.X` …); empty at the top level.
    pub branch: Arc<str>,
    /// The stages, in the order of the list.
    pub members: Vec<Member>,
}

/// A stage as a member of one scope.
#[derive(Clone, Debug, Default)]
pub struct Member {
    /// The stage's number.
    pub stage: u32,
    /// The members of this scope, as stage numbers, that must finish before it starts. A dependency
    /// on a stage inside a control stage counts as one on the control stage; a dependency of an
    /// inner stage on a stage outside counts as one of its control stage.
    pub waits_for: Vec<u32>,
    /// The members of this scope that wait for it.
    pub awaited_by: Vec<u32>,
}

/// A stage that calls a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelStage {
    /// The stage's number.
    pub stage: u32,
    /// The stage's id.
    pub id: String,
    /// The provider that the stage names; `None` means the default provider.
    pub provider: Option<String>,
}

/// Derives the structure of a pipeline.
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

    /// The environment variables that the pipeline reads. Hosted runs that read any are rejected.
    pub fn env_reads(&self) -> &[String] {
        &self.env
    }
}
