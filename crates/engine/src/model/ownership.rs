//! Which list a stage belongs to that several lists name: one around a control stage gives way to
//! the lists inside that control stage.
//!
//! Files name in `loop_stages` all that happens in a loop, also what a condition inside it
//! starts. Such a stage runs where the condition says, not a second time in the loop's own order.
//! Lists that are not nested (a default route and a catch) all keep the stage;
//! it runs once per activation of each. Lists that are nested inside each other are a
//! cycle, which `check` refuses.

use std::{
    collections::{HashMap, HashSet},
    rc::Rc,
};

use super::Structure;

/// How many steps from a list to the lists around it are taken for one file.
const MAX_STEPS: usize = 20_000_000;

/// A list and a stage that it names but that belongs to a list further inside.
pub(super) type Outer = HashSet<(u32, u32)>;

/// The entries of outer lists to drop. `None` when the file nests in too many ways to find out.
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

/// Drops those entries.
pub(super) fn settle(structure: &mut Structure, outer: &Outer) {
    for (scope, stage) in outer {
        let members = &mut structure.scopes[*scope as usize].members;
        members.retain(|member| member.stage != *stage);
        let scopes = &mut structure.stages[*stage as usize].scopes;
        scopes.retain(|of| of != scope);
    }
}

/// The lists around each list, found once.
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
