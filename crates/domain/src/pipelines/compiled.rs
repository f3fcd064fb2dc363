//! What follows from a version's text: model, structure, plan, findings. Kept by version, since a
//! version never changes.

use std::{collections::HashMap, sync::Arc};

use engine::{
    check::Diagnostic,
    component::Registry,
    model::{Pipeline, Structure, structure},
    plan::Plan,
};
use parking_lot::RwLock;
use types::PipelineVersionId;

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
        let pipeline = Pipeline::parse(source)?;
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

    /// The plan, or why there is none.
    pub fn plan(&self) -> Result<Arc<Plan>, PipelineError> {
        self.plan
            .clone()
            .ok_or_else(|| PipelineError::Faulty(self.problems.clone()))
    }
}

/// How many versions are kept.
const MOST: usize = 1_000;

/// Compiled versions.
#[derive(Default)]
pub struct PlanCache(RwLock<HashMap<PipelineVersionId, Arc<Compiled>>>);

impl PlanCache {
    /// The version, if it is kept.
    pub fn get(&self, version: PipelineVersionId) -> Option<Arc<Compiled>> {
        self.0.read().get(&version).cloned()
    }

    /// Compiles a version's text and keeps it.
    pub fn insert(
        &self,
        version: PipelineVersionId,
        source: &str,
        registry: &Registry,
    ) -> Result<Arc<Compiled>, PipelineError> {
        if let Some(kept) = self.get(version) {
            return Ok(kept);
        }
        let compiled = Arc::new(Compiled::new(source, registry).map_err(PipelineError::Faulty)?);
        let mut kept = self.0.write();
        if kept.len() >= MOST {
            // Any half will do: what is in use comes back by one look-up.
            let mut odd = false;
            kept.retain(|_, _| {
                odd = !odd;
                odd
            });
        }
        kept.insert(version, compiled.clone());
        Ok(compiled)
    }
}
