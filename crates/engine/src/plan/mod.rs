//! The executable form of a pipeline version: stages, scopes and inputs, referred to by number.
//!
//! Compiled once from a checked pipeline and shared by all runs of the version. Holds no state of
//! any run.

mod compile;
mod origin;
mod scopes;
mod variables;

use std::{collections::HashMap, sync::Arc, time::Duration};

use indexmap::IndexMap;

use origin::Origins;

use crate::{
    Value,
    component::{Body, BranchRole, Descriptor, LazyField, Registry},
    diagnostic::Diagnostic,
    expr::Expr,
    model::{LlmSettings, OnError, Pipeline, RetryPolicy, Structure, structure},
    template::Tree,
};

/// A compiled pipeline version.
#[derive(Debug)]
pub struct Plan {
    pub(crate) index: IndexMap<String, u32>,
    pub(crate) stages: Vec<PlanStage>,
    /// The scopes. The first is the top level.
    pub(crate) scopes: Vec<PlanScope>,
    /// `output_stage_id` as a stage number.
    pub(crate) output: Option<u32>,
    pub(crate) pipeline_id: Arc<str>,
    pub(crate) version: Arc<str>,
    timeout: Option<Duration>,
}

/// A stage, ready to execute.
#[derive(Debug)]
pub(crate) struct PlanStage {
    pub id: Arc<str>,
    /// The id escaped for use in JSON text, without quotes.
    pub json_id: Box<str>,
    pub component: &'static Descriptor,
    /// The inputs that are resolved before the body runs.
    pub input: Tree,
    /// The inputs that the body evaluates itself.
    pub lazy: Vec<Lazy>,
    /// The positions of the expressions in the file, for error messages.
    pub origins: Origins,
    /// Whether resolving the input may take long. If so, it runs off the async threads.
    pub heavy_input: bool,
    /// Whether the body may take long: because of a lazy field, or an input that the component
    /// declares as heavy.
    pub heavy_body: bool,
    pub retry: Option<RetryPolicy>,
    /// The timeout of one attempt. For a control stage, that of its own body.
    pub timeout: Duration,
    /// For a control stage, the timeout of an attempt including its inner stages, if the file sets
    /// one.
    pub deadline: Option<Duration>,
    pub on_error: OnError,
    pub llm: Option<Arc<LlmSettings>>,
    /// The inner lists of a control stage; empty for other stages.
    pub opens: Vec<Opened>,
    /// The stages whose outputs it reads.
    pub reads: Vec<u32>,
    pub reads_all: bool,
    /// The names in `context` that it reads.
    pub context_names: Vec<Arc<str>>,
    /// The variables that it reads (or that it sets, if it is a writer), each with the stages that
    /// may have set it, nearest first.
    pub variables: Vec<(Arc<str>, Vec<u32>)>,
    /// Whether it reads `context` as a whole.
    pub reads_context: bool,
    /// Whether a stage in another scope reads it or depends on it.
    pub exported: bool,
}

impl PlanStage {
    /// Whether its component is a control-flow component.
    pub fn is_control(&self) -> bool {
        matches!(self.component.body, Body::Control(_))
    }

    /// The first attempt plus the allowed retries.
    pub fn max_attempts(&self) -> u32 {
        self.retry
            .map_or(1, |policy| policy.max_retries.saturating_add(1))
    }
}

/// An inner list of a control stage, and the scope that it opens.
#[derive(Debug)]
pub(crate) struct Opened {
    /// The branch's name in addresses.
    pub branch: Arc<str>,
    pub role: BranchRole,
    pub scope: u32,
}

/// A lazy field of a stage: an input that the body evaluates itself.
#[derive(Debug)]
pub(crate) struct Lazy {
    pub field: &'static LazyField,
    /// The value as written in the file.
    pub raw: Value,
    pub code: LazyCode,
}

/// The compiled form of a lazy field.
#[derive(Debug)]
pub(crate) enum LazyCode {
    /// Not a text: the value itself.
    Literal,
    Expr(Expr),
    Tree(Tree),
}

/// Stages that are started together.
#[derive(Debug)]
pub(crate) struct PlanScope {
    pub branch: Arc<str>,
    pub members: Vec<PlanMember>,
    /// Where each stage is found from this scope: among its members, or inside one.
    places: Places,
    /// The members that no other member waits for.
    pub sinks: Vec<u32>,
}

/// A stage in a scope. Members are numbered by their position in the scope.
#[derive(Debug)]
pub(crate) struct PlanMember {
    pub stage: u32,
    /// The number of members it waits for.
    pub waits: u32,
    pub awaited_by: Vec<u32>,
    /// The stages of `depends_on` that are members or are inside members.
    pub depends_on: Vec<u32>,
    /// The number of stages of the file that finish with it, itself included.
    pub weight: u32,
}

/// Where a stage is found from a scope.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Place {
    /// The stage is this member.
    Member(u32),
    /// The stage is inside these control members.
    Inside(Box<[u32]>),
}

#[derive(Debug)]
enum Places {
    /// Indexed by stage number: for the top level, which contains every stage.
    Dense(Vec<Option<Place>>),
    Sparse(HashMap<u32, Place>),
}

impl PlanScope {
    /// Where the stage is found from this scope; `None` if it is outside.
    pub fn place(&self, stage: u32) -> Option<&Place> {
        match &self.places {
            Places::Dense(places) => places.get(stage as usize)?.as_ref(),
            Places::Sparse(places) => places.get(&stage),
        }
    }
}

impl Plan {
    /// Compiles a pipeline. Always succeeds if [`crate::check::check`] reports no errors.
    pub fn compile(pipeline: &Pipeline, registry: &Registry) -> Result<Plan, Vec<Diagnostic>> {
        compile::compile(pipeline, &structure(pipeline, registry))
    }

    /// As [`Plan::compile`], for a pipeline whose structure is known already.
    pub fn with_structure(
        pipeline: &Pipeline,
        structure: &Structure,
    ) -> Result<Plan, Vec<Diagnostic>> {
        compile::compile(pipeline, structure)
    }

    /// The number of stages in the file, including inner stages.
    pub fn len(&self) -> usize {
        self.stages.len()
    }

    /// Whether the file has no stages.
    pub fn is_empty(&self) -> bool {
        self.stages.is_empty()
    }

    /// The id of a stage. Panics if there is no stage with this number.
    pub fn stage_id(&self, stage: u32) -> &str {
        &self.stages[stage as usize].id
    }

    /// The component of a stage. Panics if there is no stage with this number.
    pub fn component(&self, stage: u32) -> &'static Descriptor {
        self.stages[stage as usize].component
    }

    /// The stages of the top level, in file order.
    pub fn top_level(&self) -> impl Iterator<Item = u32> + '_ {
        self.scopes
            .first()
            .into_iter()
            .flat_map(|s| s.members.iter().map(|m| m.stage))
    }

    /// The time limit of a run, if the file sets one.
    pub fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// The stage that an address belongs to; `None` if there is none.
    pub fn stage_at(&self, address: &str) -> Option<u32> {
        if let Some(stage) = self.index.get(address) {
            return Some(*stage);
        }
        // Ids may contain slashes, so take the longest suffix that is an id.
        address
            .match_indices('/')
            .find_map(|(at, _)| self.index.get(&address[at + 1..]))
            .copied()
    }

    /// The number of inner stages that run for each item of a loop; `None` if it is not a loop.
    pub(crate) fn items_of(&self, stage: u32) -> Option<usize> {
        let mut opens = self.stage(stage).opens.iter();
        let opened = opens.find(|opened| opened.role == BranchRole::Each)?;
        Some(self.scope(opened.scope).members.len())
    }

    pub(crate) fn stage(&self, stage: u32) -> &PlanStage {
        &self.stages[stage as usize]
    }

    pub(crate) fn scope(&self, scope: u32) -> &PlanScope {
        &self.scopes[scope as usize]
    }
}
