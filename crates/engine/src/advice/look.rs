//! What the rules and the explanation know about a pipeline: its structure, what each stage reads
//! and does, and an order in which the stages can run.

use std::collections::{HashMap, HashSet, VecDeque};

use crate::{
    Value,
    component::{BranchRole, Descriptor, EffectKind, Registry},
    model::{OnError, Pipeline, Scope, Stage, StageReads, Structure, derive},
    source::Node,
};

/// A pipeline whose stages have known components, unique ids and an order.
pub(super) struct Look<'a> {
    pub pipeline: &'a Pipeline,
    pub registry: &'a Registry,
    pub structure: Structure,
    /// What each stage reads.
    pub reads: Vec<StageReads>,
    /// The component of each stage.
    pub components: Vec<&'static Descriptor>,
    /// What running each stage does outside.
    pub effects: Vec<EffectKind>,
    /// The members of each scope, each after those that it waits for.
    pub order: Vec<Vec<u32>>,
    /// The stages that read the output of each stage.
    pub readers: Vec<Vec<u32>>,
    /// Whether some stage reads all outputs.
    pub all_read: bool,
}

impl<'a> Look<'a> {
    /// `None` if the pipeline cannot be understood: unknown components, ids that are used twice,
    /// cycles.
    pub fn new(pipeline: &'a Pipeline, registry: &'a Registry) -> Option<Self> {
        let (structure, reads) = derive(pipeline, registry);
        if structure.too_deep || structure.index.len() != pipeline.stages.len() {
            return None;
        }
        let shapes = structure.stages.iter();
        let components: Vec<_> = shapes.map(|s| s.component).collect::<Option<_>>()?;
        let scopes = structure.scopes.iter();
        let order = scopes.map(in_order).collect::<Option<Vec<_>>>()?;
        let mut readers = vec![Vec::new(); pipeline.stages.len()];
        for (number, shape) in (0u32..).zip(&structure.stages) {
            for read in &shape.reads {
                readers[*read as usize].push(number);
            }
        }
        let effects = pipeline.stages.iter().zip(&components);
        Some(Self {
            pipeline,
            registry,
            all_read: structure.stages.iter().any(|shape| shape.reads_all),
            effects: effects
                .map(|(stage, it)| stage.effect_as_written(it))
                .collect(),
            structure,
            reads,
            components,
            order,
            readers,
        })
    }

    /// The stages with their numbers.
    pub fn stages(&self) -> impl Iterator<Item = (u32, &'a Stage)> + use<'a> {
        (0u32..).zip(&self.pipeline.stages)
    }

    pub fn stage(&self, number: u32) -> &'a Stage {
        &self.pipeline.stages[number as usize]
    }

    pub fn id(&self, number: u32) -> &'a str {
        &self.stage(number).id.value
    }

    pub fn component(&self, number: u32) -> &'static Descriptor {
        self.components[number as usize]
    }

    pub fn effect(&self, number: u32) -> EffectKind {
        self.effects[number as usize]
    }

    pub fn is_control(&self, number: u32) -> bool {
        matches!(
            self.component(number).body,
            crate::component::Body::Control(_)
        )
    }

    pub fn calls_model(&self, number: u32) -> bool {
        self.component(number).needs_model
    }

    /// The lists that contain a stage.
    pub fn scopes(&self, number: u32) -> impl Iterator<Item = &Scope> {
        let scopes = self.structure.stages[number as usize].scopes.iter();
        scopes.map(|scope| &self.structure.scopes[*scope as usize])
    }

    /// The lists that a control stage opens.
    pub fn opens(&self, number: u32) -> impl Iterator<Item = &Scope> {
        let scopes = self.structure.stages[number as usize].opens.iter();
        scopes.map(|scope| &self.structure.scopes[*scope as usize])
    }

    /// All lists around a stage, each once, from the inside out.
    pub fn around(&self, number: u32) -> Vec<&Scope> {
        let mut out = Vec::new();
        let mut seen = HashSet::new();
        let mut open = VecDeque::from([number]);
        while let Some(stage) = open.pop_front() {
            for scope in self.scopes(stage) {
                let Some(control) = scope.control else {
                    continue;
                };
                out.push(scope);
                if seen.insert(control) {
                    open.push_back(control);
                }
            }
        }
        out
    }

    /// All stages inside a control stage, at any depth.
    pub fn inside(&self, control: u32) -> Vec<u32> {
        let mut out = Vec::new();
        let mut seen = HashSet::from([control]);
        let mut open = vec![control];
        while let Some(stage) = open.pop() {
            for member in self.opens(stage).flat_map(|scope| &scope.members) {
                if seen.insert(member.stage) {
                    out.push(member.stage);
                    open.push(member.stage);
                }
            }
        }
        out
    }

    /// The value of a key of a stage object; the stage object itself if it has no such key.
    pub fn field(&self, number: u32, key: &str) -> Node<'a> {
        let node = self.node(self.stage(number).node);
        node.get(key).unwrap_or(node)
    }

    /// The node of an input, if the stage has it.
    pub fn input(&self, number: u32, field: &str) -> Option<Node<'a>> {
        let stage = self.stage(number);
        let at = stage.inputs.get_index_of(field)?;
        Some(self.node(*stage.input_nodes.get(at)?))
    }

    pub fn node(&self, id: u32) -> Node<'a> {
        let document = &self.pipeline.document;
        document.node(id).unwrap_or_else(|| document.root())
    }

    /// Whether a failure of the stage does not end the run: the stage itself or a control stage
    /// around it tolerates or handles it.
    pub fn is_tolerated(&self, number: u32) -> bool {
        self.stage(number).on_error != OnError::Fail
            || self.around(number).iter().any(|scope| {
                let control = scope.control.map(|control| self.stage(control));
                scope.role == Some(BranchRole::Try)
                    || control.is_some_and(|control| {
                        control.on_error != OnError::Fail || keeps_going(control)
                    })
            })
    }

    /// Whether the stage or a control stage around it is repeated after a failure.
    pub fn is_retried(&self, number: u32) -> bool {
        let retries = |stage: &Stage| stage.retry.is_some_and(|policy| policy.max_retries > 0);
        retries(self.stage(number))
            || self.around(number).iter().any(|scope| {
                let control = scope.control.map(|control| self.stage(control));
                control.is_some_and(retries)
            })
    }
}

/// Whether a loop records the errors of its items and goes on.
fn keeps_going(stage: &Stage) -> bool {
    let flag = stage.inputs.get("break_on_error").map(|flag| &flag.value);
    match flag {
        Some(Value::Bool(flag)) => !flag,
        Some(Value::Str(text)) => text.trim().eq_ignore_ascii_case("false"),
        _ => false,
    }
}

/// The members of a scope in an order in which they can run: the file's, where nothing else is
/// required. `None` if they wait for each other.
fn in_order(scope: &Scope) -> Option<Vec<u32>> {
    let places: HashMap<u32, usize> = scope
        .members
        .iter()
        .enumerate()
        .map(|(at, member)| (member.stage, at))
        .collect();
    let mut missing: Vec<usize> = scope.members.iter().map(|m| m.waits_for.len()).collect();
    let ready = (0..missing.len()).filter(|at| missing[*at] == 0);
    let mut open: std::collections::BTreeSet<usize> = ready.collect();
    let mut out = Vec::with_capacity(missing.len());
    while let Some(at) = open.pop_first() {
        out.push(scope.members[at].stage);
        for other in &scope.members[at].awaited_by {
            let Some(place) = places.get(other) else {
                continue;
            };
            missing[*place] = missing[*place].saturating_sub(1);
            if missing[*place] == 0 {
                open.insert(*place);
            }
        }
    }
    (out.len() == missing.len()).then_some(out)
}
