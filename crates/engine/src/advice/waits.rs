//! Finds stages that wait for each other without need: they could run side by side.
//!
//! Only stages that take time count (calls of models, requests that read), and only where nothing
//! else changes: no stage loses something that it reads, no result changes, and nothing that has an
//! effect moves.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::{Level, Rule, finding::Findings, look::Look};
use crate::{
    component::{BranchRole, EffectKind},
    diagnostic::shown,
    edit::{Edit, Layout, Position},
    expr::Root,
    model::{DeclaredName, OnError, Scope, names_of},
};

/// The most steps from stage to stage, per file.
const MAX_STEPS: usize = 2_000_000;

pub(super) fn check(look: &Look<'_>, out: &mut Findings<'_>) {
    if look.all_read {
        return;
    }
    let mut graph = Graph {
        look,
        writers: writers(look),
        steps: 0,
    };
    for scope in &look.structure.scopes {
        let list = List::of(scope);
        for member in &scope.members {
            let number = member.stage;
            if !graph.is_movable(number) {
                continue;
            }
            let named = look.stage(number).depends_on.iter();
            let named: HashSet<&str> = named.map(|id| id.value.as_str()).collect();
            for on in &look.structure.stages[number as usize].depends_on {
                let waits = list.waits(number).binary_search(on).is_ok();
                if !waits || !graph.is_movable(*on) || !named.contains(look.id(*on)) {
                    continue;
                }
                if let Some(instead) = graph.instead(&list, number, *on) {
                    tell(look, out, number, *on, &instead);
                }
                if graph.steps > MAX_STEPS {
                    return;
                }
            }
        }
    }
}

fn tell(look: &Look<'_>, out: &mut Findings<'_>, stage: u32, on: u32, instead: &BTreeSet<u32>) {
    let list = look.field(stage, "depends_on");
    let named = list
        .children()
        .find(|item| item.text().is_some_and(|id| id == look.id(on)));
    let (id, other) = (look.id(stage), look.id(on));
    let message = format!(
        "`{}` waits for `{}`, but reads nothing of it: the two could run side by side",
        shown(id),
        shown(other)
    );
    let others: Vec<String> = instead
        .iter()
        .map(|it| format!("`{}`", shown(look.id(*it))))
        .collect();
    let help = match others.is_empty() {
        true => format!("remove \"{}\" from `depends_on`", shown(other)),
        false => format!(
            "depend on {} instead, which it reads",
            super::explain::listed(&others)
        ),
    };
    let mut edits: Vec<Edit> = instead
        .iter()
        .map(|it| Edit::Connect {
            stage: id.to_owned(),
            on: look.id(*it).to_owned(),
            at: Position::Last,
            layout: Layout::default(),
        })
        .collect();
    edits.push(Edit::Disconnect {
        stage: id.to_owned(),
        on: other.to_owned(),
        layout: Layout::default(),
    });
    out.add(
        Rule::NeedlessWait,
        Level::Suggestion,
        Some(stage),
        named.unwrap_or(list),
        message,
    )
    .others(vec![other.to_owned()])
    .help(help)
    .mend(edits);
}

/// One scope, with its members by stage number.
struct List<'s> {
    scope: &'s Scope,
    places: HashMap<u32, usize>,
}

impl<'s> List<'s> {
    fn of(scope: &'s Scope) -> Self {
        let members = scope.members.iter().enumerate();
        Self {
            scope,
            places: members.map(|(at, member)| (member.stage, at)).collect(),
        }
    }

    fn waits(&self, stage: u32) -> &'s [u32] {
        match self.places.get(&stage) {
            Some(at) => &self.scope.members[*at].waits_for,
            None => &[],
        }
    }

    fn awaited(&self, stage: u32) -> &'s [u32] {
        match self.places.get(&stage) {
            Some(at) => &self.scope.members[*at].awaited_by,
            None => &[],
        }
    }
}

struct Graph<'l, 'a> {
    look: &'l Look<'a>,
    /// The stages that set each variable.
    writers: HashMap<String, Vec<u32>>,
    steps: usize,
}

impl Graph<'_, '_> {
    /// Whether a stage takes time and may run at another time: it changes nothing outside, sets no
    /// variable, and belongs to one list.
    fn is_movable(&self, number: u32) -> bool {
        let look = self.look;
        matches!(look.effect(number), EffectKind::Call | EffectKind::Read)
            && !look.is_control(number)
            && look.stage(number).on_error == OnError::Fail
            && look.component(number).sets.is_empty()
            && look.scopes(number).count() == 1
    }

    /// The stages that `stage` has to wait for in place of `on`. `None` if it needs `on`, or if
    /// something else would change.
    fn instead(&mut self, list: &List<'_>, stage: u32, on: u32) -> Option<BTreeSet<u32>> {
        let needs = self.needs(list, stage);
        // If nothing else waits for `on`, its output would become a result of the list.
        if needs.contains(&on) || list.awaited(on).iter().all(|other| *other == stage) {
            return None;
        }
        let before = self.before(list, on, None);
        // `on` may be skipped, and this stage with it.
        let mut uncertain = before
            .iter()
            .chain([&on])
            .map(|it| self.look.stage(*it).on_error);
        let branches = |it: &u32| {
            let mut opens = self.look.opens(*it);
            opens.any(|scope| matches!(scope.role, Some(BranchRole::One | BranchRole::Any)))
        };
        if uncertain.any(|it| it == OnError::Skip) || before.iter().any(branches) {
            return None;
        }
        let mut left = self.before(list, stage, Some((stage, on)));
        let mut instead = BTreeSet::new();
        for need in &needs {
            if before.contains(need) && !left.contains(need) {
                instead.insert(*need);
            }
        }
        for it in instead.clone() {
            let earlier = self.before(list, it, None);
            instead.retain(|other| !earlier.contains(other));
            left.extend(earlier);
            left.insert(it);
        }
        self.keeps_others(list, stage, on, &before, &left)
            .then_some(instead)
    }

    /// Whether the stages after `stage` still wait for all that they need. `left`: what `stage`
    /// itself still waits for.
    fn keeps_others(
        &mut self,
        list: &List<'_>,
        stage: u32,
        on: u32,
        before: &HashSet<u32>,
        left: &HashSet<u32>,
    ) -> bool {
        let mut seen = HashSet::from([stage]);
        let mut open = vec![stage];
        while let Some(at) = open.pop() {
            for later in list.awaited(at) {
                self.steps += 1;
                if self.steps > MAX_STEPS {
                    return false;
                }
                if !seen.insert(*later) {
                    continue;
                }
                open.push(*later);
                let needs = self.needs(list, *later);
                let lost =
                    |need: &u32| *need == on || before.contains(need) && !left.contains(need);
                let lost: Vec<u32> = needs.into_iter().filter(lost).collect();
                if lost.is_empty() {
                    continue;
                }
                let still = self.before(list, *later, Some((stage, on)));
                if lost.iter().any(|need| !still.contains(need)) {
                    return false;
                }
            }
        }
        true
    }

    /// The members of the list that the stage, or a stage inside it, reads or whose variables it
    /// reads.
    fn needs(&mut self, list: &List<'_>, stage: u32) -> HashSet<u32> {
        let look = self.look;
        let mut out = HashSet::new();
        let mut inside = look.inside(stage);
        inside.push(stage);
        for inner in inside {
            for read in &look.reads[inner as usize].reads {
                self.steps += 1;
                match read.root {
                    Root::Upstream(other) => members(look, list, other, &mut out),
                    Root::Context => {
                        // `context` as a whole, or `context.variables`, reads all of them.
                        let name = read.path.first().filter(|name| &***name != "variables");
                        let of: Vec<&Vec<u32>> = match name {
                            Some(name) => {
                                let names = [&**name, ""];
                                names
                                    .iter()
                                    .filter_map(|name| self.writers.get(*name))
                                    .collect()
                            }
                            None => self.writers.values().collect(),
                        };
                        for it in of.into_iter().flatten() {
                            members(look, list, *it, &mut out);
                        }
                    }
                    _ => {}
                }
            }
            if inner != stage {
                let named = &look.structure.stages[inner as usize].depends_on;
                named
                    .iter()
                    .for_each(|other| members(look, list, *other, &mut out));
            }
        }
        out.remove(&stage);
        out
    }

    /// The members that finish before a stage starts. `without`: a wait that is left out.
    fn before(&mut self, list: &List<'_>, stage: u32, without: Option<(u32, u32)>) -> HashSet<u32> {
        let mut out = HashSet::new();
        let mut open = vec![stage];
        while let Some(at) = open.pop() {
            for other in list.waits(at) {
                self.steps += 1;
                if without != Some((at, *other)) && out.insert(*other) {
                    open.push(*other);
                }
            }
        }
        out
    }
}

/// Adds the members of the list that are a stage or contain it.
fn members(look: &Look<'_>, list: &List<'_>, stage: u32, out: &mut HashSet<u32>) {
    if list.places.contains_key(&stage) {
        out.insert(stage);
        return;
    }
    let around = look.around(stage);
    let controls = around.iter().filter_map(|scope| scope.control);
    out.extend(controls.filter(|control| list.places.contains_key(control)));
}

/// The stages that set each variable. Names that are computed are under an empty name, and are
/// needed by whoever reads any variable.
fn writers(look: &Look<'_>) -> HashMap<String, Vec<u32>> {
    let mut out: HashMap<String, Vec<u32>> = HashMap::new();
    for (number, stage) in look.stages() {
        names_of(stage, look.component(number).sets, |said, _| {
            let name = match said {
                DeclaredName::Name(name) => name,
                DeclaredName::Computed => "",
            };
            out.entry(name.to_owned()).or_default().push(number);
        });
    }
    out
}
