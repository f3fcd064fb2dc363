//! Reads one stage of a run from a part of its journal: determines which events are about the stage
//! and which ones its input depends on. Only exceptionally must a long journal be read in full.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use types::{ErrorCode, RunId};

use super::{
    Env, Event, EventBody, RunView, StageRun,
    drive::{RunEnvironment, resolve},
    state::State,
    subjects::Wanted,
};
use crate::{
    Value,
    component::{BranchRole, StageError},
    plan::{Place, Plan},
};

/// The maximum number of stages to select events for; beyond it, the whole journal is read.
const MOST: usize = 1_000;

/// The maximum number of positions in an address at which a stage id is looked for.
const TRIES: usize = 10_000;

/// One stage of a run, and the stages whose events are needed to read it.
#[derive(Debug)]
pub struct OneStage {
    address: Arc<str>,
    /// The stage and its enclosing control stages.
    around: Vec<Arc<str>>,
    /// `around` and the stages that the input depends on; `None`: the whole journal is needed.
    sources: Option<HashSet<Arc<str>>>,
    /// Control stages whose bodies run again to resolve the input, each with the one item to begin
    /// if it is a loop.
    asked: HashMap<Arc<str>, usize>,
}

/// An activation that encloses the stage.
struct Step {
    /// The control stage.
    control: u32,
    address: Arc<str>,
    scope: u32,
    /// The iteration; 0 if the control stage is not a loop.
    item: usize,
    /// Whether the activation opens only after another one of the same control stage.
    is_later: bool,
    /// The prefix of the addresses in it, up to a stage's id.
    prefix: String,
}

/// An activation's scope and the prefix of its addresses, up to a stage's id.
#[derive(Clone)]
struct EnclosingScope {
    scope: u32,
    prefix: String,
}

impl OneStage {
    /// Finds the stage at this address; `None` if the plan has no such stage.
    pub fn of(plan: &Plan, address: &str) -> Option<Self> {
        let mut steps = Vec::new();
        let mut tries = TRIES;
        let target = walk(plan, 0, address, address, &mut steps, &mut tries)?;
        let mut frames = vec![EnclosingScope {
            scope: 0,
            prefix: String::new(),
        }];
        let mut sources = Sources::new(plan);
        for step in &steps {
            sources.add(step.address.clone());
            sources.asked.insert(step.address.clone(), step.item);
            sources.of_reader(step.control, &frames);
            if step.is_later {
                sources.inside(step.control, &frames, Items::Read);
            }
            frames.push(EnclosingScope {
                scope: step.scope,
                prefix: step.prefix.clone(),
            });
        }
        let address: Arc<str> = address.into();
        sources.add(address.clone());
        sources.of_reader(target, &frames);
        let controls = steps.iter().map(|step| step.address.clone());
        Some(Self {
            around: controls.chain([address.clone()]).collect(),
            address,
            asked: sources.asked,
            sources: (!sources.whole).then_some(sources.addresses),
        })
    }

    /// The stages whose events [`OneStage::view`] needs, in addition to the run's own events.
    pub fn wanted(&self) -> Wanted {
        Wanted::new(self.around.iter().map(|address| &**address))
    }

    /// The stages whose events [`OneStage::input`] needs, in addition to the run's own events;
    /// `None` if the whole journal is needed (see [`super::stage_input`]).
    pub fn wanted_for_input(&self) -> Option<Wanted> {
        let sources = self.sources.as_ref()?;
        Some(Wanted::new(sources.iter().map(|address| &**address)))
    }

    /// The stage's state. For a loop, finished items are not counted, because that requires the
    /// events of all items.
    pub fn view(&self, plan: &Plan, events: &[Event]) -> Option<StageRun> {
        let mut view = RunView::about(plan, &self.around);
        for event in events {
            view.apply(plan, event);
        }
        view.stages.shift_remove(&self.address)
    }

    /// The number of the stage's last `stage.scheduled` event. Later events do not affect its
    /// input.
    pub fn scheduled(&self, events: &[Event]) -> Option<u64> {
        let is_it = |event: &&Event| {
            event.stage.as_deref() == Some(&*self.address)
                && matches!(event.body, EventBody::StageScheduled)
        };
        events.iter().rfind(is_it).map(|event| event.seq)
    }

    /// The input that the stage's attempts received, like [`super::stage_input`], computed from the
    /// events of [`OneStage::wanted_for_input`]. The events must contain the values themselves.
    pub fn input(
        &self,
        plan: &Arc<Plan>,
        run_id: RunId,
        env: &Env,
        events: &[Event],
    ) -> Result<Value, StageError> {
        let not_there = || {
            StageError::new(
                ErrorCode::NotFound,
                format!(
                    "stage `{}` was never scheduled in this run, so it has no input",
                    self.address
                ),
            )
        };
        let upto = self.scheduled(events).ok_or_else(not_there)?;
        let around = RunEnvironment::bare(plan.clone(), run_id, env.clone());
        let mut state = State::new(plan);
        state.begin_replay();
        for event in events.iter().take_while(|event| event.seq <= upto) {
            let started = state
                .apply(event)
                .map_err(|error| StageError::new(error.code(), error.to_string()))?;
            let asked = event.stage.as_ref().and_then(|stage| self.asked.get(stage));
            if let (Some(at), Some(item)) = (started, asked) {
                around.ask_for_item(&mut state, at, *item);
            }
        }
        let at = state.find(&self.address).ok_or_else(not_there)?;
        let stage = plan.stage(state.stage_of(at));
        let (input, _grant) = resolve(
            stage,
            &around.scope(&state, at),
            None,
            around.memory.empty(),
        );
        input
    }
}

/// Finds the activations that `rest`, the end of `address`, passes through from a scope on, and the
/// stage at its end.
fn walk(
    plan: &Plan,
    scope: u32,
    address: &str,
    rest: &str,
    steps: &mut Vec<Step>,
    tries: &mut usize,
) -> Option<u32> {
    let member = |id: &str| {
        let stage = *plan.index.get(id)?;
        let is_member = matches!(plan.scope(scope).place(stage), Some(Place::Member(_)));
        is_member.then_some(stage)
    };
    if let Some(stage) = member(rest) {
        return Some(stage);
    }
    for (at, _) in rest.match_indices(['/', '[']) {
        *tries = tries.checked_sub(1)?;
        let Some(control) = member(&rest[..at]) else {
            continue;
        };
        for opened in &plan.stage(control).opens {
            let branch = opened.branch.as_ref();
            let after = &rest[at..];
            let item = after
                .strip_prefix('[')
                .filter(|_| opened.role == BranchRole::Each)
                .and_then(|after| after.split_once("]/"))
                .and_then(|(item, after)| Some((item.parse().ok()?, after)));
            let branched = after
                .strip_prefix('/')
                .and_then(|after| after.strip_prefix(branch))
                .and_then(|after| after.strip_prefix('/'))
                .map(|after| (0, after));
            let Some((item, after)) = item.or(branched) else {
                continue;
            };
            let before = address.len() - rest.len();
            steps.push(Step {
                control,
                address: address[..before + at].into(),
                scope: opened.scope,
                item,
                is_later: matches!(opened.role, BranchRole::Catch | BranchRole::Finally),
                prefix: address[..address.len() - after.len()].to_owned(),
            });
            if let Some(found) = walk(plan, opened.scope, address, after, steps, tries) {
                return Some(found);
            }
            steps.pop();
        }
    }
    None
}

/// Collects the stages that an input depends on.
struct Sources<'p> {
    plan: &'p Plan,
    addresses: HashSet<Arc<str>>,
    asked: HashMap<Arc<str>, usize>,
    /// Control stages whose inner stages have all been added to the addresses.
    opened: HashMap<Arc<str>, Items>,
    whole: bool,
}

/// Whether the events of a loop's items are needed, in addition to its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
enum Items {
    Unread,
    Read,
}

impl<'p> Sources<'p> {
    fn new(plan: &'p Plan) -> Self {
        Self {
            plan,
            addresses: HashSet::new(),
            asked: HashMap::new(),
            opened: HashMap::new(),
            whole: false,
        }
    }

    fn add(&mut self, address: Arc<str>) {
        self.addresses.insert(address);
        self.whole |= self.addresses.len() > MOST;
    }

    /// Adds the stages that a reader in the last of these activations reads.
    fn of_reader(&mut self, reader: u32, frames: &[EnclosingScope]) {
        let stage = self.plan.stage(reader);
        if stage.reads_all || stage.reads_context {
            self.whole = true;
        }
        for source in &stage.reads {
            self.source(*source, frames);
        }
        // As in `State::variable`: a writer without a value falls back to the writers that it can
        // see.
        for (name, writers) in &stage.variables {
            let (mut writers, mut seen) = (writers, HashSet::new());
            while !self.whole {
                writers
                    .iter()
                    .for_each(|writer| self.source(*writer, frames));
                let Some(last) = writers.last().filter(|last| seen.insert(**last)) else {
                    break;
                };
                let known = &self.plan.stage(*last).variables;
                match known.iter().find(|(known, _)| known == name) {
                    Some((_, earlier)) => writers = earlier,
                    None => break,
                }
            }
        }
    }

    fn source(&mut self, stage: u32, frames: &[EnclosingScope]) {
        let plan = self.plan;
        for (depth, frame) in frames.iter().enumerate().rev() {
            if self.whole {
                return;
            }
            match plan.scope(frame.scope).place(stage) {
                Some(Place::Member(_)) => {
                    let read = plan.stage(stage);
                    self.add(format!("{}{}", frame.prefix, read.id).into());
                    // A control stage can be read before its end. Its value then comes from its own
                    // input and from those of its branches that are over.
                    if read.is_control() {
                        self.inside(stage, &frames[..=depth], Items::Unread);
                    }
                    return;
                }
                Some(Place::Inside(holders)) => {
                    for holder in holders {
                        let control = plan.scope(frame.scope).members[*holder as usize].stage;
                        self.inside(control, &frames[..=depth], Items::Read);
                    }
                    return;
                }
                None => {}
            }
        }
    }

    /// Adds all inner stages of a control stage that is in the last of these activations. A loop
    /// may have any number of items; if those are read, the whole journal is needed.
    fn inside(&mut self, control: u32, frames: &[EnclosingScope], items: Items) {
        let plan = self.plan;
        let stage = plan.stage(control);
        let prefix = frames.last().map_or("", |frame| &frame.prefix);
        let address: Arc<str> = format!("{prefix}{}", stage.id).into();
        let opened = self.opened.get(&address);
        if self.whole || opened.is_some_and(|opened| *opened >= items) {
            return;
        }
        self.opened.insert(address.clone(), items);
        self.asked.entry(address.clone()).or_insert(0);
        self.add(address.clone());
        self.of_reader(control, frames);
        for opened in &stage.opens {
            let branch = &opened.branch;
            if opened.role == BranchRole::Each {
                self.whole |= items == Items::Read;
                continue;
            }
            let mut frames = frames.to_vec();
            frames.push(EnclosingScope {
                scope: opened.scope,
                prefix: format!("{address}/{branch}/"),
            });
            for member in &plan.scope(opened.scope).members {
                let inner = plan.stage(member.stage);
                self.add(format!("{address}/{branch}/{}", inner.id).into());
                if self.whole {
                    return;
                }
                if inner.is_control() {
                    self.inside(member.stage, &frames, items);
                }
            }
        }
    }
}
