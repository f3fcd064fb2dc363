//! Computes which stages have finished, at the latest, when a stage starts. Only those may be read.

use std::collections::{HashMap, VecDeque};

use crate::model::Structure;

/// For each stage, the set of stages that have finished when it starts.
pub(super) struct Visible {
    words: usize,
    before: Vec<u64>,
    /// Stages that depend on a cycle, about which nothing is known.
    uncertain: Vec<bool>,
}

impl Visible {
    /// Walks the lists from the top level down. The structure's lists must not be nested inside
    /// themselves.
    pub fn new(structure: &Structure) -> Self {
        let count = structure.stages.len();
        let words = count.div_ceil(64);
        let mut out = Self {
            words,
            before: vec![0; words * count],
            uncertain: vec![false; count],
        };
        let inside = inside(structure, words);
        let mut missing: Vec<usize> = structure.stages.iter().map(|s| s.scopes.len()).collect();
        let mut open = VecDeque::from([0u32]);
        while let Some(scope) = open.pop_front() {
            out.scope(structure, scope, &inside);
            for member in &structure.scopes[scope as usize].members {
                let stage = member.stage as usize;
                missing[stage] = missing[stage].saturating_sub(1);
                if missing[stage] == 0 {
                    open.extend(&structure.stages[stage].opens);
                }
            }
        }
        out
    }

    /// Whether `other` has finished when `stage` starts; `None` if a cycle makes that unknown.
    pub fn sees(&self, stage: u32, other: u32) -> Option<bool> {
        if self.uncertain[stage as usize] {
            return None;
        }
        let word = self.before[stage as usize * self.words + other as usize / 64];
        Some(word >> (other % 64) & 1 == 1)
    }

    fn scope(&mut self, structure: &Structure, number: u32, inside: &HashMap<u32, Vec<u64>>) {
        let scope = &structure.scopes[number as usize];
        let mut base = vec![0u64; self.words];
        if let Some(control) = scope.control {
            or(&mut base, self.row(control));
            // Inner stages may read what the control stage itself has determined.
            set(&mut base, control);
            let earlier = scope.role.map_or(&[][..], |role| role.runs_after());
            for opened in &structure.stages[control as usize].opens {
                let other = &structure.scopes[*opened as usize];
                if other.role.is_some_and(|role| earlier.contains(&role)) {
                    for member in &other.members {
                        add(&mut base, member.stage, inside);
                    }
                }
            }
            let uncertain = self.uncertain[control as usize];
            for member in &scope.members {
                self.uncertain[member.stage as usize] |= uncertain;
            }
        }
        let places: HashMap<u32, usize> = scope
            .members
            .iter()
            .enumerate()
            .map(|(at, m)| (m.stage, at))
            .collect();
        let mut missing: Vec<usize> = scope.members.iter().map(|m| m.waits_for.len()).collect();
        let mut open: VecDeque<usize> = (0..missing.len()).filter(|at| missing[*at] == 0).collect();
        let mut done = vec![false; missing.len()];
        while let Some(at) = open.pop_front() {
            done[at] = true;
            let member = &scope.members[at];
            let mut row = base.clone();
            for other in &member.waits_for {
                or(&mut row, self.row(*other));
                add(&mut row, *other, inside);
            }
            let start = member.stage as usize * self.words;
            or(&mut self.before[start..start + self.words], &row);
            for place in member
                .awaited_by
                .iter()
                .filter_map(|other| places.get(other))
            {
                missing[*place] -= 1;
                if missing[*place] == 0 {
                    open.push_back(*place);
                }
            }
        }
        for (at, _) in done.iter().enumerate().filter(|(_, done)| !**done) {
            self.uncertain[scope.members[at].stage as usize] = true;
        }
    }

    fn row(&self, stage: u32) -> &[u64] {
        let start = stage as usize * self.words;
        &self.before[start..start + self.words]
    }
}

/// For each control stage, all stages inside it at any depth.
fn inside(structure: &Structure, words: usize) -> HashMap<u32, Vec<u64>> {
    let mut out: HashMap<u32, Vec<u64>> = HashMap::new();
    let mut order: Vec<u32> = Vec::new();
    let mut missing: Vec<usize> = structure.stages.iter().map(|s| s.scopes.len()).collect();
    let mut open = vec![0u32];
    while let Some(scope) = open.pop() {
        for member in &structure.scopes[scope as usize].members {
            let stage = member.stage as usize;
            missing[stage] = missing[stage].saturating_sub(1);
            if missing[stage] == 0 && !structure.stages[stage].opens.is_empty() {
                order.push(member.stage);
                open.extend(&structure.stages[stage].opens);
            }
        }
    }
    // Outer control stages come first, so in reverse each finds its inner ones complete.
    for control in order.into_iter().rev() {
        let mut set = vec![0u64; words];
        for opened in &structure.stages[control as usize].opens {
            for member in &structure.scopes[*opened as usize].members {
                add(&mut set, member.stage, &out);
            }
        }
        out.insert(control, set);
    }
    out
}

fn add(row: &mut [u64], stage: u32, inside: &HashMap<u32, Vec<u64>>) {
    set(row, stage);
    if let Some(inner) = inside.get(&stage) {
        or(row, inner);
    }
}

fn set(row: &mut [u64], stage: u32) {
    row[stage as usize / 64] |= 1 << (stage % 64);
}

fn or(row: &mut [u64], other: &[u64]) {
    for (word, more) in row.iter_mut().zip(other) {
        *word |= more;
    }
}
