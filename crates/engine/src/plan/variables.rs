//! Determines which writers of a variable are visible to a stage.
//!
//! A variable is visible only to stages that depend on its writer, directly or indirectly. The
//! candidates are found here once, by walking back over everything that finishes before the stage
//! starts; a run then only checks them, nearest first.

use std::{
    collections::{BinaryHeap, HashMap, HashSet, VecDeque},
    sync::Arc,
};

use crate::{
    component::ContextName,
    model::{DeclaredName, Pipeline, Structure, names_of},
};

/// The variable names that a writer sets.
#[derive(Clone, Debug, PartialEq)]
enum Sets {
    /// These names.
    Names(Vec<Arc<str>>),
    /// Names that are known only at run time.
    Unknown,
}

/// The maximum nesting of control stages.
pub(super) const MAX_NESTING: usize = 100;

/// Why the stages cannot be ordered.
pub(super) enum Disorder {
    /// These stages wait for each other, or are nested inside themselves.
    Cycle(Vec<u32>),
    /// This stage is nested too deep.
    TooDeep(u32),
}

/// The order in which stages start and finish. Each stage has two nodes: `2 * stage` is its start
/// and `2 * stage + 1` its end.
pub(super) struct Order<'a> {
    structure: &'a Structure,
    /// The position of each node in one valid order.
    position: Vec<u32>,
    writers: HashMap<u32, Sets>,
}

/// Visits the nodes directly before a node.
fn before(structure: &Structure, node: u32, mut visit: impl FnMut(u32)) {
    let stage = node / 2;
    let shape = &structure.stages[stage as usize];
    if node % 2 == 1 {
        visit(node - 1);
        for opened in &shape.opens {
            for member in &structure.scopes[*opened as usize].members {
                visit(2 * member.stage + 1);
            }
        }
        return;
    }
    for scope in shape
        .scopes
        .iter()
        .map(|scope| &structure.scopes[*scope as usize])
    {
        for member in scope.members.iter().filter(|m| m.stage == stage) {
            member
                .waits_for
                .iter()
                .for_each(|other| visit(2 * other + 1));
        }
        let Some(control) = scope.control else {
            continue;
        };
        visit(2 * control);
        // Catch and finally stages run after the try stages.
        let earlier = scope.role.map_or(&[][..], |role| role.runs_after());
        for opened in &structure.stages[control as usize].opens {
            let other = &structure.scopes[*opened as usize];
            if other.role.is_some_and(|role| earlier.contains(&role)) {
                other.members.iter().for_each(|m| visit(2 * m.stage + 1));
            }
        }
    }
}

/// Numbers starts and ends, scope by scope.
struct Numbering<'a> {
    structure: &'a Structure,
    position: Vec<u32>,
    next: u32,
    done: Vec<bool>,
    open: Vec<u32>,
}

impl Numbering<'_> {
    fn scope(&mut self, number: u32) -> Result<(), Disorder> {
        let structure = self.structure;
        let scope = &structure.scopes[number as usize];
        if let Some(control) = scope.control {
            if self.open.contains(&number) {
                return Err(Disorder::Cycle(vec![control]));
            }
            if self.open.len() > MAX_NESTING {
                return Err(Disorder::TooDeep(control));
            }
        }
        if std::mem::replace(&mut self.done[number as usize], true) {
            return Ok(());
        }
        self.open.push(number);
        let mut missing: HashMap<u32, usize> = scope
            .members
            .iter()
            .map(|m| (m.stage, m.waits_for.len()))
            .collect();
        let members: HashMap<u32, &[u32]> = scope
            .members
            .iter()
            .map(|m| (m.stage, m.awaited_by.as_slice()))
            .collect();
        let mut ready: VecDeque<u32> = scope
            .members
            .iter()
            .filter(|m| m.waits_for.is_empty())
            .map(|m| m.stage)
            .collect();
        while let Some(stage) = ready.pop_front() {
            missing.remove(&stage);
            self.place(2 * stage);
            for opened in &structure.stages[stage as usize].opens {
                self.scope(*opened)?;
            }
            self.place(2 * stage + 1);
            for later in members.get(&stage).copied().unwrap_or_default() {
                if let Some(count) = missing.get_mut(later) {
                    *count -= 1;
                    if *count == 0 {
                        ready.push_back(*later);
                    }
                }
            }
        }
        self.open.pop();
        if missing.is_empty() {
            Ok(())
        } else {
            Err(Disorder::Cycle(missing.into_keys().collect()))
        }
    }

    fn place(&mut self, node: u32) {
        self.position[node as usize] = self.next;
        self.next += 1;
    }
}

impl<'a> Order<'a> {
    /// Orders all stages.
    pub fn new(pipeline: &'a Pipeline, structure: &'a Structure) -> Result<Self, Disorder> {
        let mut numbering = Numbering {
            structure,
            position: vec![0; structure.stages.len() * 2],
            next: 1,
            done: vec![false; structure.scopes.len()],
            open: Vec::new(),
        };
        if !structure.scopes.is_empty() {
            numbering.scope(0)?;
        }
        // Stages that cannot be reached from the top level are nested inside each other.
        let lost: Vec<u32> = (0..structure.stages.len() as u32)
            .filter(|stage| numbering.position[2 * *stage as usize] == 0)
            .collect();
        if !lost.is_empty() {
            return Err(Disorder::Cycle(lost));
        }
        let writers = (0u32..)
            .zip(&structure.stages)
            .filter_map(|(stage, shape)| Some((stage, shape.component?.sets)))
            .filter(|(_, declared)| !declared.is_empty())
            .map(|(stage, declared)| (stage, sets(pipeline, stage, declared)))
            .collect();
        Ok(Self {
            structure,
            position: numbering.position,
            writers,
        })
    }

    /// All names that writers are known to set.
    pub fn all_names(&self) -> Vec<Arc<str>> {
        let mut names: Vec<Arc<str>> = self
            .writers
            .values()
            .filter_map(|sets| match sets {
                Sets::Names(names) => Some(names.iter().cloned()),
                Sets::Unknown => None,
            })
            .flatten()
            .collect();
        names.sort();
        names.dedup();
        names
    }

    /// The names that the stage itself sets; empty if they are not known.
    pub fn own_names(&self, stage: u32) -> &[Arc<str>] {
        match self.writers.get(&stage) {
            Some(Sets::Names(names)) => names,
            _ => &[],
        }
    }

    /// The stages that may have set `name` before `stage` starts, nearest first. Ends at the first
    /// writer that certainly runs before the stage, since that writer's own list continues from
    /// there.
    pub fn writers_of(&self, stage: u32, name: &str) -> Vec<u32> {
        let mut found = Vec::new();
        if self.writers.is_empty() {
            return found;
        }
        let mut seen = HashSet::new();
        let mut heap = BinaryHeap::new();
        heap.push((self.position[2 * stage as usize], 2 * stage));
        while let Some((_, node)) = heap.pop() {
            if node % 2 == 1
                && let Some(sets) = self.writers.get(&(node / 2))
            {
                match sets {
                    Sets::Unknown => found.push(node / 2),
                    Sets::Names(names) if names.iter().any(|n| n.as_ref() == name) => {
                        found.push(node / 2);
                        if self.always_runs_before(node / 2, stage) {
                            return found;
                        }
                    }
                    Sets::Names(_) => {}
                }
            }
            before(self.structure, node, |earlier| {
                if seen.insert(earlier) {
                    heap.push((self.position[earlier as usize], earlier));
                }
            });
        }
        found
    }

    /// Whether `writer` is in exactly one scope, and it is the only scope of `stage`.
    fn always_runs_before(&self, writer: u32, stage: u32) -> bool {
        let scopes = |s: u32| &self.structure.stages[s as usize].scopes;
        scopes(writer).len() == 1 && scopes(stage) == scopes(writer)
    }
}

/// The names that a stage sets, as far as its file tells.
fn sets(pipeline: &Pipeline, stage: u32, declared: &[ContextName]) -> Sets {
    let mut names: Vec<Arc<str>> = Vec::new();
    let mut computed = false;
    names_of(
        &pipeline.stages[stage as usize],
        declared,
        |said, _| match said {
            DeclaredName::Name(name) => names.push(name.into()),
            DeclaredName::Computed => computed = true,
        },
    );
    if computed || names.is_empty() {
        Sets::Unknown
    } else {
        Sets::Names(names)
    }
}
