//! The result of compiling a version's text: model, structure, plan and diagnostics. It is cached
//! in [`super::PlanCache`].

use std::sync::Arc;

use engine::{
    check::Diagnostic,
    component::Registry,
    model::{Pipeline, Structure},
    plan::Plan,
};

use super::PipelineError;

/// A compiled pipeline. Its text is a JSON object, but may have errors.
pub struct Compiled {
    /// The model of the file.
    pub pipeline: Pipeline,
    /// How the stages are connected.
    pub structure: Structure,
    /// All diagnostics. An imported version has only warnings.
    pub problems: Vec<Diagnostic>,
    /// The plan that runs execute; `None` if there are errors.
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
    /// Parses, checks and compiles a text. `Err` if it is not JSON or not an object.
    pub fn new(source: &str, registry: &Registry) -> Result<Self, Vec<Diagnostic>> {
        let pipeline = Pipeline::parse(source, registry)?;
        let (mut problems, structure) = engine::check::with_structure(&pipeline, registry);
        let plan = if problems.iter().any(Diagnostic::is_error) {
            None
        } else {
            match Plan::with_structure(&pipeline, &structure) {
                Ok(plan) => Some(Arc::new(plan)),
                Err(errors) => {
                    problems.extend(errors);
                    None
                }
            }
        };
        Ok(Self {
            pipeline,
            structure,
            problems,
            plan,
        })
    }

    /// Whether the pipeline is empty: the missing stages are the file's only error.
    pub fn is_empty(&self) -> bool {
        self.plan.is_none()
            && self.pipeline.stages.is_empty()
            && self.problems.iter().filter(|one| one.is_error()).count() == 1
    }

    /// The plan, or an error that says why there is none.
    pub fn plan(&self) -> Result<Arc<Plan>, PipelineError> {
        if self.is_empty() {
            return Err(PipelineError::Empty);
        }
        self.plan
            .clone()
            .ok_or_else(|| PipelineError::Faulty(self.problems.clone()))
    }
}
