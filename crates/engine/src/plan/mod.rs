//! What is executed: a version compiled once, with stages, scopes and inputs by number.
//!
//! Made from a checked pipeline; shared by all runs of the version. Holds nothing of any run.

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
    model::{LlmSettings, OnError, Pipeline, RetryPolicy},
    template::Tree,
};

/// A compiled version.
#[derive(Debug)]
pub struct Plan {
    pub(crate) index: IndexMap<String, u32>,
    pub(crate) stages: Vec<PlanStage>,
    /// The first is the top level.
    pub(crate) scopes: Vec<PlanScope>,
    /// `output_stage_id`.
    pub(crate) output: Option<u32>,
    pub(crate) pipeline_id: Arc<str>,
    pub(crate) version: Arc<str>,
    timeout: Option<Duration>,
}

/// A stage, ready to execute.
#[derive(Debug)]
pub(crate) struct PlanStage {
    pub id: Arc<str>,
    /// The id inside a JSON text, without quotes.
    pub json_id: Box<str>,
    pub component: &'static Descriptor,
    /// The inputs that are resolved before the body runs.
    pub input: Tree,
    /// Inputs that the body evaluates itself.
    pub lazy: Vec<Lazy>,
    /// Where the expressions stand in the file.
    pub origins: Origins,
    /// Whether resolving may take long: then off the async threads.
    pub heavy_input: bool,
    /// Whether the body may take long, because of a lazy field.
    pub heavy_body: bool,
    pub retry: Option<RetryPolicy>,
    /// Of one attempt; of a control stage's own body.
    pub timeout: Duration,
    /// Of a control stage's attempt as a whole, where the file says one.
    pub deadline: Option<Duration>,
    pub on_error: OnError,
    pub llm: Option<Arc<LlmSettings>>,
    /// The lists of a control stage.
    pub opens: Vec<Opened>,
    /// The stages whose outputs it reads.
    pub reads: Vec<u32>,
    pub reads_all: bool,
    /// The names of `context` that it reads.
    pub context_names: Vec<Arc<str>>,
    /// The variables that it reads (or, as a writer, sets), with the stages that may
    /// have set each, nearest first.
    pub variables: Vec<(Arc<str>, Vec<u32>)>,
    /// Whether it reads `context` as a whole.
    pub reads_context: bool,
    /// Whether somebody outside of its scope reads it or depends on it.
    pub exported: bool,
}

impl PlanStage {
    /// Whether it is a control stage.
    pub fn is_control(&self) -> bool {
        matches!(self.component.body, Body::Control(_))
    }

    /// The first attempt and those that may follow.
    pub fn max_attempts(&self) -> u32 {
        self.retry
            .map_or(1, |policy| policy.max_retries.saturating_add(1))
    }
}

/// A list of a control stage, and the scope that it opens.
#[derive(Debug)]
pub(crate) struct Opened {
    /// The branch's name in addresses.
    pub branch: Arc<str>,
    pub role: BranchRole,
    pub scope: u32,
}

/// A lazy field of a stage.
#[derive(Debug)]
pub(crate) struct Lazy {
    pub field: &'static LazyField,
    /// The value in the file.
    pub raw: Value,
    pub code: LazyCode,
}

/// What a lazy field was compiled to.
#[derive(Debug)]
pub(crate) enum LazyCode {
    /// Not a text: it is its own value.
    Literal,
    Expr(Expr),
    Tree(Tree),
}

/// Stages that are started together.
#[derive(Debug)]
pub(crate) struct PlanScope {
    pub branch: Arc<str>,
    pub members: Vec<PlanMember>,
    /// Where a stage is to be found, seen from this scope: among its members, or inside them.
    places: Places,
    /// The members that nobody waits for.
    pub sinks: Vec<u32>,
}

/// A stage in its scope. Members are numbered by their place in the scope.
#[derive(Debug)]
pub(crate) struct PlanMember {
    pub stage: u32,
    /// How many members it waits for.
    pub waits: u32,
    pub awaited_by: Vec<u32>,
    /// The stages of `depends_on` that are members or inside members.
    pub depends_on: Vec<u32>,
    /// How many stages of the file end with it, itself included.
    pub weight: u32,
}

/// Where a stage is to be found, seen from a scope.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Place {
    /// It is this member.
    Member(u32),
    /// It is inside these control members.
    Inside(Box<[u32]>),
}

#[derive(Debug)]
enum Places {
    /// By stage number: the top level, which sees every stage.
    Dense(Vec<Option<Place>>),
    Sparse(HashMap<u32, Place>),
}

impl PlanScope {
    /// Where the stage is to be found, seen from here.
    pub fn place(&self, stage: u32) -> Option<&Place> {
        match &self.places {
            Places::Dense(places) => places.get(stage as usize)?.as_ref(),
            Places::Sparse(places) => places.get(&stage),
        }
    }
}

impl Plan {
    /// Compiles a pipeline. One without errors in [`crate::check::check`] always compiles.
    pub fn compile(pipeline: &Pipeline, registry: &Registry) -> Result<Plan, Vec<Diagnostic>> {
        compile::compile(pipeline, registry)
    }

    /// How many stages the file has.
    pub fn len(&self) -> usize {
        self.stages.len()
    }

    /// Whether the file has no stage.
    pub fn is_empty(&self) -> bool {
        self.stages.is_empty()
    }

    /// The id of a stage.
    pub fn stage_id(&self, stage: u32) -> &str {
        &self.stages[stage as usize].id
    }

    /// The component of a stage.
    pub fn component(&self, stage: u32) -> &'static Descriptor {
        self.stages[stage as usize].component
    }

    /// The stages of the top level in the order of the file.
    pub fn top_level(&self) -> impl Iterator<Item = u32> + '_ {
        self.scopes
            .first()
            .into_iter()
            .flat_map(|s| s.members.iter().map(|m| m.stage))
    }

    /// The time that a run may take, as the file says.
    pub fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// The stage that an address is of.
    pub fn stage_at(&self, address: &str) -> Option<u32> {
        if let Some(stage) = self.index.get(address) {
            return Some(*stage);
        }
        // An id may itself contain a slash: take the longest end that is one.
        address
            .match_indices('/')
            .find_map(|(at, _)| self.index.get(&address[at + 1..]))
            .copied()
    }

    /// How many stages run for each item of a loop.
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
