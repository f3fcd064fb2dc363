//! One stage of a run from a part of its journal: which events tell about it, and which its input is
//! computed from. Reading all of a long journal for one stage is the exception.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use types::{ErrorCode, RunId};

use super::{
    Env, Event, EventBody, RunView, StageRun,
    drive::{Surroundings, resolve},
    state::State,
    subjects::Wanted,
};
use crate::{
    Value,
    component::{BranchRole, StageError},
    plan::{Place, Plan},
};

/// Stages whose events a part of a journal may be; with more, the whole is read.
const MOST: usize = 1_000;

/// Places in an address that are looked at to find what it is of.
const TRIES: usize = 10_000;

/// One stage of a run, and what tells about it.
#[derive(Debug)]
pub struct OneStage {
    address: Arc<str>,
    /// The stage and the control stages around it.
    around: Vec<Arc<str>>,
    /// These and what the input is computed from; `None`: it takes the whole journal.
    sources: Option<HashSet<Arc<str>>>,
    /// Control stages that are asked again for the input; of a loop, for this item only.
    asked: HashMap<Arc<str>, usize>,
}

/// An activation around the stage.
struct Step {
    /// The control stage.
    control: u32,
    address: Arc<str>,
    scope: u32,
    /// The iteration; 0 without one.
    item: usize,
    /// Whether the activation opens only after another one of the same stage.
    is_later: bool,
    /// What stands before an id in it.
    prefix: String,
}

/// A scope, and what stands before an id in its activation.
#[derive(Clone)]
struct Around {
    scope: u32,
    prefix: String,
}

impl OneStage {
    /// Of the stage at this address; `None` where the plan has no such stage.
    pub fn of(plan: &Plan, address: &str) -> Option<Self> {
        let mut steps = Vec::new();
        let mut tries = TRIES;
        let target = walk(plan, 0, address, address, &mut steps, &mut tries)?;
        let mut frames = vec![Around {
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
            frames.push(Around {
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

    /// The stages whose events [`OneStage::view`] needs, beside those of the run itself.
    pub fn wanted(&self) -> Wanted {
        Wanted::new(self.around.iter().map(|address| &**address))
    }

    /// The stages whose events [`OneStage::input`] needs, beside those of the run itself; `None`
    /// where only the whole journal will do (see [`super::stage_input`]).
    pub fn wanted_for_input(&self) -> Option<Wanted> {
        let sources = self.sources.as_ref()?;
        Some(Wanted::new(sources.iter().map(|address| &**address)))
    }

    /// What the stage came to. Of a loop, how many items are over is not counted: that takes the
    /// events of its items.
    pub fn view(&self, plan: &Plan, events: &[Event]) -> Option<StageRun> {
        let mut view = RunView::about(plan, &self.around);
        for event in events {
            view.apply(plan, event);
        }
        view.stages.shift_remove(&self.address)
    }

    /// The number of the event up to which the input's sources count: the stage's last
    /// `stage.scheduled`.
    pub fn scheduled(&self, events: &[Event]) -> Option<u64> {
        let is_it = |event: &&Event| {
            event.stage.as_deref() == Some(&*self.address)
                && matches!(event.body, EventBody::StageScheduled)
        };
        events.iter().rfind(is_it).map(|event| event.seq)
    }

    /// The input that the stage's attempts got, as [`super::stage_input`], from the events of
    /// [`OneStage::wanted_for_input`], which must hold the values themselves.
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
                    "the journal has no stage `{}` that was scheduled",
                    self.address
                ),
            )
        };
        let upto = self.scheduled(events).ok_or_else(not_there)?;
        let around = Surroundings::bare(plan.clone(), run_id, env.clone());
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

/// Finds the activations that `rest`, the end of `address`, goes through from a scope on, and the
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

/// Collects the stages that an input is computed from.
struct Sources<'p> {
    plan: &'p Plan,
    addresses: HashSet<Arc<str>>,
    asked: HashMap<Arc<str>, usize>,
    /// Control stages of which everything inside is among the addresses.
    opened: HashMap<Arc<str>, Items>,
    whole: bool,
}

/// Whether what happened in a loop's items matters, beside its result.
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

    /// What a stage reads that stands in the last of these activations.
    fn of_reader(&mut self, reader: u32, frames: &[Around]) {
        let stage = self.plan.stage(reader);
        if stage.reads_all || stage.reads_context {
            self.whole = true;
        }
        for source in &stage.reads {
            self.source(*source, frames);
        }
        // As `State::variable`: the last writer hands on to those that it sees itself.
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

    fn source(&mut self, stage: u32, frames: &[Around]) {
        let plan = self.plan;
        for (depth, frame) in frames.iter().enumerate().rev() {
            if self.whole {
                return;
            }
            match plan.scope(frame.scope).place(stage) {
                Some(Place::Member(_)) => {
                    let read = plan.stage(stage);
                    self.add(format!("{}{}", frame.prefix, read.id).into());
                    // A control stage may be read before its end, when what it gives comes from its
                    // own input and from those of its branches that are over.
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

    /// Everything inside of a control stage that stands in the last of these activations. A loop may
    /// have any number of items: where they are read, only the whole journal will do.
    fn inside(&mut self, control: u32, frames: &[Around], items: Items) {
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
            frames.push(Around {
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
