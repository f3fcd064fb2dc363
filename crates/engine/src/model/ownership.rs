//! Decides which list a stage belongs to when several lists name it: an outer list gives up a stage
//! that a list nested inside it also names.
//!
//! In files, `loop_stages` often names every stage that runs in the loop, including those that a
//! condition inside the loop starts. Such a stage runs where the condition starts it, and not a
//! second time as a direct member of the loop. Lists that are not nested in each other (a default
//! route and a catch) all keep the stage, and it runs once per activation of each. Lists that are
//! nested inside each other form a cycle, which `check` rejects.

use std::{
    collections::{HashMap, HashSet},
    rc::Rc,
};

use super::Structure;

/// The most steps taken from lists to their enclosing lists, per file.
const MAX_STEPS: usize = 20_000_000;

/// Pairs of a list and a stage that it names but that belongs to a list nested inside it.
pub(super) type Outer = HashSet<(u32, u32)>;

/// The entries of outer lists to drop. `None` if the nesting is too complex to decide.
pub(super) fn outer(structure: &Structure) -> Option<Outer> {
    let mut around = Around::default();
    let mut out = Outer::new();
    for (number, stage) in (0u32..).zip(&structure.stages) {
        if stage.scopes.len() < 2 {
            continue;
        }
        let mut lists = Vec::with_capacity(stage.scopes.len());
        for scope in &stage.scopes {
            lists.push((*scope, around.of(structure, *scope)?));
        }
        let holds = |outer: u32, (inner, around): &(u32, Rc<HashSet<u32>>)| {
            outer != *inner && around.contains(&outer)
        };
        for list in &lists {
            let gives_way = |other| holds(list.0, other) && !holds(other.0, list);
            if lists.iter().any(gives_way) {
                out.insert((list.0, number));
            }
        }
    }
    Some(out)
}

/// Removes these entries from their lists.
pub(super) fn settle(structure: &mut Structure, outer: &Outer) {
    for (scope, stage) in outer {
        let members = &mut structure.scopes[*scope as usize].members;
        members.retain(|member| member.stage != *stage);
        let scopes = &mut structure.stages[*stage as usize].scopes;
        scopes.retain(|of| of != scope);
    }
}

/// The enclosing lists of each list, cached.
#[derive(Default)]
struct Around {
    known: HashMap<u32, Rc<HashSet<u32>>>,
    steps: usize,
}

impl Around {
    fn of(&mut self, structure: &Structure, scope: u32) -> Option<Rc<HashSet<u32>>> {
        if let Some(known) = self.known.get(&scope) {
            return Some(Rc::clone(known));
        }
        let mut found = HashSet::new();
        let mut seen = HashSet::new();
        let mut open: Vec<u32> = (structure.scopes[scope as usize].control)
            .into_iter()
            .collect();
        while let Some(control) = open.pop() {
            if !seen.insert(control) {
                continue;
            }
            for outer in &structure.stages[control as usize].scopes {
                self.steps += 1;
                if self.steps > MAX_STEPS {
                    return None;
                }
                if found.insert(*outer) {
                    open.extend(structure.scopes[*outer as usize].control);
                }
            }
        }
        let found = Rc::new(found);
        self.known.insert(scope, Rc::clone(&found));
        Some(found)
    }
}
