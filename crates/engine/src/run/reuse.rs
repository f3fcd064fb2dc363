//! Determines which events a new run reuses from another run of the same version. They become the
//! beginning of the new run's journal, with their original times.
//!
//! A top-level stage is reused if it has a result (or was skipped) and every stage that it depends
//! on is reused. All its events are copied, including those of its inner stages, so a replay
//! restores exactly the state of the old run: inner values, variables and joins included. Stages
//! whose failure was only tolerated (`on_error: continue`) run again, and so do their dependents.
//! Model usage stays with the run that incurred it.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use thiserror::Error;

use super::{
    DecodeError, Event, EventBody, FORMAT, Reused, SkipReason, Unchanged, decode, encode,
    encode::Encoder,
    selected::{Selection, top_level},
};
use crate::{
    Value,
    plan::{Place, Plan},
};

/// The approximate size of a segment, in bytes.
pub(super) const SEGMENT: usize = 256 * 1024;

/// The beginning of a new run's journal.
#[derive(Debug, Default)]
pub struct ReusedEvents {
    /// The events in order, starting with number 1. Empty if nothing could be reused.
    pub segments: Vec<TakenSegment>,
    /// The number of the last event.
    pub last_seq: u64,
    /// The reused top-level stages, in the order of the file.
    pub stages: Vec<Arc<str>>,
}

impl ReusedEvents {
    /// The same beginning with another input, which may be a reference to an artifact.
    ///
    /// # Errors
    /// Never for events that were written by this program.
    pub fn with_input(mut self, input: Value) -> Result<Self, DecodeError> {
        if let Some(first) = self.segments.first_mut() {
            let mut events = decode(&first.body)?;
            if let Some(place) = events.first_mut().and_then(|event| event.body.value_mut()) {
                *place = input;
            }
            first.body = encode(&events);
        }
        Ok(self)
    }
}

/// Consecutive events.
#[derive(Debug)]
pub struct TakenSegment {
    /// The number of the first one.
    pub first_seq: u64,
    /// The number of events.
    pub count: u32,
    /// The events as JSON lines.
    pub body: Vec<u8>,
}

/// Why a stage cannot be run by itself.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NotReusable {
    /// The version has no such stage.
    #[error("this version has no stage `{0}`")]
    Unknown(String),
    /// The stage is nested inside a control stage.
    #[error("`{stage}` runs inside `{control}`; run `{control}` as a whole")]
    Inner {
        /// The stage.
        stage: String,
        /// The top-level control stage that contains it.
        control: String,
    },
    /// The stage did not start in this run.
    #[error("`{0}` did not start in this run, so there is no input to run it with")]
    NotBegun(String),
    /// A stage that is needed and not executed has no result.
    #[error(
        "`{0}` has no result in that run that can be taken over; run the draft up to it first, or pin \
         its output"
    )]
    NoResult(String),
    /// A stage that is executed reads one inside of a control stage that is not.
    #[error(
        "`{reader}` reads `{stage}`, which runs inside `{control}`; only the result of `{control}` is \
         there when it is not executed, so run the draft from there, or unpin it"
    )]
    ReadsInside {
        /// The stage that is executed.
        reader: String,
        /// The stage that it reads.
        stage: String,
        /// The top-level control stage that contains it.
        control: String,
    },
}

/// The state that a top-level stage reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Reached {
    scheduled: bool,
    /// Whether it has a result, or was skipped because of its dependencies.
    reusable: bool,
}

/// The events that a run reuses if it retries a failed or cancelled run from the point of failure.
pub fn from_failed(plan: &Plan, old: &str, events: &[Event], at: DateTime<Utc>) -> ReusedEvents {
    let reached = reached(plan, events);
    let fixed = fixed(plan, events);
    let mut reused: Vec<bool> = reached.iter().map(|stage| stage.reusable).collect();
    // A stage that ended the run must be retried, whatever its own status is.
    if let Some(EventBody::RunFinished {
        error: Some(error), ..
    }) = events.last().map(|event| &event.body)
        && let Some(culprit) = error.stage.as_deref().and_then(|stage| member(plan, stage))
    {
        reused[culprit] = false;
    }
    for (reused, fixed) in reused.iter_mut().zip(&fixed) {
        *reused |= *fixed;
    }
    // A stage that is not reused removes its dependents from the reused ones, each once.
    let mut dependents = vec![Vec::new(); reused.len()];
    for at in 0..reused.len() {
        for before in upstream(plan, at) {
            dependents[before].push(at);
        }
    }
    let mut gone: Vec<usize> = (0..reused.len()).filter(|at| !reused[*at]).collect();
    while let Some(at) = gone.pop() {
        for dependent in &dependents[at] {
            if !fixed[*dependent] && std::mem::take(&mut reused[*dependent]) {
                gone.push(*dependent);
            }
        }
    }
    if !reused.contains(&true) && !begins_alike(events) {
        return ReusedEvents::default();
    }
    write(plan, old, events, at, None, &|member, _| reused[member])
}

/// The events with which a run begins that repeats another one from its start. There are some if it is a
/// run of a draft in which not everything was to be executed.
pub fn from_start(plan: &Plan, old: &str, events: &[Event], at: DateTime<Utc>) -> ReusedEvents {
    if !begins_alike(events) {
        return ReusedEvents::default();
    }
    let fixed = fixed(plan, events);
    write(plan, old, events, at, None, &|member, _| fixed[member])
}

/// The first event's part about reuse, if what the run begins with was asked for.
pub(super) fn asked_for(events: &[Event]) -> Option<&Reused> {
    match &events.first()?.body {
        EventBody::RunStarted { reused, .. } => {
            reused.as_ref().filter(|one| one.selection.is_some())
        }
        _ => None,
    }
}

/// Whether a run that repeats this one begins with something.
fn begins_alike(events: &[Event]) -> bool {
    asked_for(events).is_some()
}

/// The top-level stages that were over, as asked for, before the run executed anything.
fn fixed(plan: &Plan, events: &[Event]) -> Vec<bool> {
    let mut fixed = vec![false; plan.scope(0).members.len()];
    let Some(reused) = asked_for(events) else {
        return fixed;
    };
    for event in events {
        let ends = match &event.body {
            EventBody::StageSkipped { reason } => {
                event.seq <= reused.given || reason == SkipReason::NotSelected.as_str()
            }
            EventBody::StageSucceeded { .. } | EventBody::StageFailed { last: true, .. } => {
                event.seq <= reused.given
            }
            _ => false,
        };
        let Some(address) = event.stage.as_deref().filter(|_| ends) else {
            continue;
        };
        if let Some(at) = member(plan, address).filter(|at| *id(plan, *at) == *address) {
            fixed[at] = true;
        }
    }
    fixed
}

/// The events that a run of one top-level stage with its earlier input reuses: those of all stages
/// that it depends on, and its own `stage.scheduled`. The other stages are skipped.
pub fn only_stage(
    plan: &Plan,
    old: &str,
    events: &[Event],
    at: DateTime<Utc>,
    stage: &str,
) -> Result<ReusedEvents, NotReusable> {
    let only = top_level(plan, stage)?;
    let reached = reached(plan, events);
    if !reached[only].scheduled {
        return Err(NotReusable::NotBegun(stage.to_owned()));
    }
    let mut before = vec![false; reached.len()];
    let mut todo = vec![only];
    while let Some(one) = todo.pop() {
        for earlier in upstream(plan, one) {
            if !std::mem::replace(&mut before[earlier], true) {
                todo.push(earlier);
            }
        }
    }
    // Of the stage itself, keep only that it was scheduled; of its inner stages, nothing.
    let its_own = |event: &Event| event.stage.as_deref() == Some(stage);
    let takes = |member: usize, event: &Event| {
        let is_scheduled = matches!(event.body, EventBody::StageScheduled);
        before[member] || (member == only && is_scheduled && its_own(event))
    };
    Ok(write(plan, old, events, at, Some(only), &takes))
}

/// The beginning of a run that takes over results of another run while it runs: only its
/// `run.started`, which says from where. The versions of the two runs may differ. `input` may be a
/// reference to an artifact.
pub fn unchanged_since(old: &str, how: Unchanged, input: Value, at: DateTime<Utc>) -> ReusedEvents {
    let mut encoder = Encoder::after(0, at);
    let started = EventBody::RunStarted {
        input,
        format: FORMAT,
        reused: Some(Reused {
            run: old.to_owned(),
            through: 1,
            at,
            only: None,
            unchanged: Some(how),
            selection: None,
            given: 0,
            pinned: Vec::new(),
        }),
    };
    encoder.taken_over(at, None, &started);
    let last_seq = encoder.last_seq();
    let (first_seq, count, body) = encoder.take();
    ReusedEvents {
        segments: vec![TakenSegment {
            first_seq,
            count,
            body,
        }],
        last_seq,
        stages: Vec::new(),
    }
}

pub(super) fn id(plan: &Plan, member: usize) -> Arc<str> {
    plan.stage(plan.scope(0).members[member].stage).id.clone()
}

/// The top-level members that the given member depends on.
pub(super) fn upstream(plan: &Plan, member: usize) -> impl Iterator<Item = usize> + '_ {
    let top = plan.scope(0);
    top.members[member]
        .depends_on
        .iter()
        .flat_map(move |stage| match top.place(*stage) {
            Some(Place::Member(local)) => std::slice::from_ref(local),
            Some(Place::Inside(holders)) => &holders[..],
            None => &[][..],
        })
        .map(|local| *local as usize)
}

/// The top-level member that an address refers to or is inside of.
pub(super) fn member(plan: &Plan, address: &str) -> Option<usize> {
    match plan.scope(0).place(plan.stage_at(address)?)? {
        Place::Member(local) => Some(*local as usize),
        Place::Inside(holders) => {
            let mut holders = holders.iter().map(|holder| *holder as usize);
            holders.find(|holder| {
                address
                    .strip_prefix(&*id(plan, *holder))
                    .is_some_and(|rest| rest.starts_with(['/', '[']))
            })
        }
    }
}

fn reached(plan: &Plan, events: &[Event]) -> Vec<Reached> {
    let mut stages = vec![Reached::default(); plan.scope(0).members.len()];
    for event in events {
        let Some(address) = event.stage.as_deref() else {
            continue;
        };
        let Some(at) = member(plan, address).filter(|at| *id(plan, *at) == *address) else {
            continue;
        };
        match &event.body {
            EventBody::StageScheduled => stages[at].scheduled = true,
            EventBody::StageSucceeded { .. } => stages[at].reusable = true,
            EventBody::StageSkipped { reason } => {
                stages[at].reusable = reason == SkipReason::Dependency.as_str()
            }
            _ => {}
        }
    }
    stages
}

fn write(
    plan: &Plan,
    old: &str,
    events: &[Event],
    at: DateTime<Utc>,
    only: Option<usize>,
    takes: &dyn Fn(usize, &Event) -> bool,
) -> ReusedEvents {
    let of = |event: &Event| member(plan, event.stage.as_deref()?);
    let taken: Vec<&Event> = events
        .iter()
        .filter(|event| of(event).is_some_and(|member| takes(member, event)))
        .collect();
    let members = plan.scope(0).members.len();
    let mut has = vec![false; members];
    for event in &taken {
        if let Some(member) = of(event) {
            has[member] = true;
        }
    }
    let Some(first) = events.first() else {
        return ReusedEvents::default();
    };
    let EventBody::RunStarted { input, format, .. } = &first.body else {
        return ReusedEvents::default();
    };
    // What was asked for holds for a retry, too. A run of a single stage executes that one, pinned or not.
    let again = asked_for(events);
    let selection = again.and_then(|again| match only {
        Some(only) => Some(Selection::Only(id(plan, only).to_string())),
        None => again.selection.clone(),
    });
    let through = taken.len() as u64 + 1;
    let given = again.map_or(0, |again| match only {
        Some(_) => through,
        None => taken.iter().filter(|one| one.seq <= again.given).count() as u64 + 1,
    });
    let pinned = again.map_or(&[][..], |again| &again.pinned[..]);
    let pinned = pinned.iter().filter(|pin| {
        let inside = plan
            .index
            .get(&*pin.stage)
            .map(|stage| plan.scope(0).place(*stage));
        only.is_none_or(|only| match inside.flatten() {
            Some(Place::Member(local)) => *local as usize != only,
            Some(Place::Inside(holders)) => !holders.iter().any(|one| *one as usize == only),
            None => true,
        })
    });
    let mut encoder = Encoder::after(0, first.at);
    let mut segments = Vec::new();
    let mut flush = |encoder: &mut Encoder, least: usize| {
        if encoder.buffer.len() > least {
            let (first_seq, count, body) = encoder.take();
            segments.push(TakenSegment {
                first_seq,
                count,
                body,
            });
        }
    };
    let started = EventBody::RunStarted {
        input: input.clone(),
        format: *format,
        reused: Some(Reused {
            run: old.to_owned(),
            through,
            at,
            only: only.map(|only| id(plan, only)),
            unchanged: None,
            selection,
            given,
            pinned: pinned.cloned().collect(),
        }),
    };
    encoder.taken_over(first.at, None, &started);
    for event in taken {
        let body = without_usage(&event.body);
        encoder.taken_over(event.at, event.stage.as_deref(), &body);
        flush(&mut encoder, SEGMENT);
    }
    if only.is_some() {
        let reason = SkipReason::NotSelected.as_str().to_owned();
        let skipped = EventBody::StageSkipped { reason };
        let at = encoder.not_before(at);
        for member in (0..members).filter(|member| !has[*member]) {
            encoder.taken_over(at, Some(&id(plan, member)), &skipped);
        }
    }
    let last_seq = encoder.last_seq();
    flush(&mut encoder, 0);
    let stages = (0..members).filter(|member| has[*member] && only != Some(*member));
    ReusedEvents {
        stages: stages.map(|member| id(plan, member)).collect(),
        segments,
        last_seq,
    }
}

fn without_usage(body: &EventBody) -> EventBody {
    let mut body = body.clone();
    if let EventBody::StageSucceeded { usage, .. } | EventBody::StageFailed { usage, .. } =
        &mut body
    {
        *usage = None;
    }
    body
}
