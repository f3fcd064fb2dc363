//! What follows from a version's text: model, structure, plan, findings. See [`super::PlanCache`] for
//! how long it is kept.

use std::sync::Arc;

use engine::{
    check::Diagnostic,
    component::Registry,
    model::{Pipeline, Structure, structure},
    plan::Plan,
};

use super::PipelineError;

/// A readable pipeline and what follows from it.
pub struct Compiled {
    /// The file.
    pub pipeline: Pipeline,
    /// How its stages hang together.
    pub structure: Structure,
    /// All findings; of an imported version only warnings.
    pub problems: Vec<Diagnostic>,
    /// What is executed; absent when there are errors.
    pub plan: Option<Arc<Plan>>,
}

impl std::fmt::Debug for Compiled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Compiled")
            .field("problems", &self.problems)
            .finish_non_exhaustive()
    }
}

impl Compiled {
    /// Reads, checks and compiles a text. `Err` when it is not JSON or not an object.
    pub fn new(source: &str, registry: &Registry) -> Result<Self, Vec<Diagnostic>> {
        let pipeline = Pipeline::parse(source, registry)?;
        let mut problems = engine::check::check(&pipeline, registry);
        let plan = if problems.iter().any(Diagnostic::is_error) {
            None
        } else {
            match Plan::compile(&pipeline, registry) {
                Ok(plan) => Some(Arc::new(plan)),
                Err(errors) => {
                    problems.extend(errors);
                    None
                }
            }
        };
        let structure = structure(&pipeline, registry);
        Ok(Self {
            pipeline,
            structure,
            problems,
            plan,
        })
    }

    /// Whether this is the version of an empty pipeline: a good file but for its missing stages.
    pub fn is_empty(&self) -> bool {
        self.plan.is_none()
            && self.pipeline.stages.is_empty()
            && self.problems.iter().filter(|one| one.is_error()).count() == 1
    }

    /// The plan, or why there is none.
    pub fn plan(&self) -> Result<Arc<Plan>, PipelineError> {
        if self.is_empty() {
            return Err(PipelineError::Empty);
        }
        self.plan
            .clone()
            .ok_or_else(|| PipelineError::Faulty(self.problems.clone()))
    }
}
