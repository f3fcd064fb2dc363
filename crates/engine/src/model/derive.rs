//! Derives a [`Structure`]: inner lists, dependencies, and which stages of a list wait for which.

use std::collections::{HashMap, HashSet};

use super::{
    Member, Pipeline, Scope, Shape, Structure,
    ownership::{self, Outer},
    reads::{StageReads, stage_reads},
    variables::variables,
};
use crate::{Value, component::Registry, expr::Root};

/// How deep control stages may be nested.
pub const MAX_CONTROL_DEPTH: usize = 100;

/// The most steps taken from stages to their enclosing lists, per file.
const MAX_STEPS: usize = 20_000_000;

/// Derives the structure. Also returns the reads of each stage, for the checks.
pub(crate) fn derive(pipeline: &Pipeline, registry: &Registry) -> (Structure, Vec<StageReads>) {
    let mut out = Structure::default();
    for (number, stage) in (0u32..).zip(&pipeline.stages) {
        out.index.entry(stage.id.value.clone()).or_insert(number);
    }
    out.stages = pipeline
        .stages
        .iter()
        .map(|stage| Shape {
            component: registry.get(&stage.component.value),
            ..Shape::default()
        })
        .collect();
    out.variables = variables(pipeline, &out);
    scopes(pipeline, &mut out);
    named(pipeline, &mut out);
    let reads = reads(pipeline, &mut out);
    match ownership::outer(&out) {
        Some(outer) if depth_is_fine(&out) => {
            implied(&mut out, &outer);
            ownership::settle(&mut out, &outer);
            Lift::default().run(&mut out);
        }
        _ => {
            implied(&mut out, &Outer::new());
            out.too_deep = true;
        }
    }
    (out, reads)
}

/// The literal lists in an input field that names inner stages, each with its branch name.
fn lists<'a>(value: &'a Value, branch: &str, map: bool) -> Vec<(String, &'a [Value])> {
    match value {
        Value::List(items) if !map => vec![(branch.to_owned(), items.as_slice())],
        Value::Map(keys) if map => keys
            .iter()
            .filter_map(|(key, list)| Some((format!("{branch}.{key}"), list.as_list()?)))
            .collect(),
        _ => Vec::new(),
    }
}

fn scopes(pipeline: &Pipeline, out: &mut Structure) {
    out.scopes.push(Scope::default());
    for (number, stage) in (0u32..).zip(&pipeline.stages) {
        let Some(component) = out.stages[number as usize].component else {
            continue;
        };
        for list in component.inner {
            let Some(value) = stage.inputs.get(list.field) else {
                continue;
            };
            for (branch, items) in lists(&value.value, list.branch, list.map) {
                let scope = out.scopes.len() as u32;
                let mut seen = HashSet::new();
                let members: Vec<Member> = items
                    .iter()
                    .filter_map(|item| out.index.get(item.as_str()?).copied())
                    .filter(|stage| *stage != number && seen.insert(*stage))
                    .map(|stage| Member {
                        stage,
                        ..Member::default()
                    })
                    .collect();
                for member in &members {
                    out.stages[member.stage as usize].scopes.push(scope);
                }
                out.stages[number as usize].opens.push(scope);
                let (control, branch) = (Some(number), branch.as_str().into());
                out.scopes.push(Scope {
                    control,
                    field: list.field,
                    role: Some(list.role),
                    branch,
                    members,
                });
            }
        }
    }
    for (number, shape) in (0u32..).zip(&mut out.stages) {
        if shape.scopes.is_empty() {
            shape.scopes.push(0);
            out.scopes[0].members.push(Member {
                stage: number,
                ..Member::default()
            });
        }
    }
}

fn named(pipeline: &Pipeline, out: &mut Structure) {
    for (number, stage) in (0u32..).zip(&pipeline.stages) {
        let mut seen = HashSet::new();
        let named = stage
            .depends_on
            .iter()
            .filter_map(|id| out.index.get(&id.value).copied())
            .filter(|other| *other != number && seen.insert(*other))
            .collect();
        out.stages[number as usize].depends_on = named;
    }
}

fn reads(pipeline: &Pipeline, out: &mut Structure) -> Vec<StageReads> {
    let mut env = std::collections::BTreeSet::new();
    let mut all = Vec::with_capacity(pipeline.stages.len());
    for (stage, shape) in pipeline.stages.iter().zip(&mut out.stages) {
        let found = stage_reads(pipeline, stage, shape.component, &out.index, &out.variables);
        for read in &found.reads {
            match read.root {
                Root::Upstream(other) => shape.reads.push(other),
                Root::AllUpstream => shape.reads_all = true,
                Root::Env => {
                    env.insert(read.path.first().map_or("*", |name| name).to_owned());
                }
                _ => {}
            }
        }
        shape.reads.sort_unstable();
        shape.reads.dedup();
        all.push(found);
    }
    out.env = env.into_iter().collect();
    all
}

/// An inner stage that reads an earlier stage of its list depends on it even without `depends_on`:
/// files list inner stages in the order in which they are meant to run. Entries of an outer list
/// whose stage belongs to a list further inside are passed over: its order is that of the inner
/// list.
fn implied(out: &mut Structure, outer: &Outer) {
    for (number, scope) in (0u32..).zip(&out.scopes).skip(1) {
        let places: HashMap<u32, usize> = scope
            .members
            .iter()
            .enumerate()
            .map(|(at, m)| (m.stage, at))
            .collect();
        for (at, member) in scope.members.iter().enumerate() {
            if outer.contains(&(number, member.stage)) {
                continue;
            }
            let shape = &mut out.stages[member.stage as usize];
            for read in &shape.reads {
                let earlier = places.get(read).is_some_and(|place| *place < at);
                if earlier && !shape.depends_on.contains(read) {
                    shape.depends_on.push(*read);
                }
            }
        }
    }
    for number in 0..out.stages.len() {
        for at in 0..out.stages[number].depends_on.len() {
            let other = out.stages[number].depends_on[at] as usize;
            out.stages[other].dependents.push(number as u32);
        }
    }
}

/// Whether no control stage is nested inside itself or too deep. Walks the scopes from the top
/// level down and enters a stage's inner lists once all scopes that contain the stage were visited.
fn depth_is_fine(out: &Structure) -> bool {
    let mut missing: Vec<usize> = out.stages.iter().map(|shape| shape.scopes.len()).collect();
    let mut depth = vec![0usize; out.stages.len()];
    let mut ready = vec![(0u32, 0usize)];
    let mut placed = 0;
    while let Some((scope, level)) = ready.pop() {
        for member in &out.scopes[scope as usize].members {
            let stage = member.stage as usize;
            depth[stage] = depth[stage].max(level);
            missing[stage] -= 1;
            if missing[stage] == 0 {
                placed += 1;
                let inside = out.stages[stage].opens.iter();
                ready.extend(inside.map(|scope| (*scope, depth[stage] + 1)));
            }
        }
    }
    placed == out.stages.len() && depth.iter().all(|depth| *depth <= MAX_CONTROL_DEPTH)
}

/// Turns dependencies between any two stages into waits between members of one list.
#[derive(Default)]
struct Lift {
    waits: HashMap<(u32, u32), Vec<u32>>,
    steps: usize,
}

impl Lift {
    fn run(mut self, out: &mut Structure) {
        for number in 0..out.stages.len() as u32 {
            for at in 0..out.stages[number as usize].depends_on.len() {
                let other = out.stages[number as usize].depends_on[at];
                self.dependency(out, number, other);
                if self.steps > MAX_STEPS {
                    out.too_deep = true;
                    return;
                }
            }
        }
        for (number, scope) in (0u32..).zip(&mut out.scopes) {
            let places: HashMap<u32, usize> = scope
                .members
                .iter()
                .enumerate()
                .map(|(at, m)| (m.stage, at))
                .collect();
            for at in 0..scope.members.len() {
                let stage = scope.members[at].stage;
                let mut waits = self.waits.remove(&(number, stage)).unwrap_or_default();
                waits.sort_unstable();
                waits.dedup();
                for other in &waits {
                    if let Some(place) = places.get(other) {
                        scope.members[*place].awaited_by.push(stage);
                    }
                }
                scope.members[at].waits_for = waits;
            }
        }
    }

    /// Makes `stage` wait for `other` in every list that contains `stage`. Where a list does not
    /// contain `other`, the control stage that owns the list waits instead.
    fn dependency(&mut self, out: &Structure, stage: u32, other: u32) {
        // The common case: both are in the same list and in no other.
        if let ([mine], [its]) = (
            &*out.stages[stage as usize].scopes,
            &*out.stages[other as usize].scopes,
        ) && mine == its
        {
            self.steps += 1;
            self.waits.entry((*mine, stage)).or_default().push(other);
            return;
        }
        let homes = self.homes(out, other);
        let mut seen = HashSet::new();
        let mut open = vec![stage];
        while let Some(waiting) = open.pop() {
            for scope in &out.stages[waiting as usize].scopes {
                self.steps += 1;
                match homes.get(scope) {
                    Some(holders) if holders.contains(&waiting) => {
                        // The stage waits for a stage nested inside it: record a cycle of length
                        // one.
                        if waiting == stage {
                            self.waits.entry((*scope, stage)).or_default().push(stage);
                        }
                    }
                    Some(holders) => {
                        self.waits
                            .entry((*scope, waiting))
                            .or_default()
                            .extend(holders);
                    }
                    None => {
                        let control = out.scopes[*scope as usize].control;
                        // The control stage around it has already started by then.
                        let control = control.filter(|control| *control != other);
                        if let Some(control) = control.filter(|control| seen.insert(*control)) {
                            open.push(control);
                        }
                    }
                }
            }
        }
    }

    /// The lists that contain a stage or a control stage around it, each with the members that do.
    fn homes(&mut self, out: &Structure, stage: u32) -> HashMap<u32, Vec<u32>> {
        let mut homes: HashMap<u32, Vec<u32>> = HashMap::new();
        let mut seen = HashSet::from([stage]);
        let mut open = vec![stage];
        while let Some(holder) = open.pop() {
            for scope in &out.stages[holder as usize].scopes {
                self.steps += 1;
                homes.entry(*scope).or_default().push(holder);
                let control = out.scopes[*scope as usize].control;
                if let Some(control) = control.filter(|control| seen.insert(*control)) {
                    open.push(control);
                }
            }
        }
        homes
    }
}
