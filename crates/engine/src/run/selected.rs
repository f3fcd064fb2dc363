//! The beginning of a run of a draft: which stages it executes, and where the other results come from.
//!
//! A stage that is not executed has its result, or is skipped, in events before the first stage runs. Of a
//! control stage only its own result is taken over, not what is inside of it: what it decided may have
//! depended on another input. So nothing that is executed may read a stage inside of it.
//!
//! A pinned stage takes its turn like any other, so that what waits for it waits for the stages before it,
//! too. When its turn comes, it has the pinned output, and nothing is executed.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Event, EventBody, FORMAT, Reused, SkipReason, Unchanged,
    encode::Encoder,
    reuse::{NotReusable, ReusedEvents, SEGMENT, TakenSegment, id, member, upstream},
};
use crate::{
    Value,
    model::OnError,
    plan::{Place, Plan},
};

/// Which stages a run of a draft executes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Selection {
    /// All stages.
    #[default]
    All,
    /// This stage, and what it depends on.
    UpTo(String),
    /// This stage, and what depends on it.
    From(String),
    /// This stage.
    Only(String),
}

impl Selection {
    /// Whether what is not executed comes from an earlier run.
    pub fn needs_results(&self) -> bool {
        matches!(self, Self::From(_) | Self::Only(_))
    }
}

/// A stage that is not executed, with its output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pinned {
    /// The stage's id. In a loop, every item has the output.
    pub stage: Arc<str>,
    /// The output. In a journal it may be a reference to an artifact.
    pub output: Value,
}

/// An earlier run, whose version may be another one.
#[derive(Clone, Copy, Debug)]
pub struct OldRun<'a> {
    /// Its id.
    pub run: &'a str,
    /// The plan that it executed.
    pub plan: &'a Plan,
    /// Its events.
    pub events: &'a [Event],
}

/// What a run of a draft begins with.
#[derive(Clone, Debug, Default)]
pub struct Begin {
    /// Which stages it executes.
    pub selection: Selection,
    /// The pins of the draft. Those of stages that it does not have are ignored.
    pub pins: Vec<Pinned>,
    /// The earlier run whose results are taken over where nothing changed, and how. Only without
    /// [`Selection::needs_results`].
    pub unchanged: Option<(String, Unchanged)>,
    /// The input, which may be a reference to an artifact.
    pub input: Value,
}

/// The events that a run of a draft begins with. None if it executes everything and takes over nothing.
/// `old` is the run that the results of [`Selection::needs_results`] come from.
pub fn selected(
    plan: &Plan,
    begin: Begin,
    old: Option<OldRun<'_>>,
    at: DateTime<Utc>,
) -> Result<ReusedEvents, NotReusable> {
    let executed = executed(plan, &begin.selection)?;
    let old = old.filter(|_| begin.selection.needs_results());
    let pins: Vec<Pinned> = begin
        .pins
        .into_iter()
        .filter(|pin| plan.index.contains_key(&*pin.stage))
        .collect();
    let settled = settle(plan, &begin.selection, &executed, &pins, old)?;
    let settles = |member: usize| settled.iter().any(|(one, _)| *one == member);
    let is_pinned = |stage: u32| pins.iter().any(|pin| *pin.stage == *plan.stage(stage).id);
    let sealed: Vec<bool> = (0..executed.len())
        .map(|member| {
            let stage = plan.scope(0).members[member].stage;
            let pinned = executed[member] && is_pinned(stage);
            plan.stage(stage).is_control() && (pinned || settles(member))
        })
        .collect();
    readable(plan, &executed, &sealed)?;
    let pinned: Vec<Pinned> = pins
        .into_iter()
        .filter(|pin| holders(plan, &pin.stage).any(|member| executed[member]))
        .collect();
    let skipped: Vec<usize> = (0..executed.len())
        .filter(|member| !executed[*member] && !settles(*member))
        .collect();
    if settled.is_empty() && skipped.is_empty() && pinned.is_empty() && begin.unchanged.is_none() {
        return Ok(ReusedEvents::default());
    }
    let (mut run, mut unchanged) = (String::new(), None);
    if let Some(old) = old {
        old.run.clone_into(&mut run);
    } else if let Some((from, how)) = begin.unchanged {
        (run, unchanged) = (from, Some(how));
    }
    let only = match &begin.selection {
        Selection::Only(stage) => Some(stage.as_str().into()),
        _ => None,
    };
    let lengths = settled.iter().map(|(_, events)| events.len());
    let through = lengths.sum::<usize>() as u64 + 1;
    let started = EventBody::RunStarted {
        input: begin.input,
        format: FORMAT,
        reused: Some(Reused {
            run,
            through,
            at,
            only,
            unchanged,
            selection: Some(begin.selection),
            given: through,
            pinned,
        }),
    };
    Ok(written(plan, &started, &settled, &skipped, at))
}

/// The events of a top-level stage that is over before the run begins.
type Settled = (usize, Vec<EventBody>);

fn written(
    plan: &Plan,
    started: &EventBody,
    settled: &[Settled],
    skipped: &[usize],
    at: DateTime<Utc>,
) -> ReusedEvents {
    let mut encoder = Encoder::after(0, at);
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
    encoder.taken_over(at, None, started);
    flush(&mut encoder, SEGMENT);
    for (member, events) in settled {
        let id = id(plan, *member);
        for event in events {
            encoder.taken_over(at, Some(&id), event);
            flush(&mut encoder, SEGMENT);
        }
    }
    let skip = EventBody::StageSkipped {
        reason: SkipReason::NotSelected.as_str().to_owned(),
    };
    for member in skipped {
        encoder.taken_over(at, Some(&id(plan, *member)), &skip);
        flush(&mut encoder, SEGMENT);
    }
    let last_seq = encoder.last_seq();
    flush(&mut encoder, 0);
    ReusedEvents {
        stages: settled
            .iter()
            .map(|(member, _)| id(plan, *member))
            .collect(),
        segments,
        last_seq,
    }
}

/// Which top-level stages are executed.
fn executed(plan: &Plan, selection: &Selection) -> Result<Vec<bool>, NotReusable> {
    let members = plan.scope(0).members.len();
    let mut executed = vec![false; members];
    match selection {
        Selection::All => executed.fill(true),
        Selection::Only(stage) => executed[top_level(plan, stage)?] = true,
        Selection::UpTo(stage) => {
            executed[top_level(plan, stage)?] = true;
            before(plan, &mut executed);
        }
        Selection::From(stage) => {
            let mut dependents = vec![Vec::new(); members];
            for member in 0..members {
                for earlier in upstream(plan, member) {
                    dependents[earlier].push(member);
                }
            }
            let mut todo = vec![top_level(plan, stage)?];
            while let Some(member) = todo.pop() {
                if !std::mem::replace(&mut executed[member], true) {
                    todo.extend_from_slice(&dependents[member]);
                }
            }
        }
    }
    Ok(executed)
}

/// Adds everything that these top-level stages depend on.
fn before(plan: &Plan, members: &mut [bool]) {
    let mut todo: Vec<usize> = (0..members.len()).filter(|at| members[*at]).collect();
    while let Some(member) = todo.pop() {
        for earlier in upstream(plan, member) {
            if !std::mem::replace(&mut members[earlier], true) {
                todo.push(earlier);
            }
        }
    }
}

/// The top-level stage with an id.
pub(super) fn top_level(plan: &Plan, stage: &str) -> Result<usize, NotReusable> {
    let unknown = || NotReusable::Unknown(stage.to_owned());
    let number = *plan.index.get(stage).ok_or_else(unknown)?;
    match plan.scope(0).place(number) {
        Some(Place::Member(local)) => Ok(*local as usize),
        Some(Place::Inside(holders)) => {
            let holder = holders.first().map_or(0, |holder| *holder as usize);
            Err(NotReusable::Inner {
                stage: stage.to_owned(),
                control: id(plan, holder).to_string(),
            })
        }
        None => Err(unknown()),
    }
}

/// The top-level stages that a stage is, or is inside of.
fn holders(plan: &Plan, stage: &str) -> impl Iterator<Item = usize> {
    let place = plan
        .index
        .get(stage)
        .and_then(|number| plan.scope(0).place(*number));
    let locals = match place {
        Some(Place::Member(local)) => std::slice::from_ref(local),
        Some(Place::Inside(holders)) => &holders[..],
        None => &[][..],
    };
    locals.iter().map(|local| *local as usize)
}

/// What the stages have that are not executed, as far as it is wanted: their pins, and the results of the
/// earlier run.
fn settle(
    plan: &Plan,
    selection: &Selection,
    executed: &[bool],
    pins: &[Pinned],
    old: Option<OldRun<'_>>,
) -> Result<Vec<Settled>, NotReusable> {
    if !selection.needs_results() {
        return Ok(Vec::new());
    }
    let mut needed = executed.to_vec();
    before(plan, &mut needed);
    let ends = old.map(|old| ends(plan, old)).unwrap_or_default();
    let mut settled = Vec::new();
    for member in (0..executed.len()).filter(|member| !executed[*member]) {
        if !needed[member] && matches!(selection, Selection::Only(_)) {
            continue;
        }
        let stage = plan.stage(plan.scope(0).members[member].stage);
        let pin = pins.iter().find(|pin| *pin.stage == *stage.id);
        let end = match pin {
            Some(pin) => Some(EventBody::StageSucceeded {
                attempt: 1,
                output: pin.output.clone(),
                logs: Vec::new(),
                usage: None,
                taken_over: true,
            }),
            None => ends.get(member).cloned().flatten(),
        };
        match end {
            Some(skip @ EventBody::StageSkipped { .. }) => settled.push((member, vec![skip])),
            Some(end) => {
                let mut events = vec![EventBody::StageScheduled];
                // The start of a control stage would begin what is inside of it.
                if !stage.is_control() {
                    events.push(EventBody::StageStarted {
                        attempt: 1,
                        deadline: None,
                        items: None,
                    });
                }
                events.push(end);
                settled.push((member, events));
            }
            None if needed[member] => return Err(NotReusable::NoResult(stage.id.to_string())),
            None => {}
        }
    }
    Ok(settled)
}

/// How each top-level stage of the plan ended in an earlier run, if it can be taken over.
fn ends(plan: &Plan, old: OldRun<'_>) -> Vec<Option<EventBody>> {
    let mut ends = vec![None; plan.scope(0).members.len()];
    for event in old.events {
        let Some(address) = event.stage.as_deref() else {
            continue;
        };
        let was = member(old.plan, address).filter(|was| *id(old.plan, *was) == *address);
        let (Some(_), Ok(now)) = (was, top_level(plan, address)) else {
            continue;
        };
        let on_error = plan.stage(plan.scope(0).members[now].stage).on_error;
        ends[now] = match &event.body {
            EventBody::StageSucceeded { output, logs, .. } => Some(EventBody::StageSucceeded {
                attempt: 1,
                output: output.clone(),
                logs: logs.clone(),
                usage: None,
                taken_over: true,
            }),
            EventBody::StageFailed {
                error,
                last: true,
                logs,
                ..
            } if on_error != OnError::Fail => Some(EventBody::StageFailed {
                attempt: 1,
                error: error.clone(),
                last: true,
                logs: logs.clone(),
                usage: None,
            }),
            EventBody::StageSkipped { reason } if reason == SkipReason::Dependency.as_str() => {
                Some(event.body.clone())
            }
            _ => continue,
        };
    }
    ends
}

/// Checks that nothing that is executed reads a stage inside of a control stage of which only the result
/// is there.
fn readable(plan: &Plan, executed: &[bool], sealed: &[bool]) -> Result<(), NotReusable> {
    if !sealed.contains(&true) {
        return Ok(());
    }
    let top = plan.scope(0);
    let check = |reader: u32, read: u32| {
        let Some(Place::Inside(holders)) = top.place(read) else {
            return Ok(());
        };
        match holders.iter().find(|holder| sealed[**holder as usize]) {
            None => Ok(()),
            Some(holder) => Err(NotReusable::ReadsInside {
                reader: plan.stage(reader).id.to_string(),
                stage: plan.stage(read).id.to_string(),
                control: id(plan, *holder as usize).to_string(),
            }),
        }
    };
    for (at, member) in top.members.iter().enumerate() {
        if executed[at] && !sealed[at] {
            for read in &member.depends_on {
                check(member.stage, *read)?;
            }
        }
    }
    for reader in 0..u32::try_from(plan.len()).unwrap_or(u32::MAX) {
        let stage = plan.stage(reader);
        if !holders(plan, &stage.id).any(|holder| executed[holder] && !sealed[holder]) {
            continue;
        }
        let written = stage.variables.iter().flat_map(|(_, writers)| writers);
        for read in stage.reads.iter().chain(written) {
            check(reader, *read)?;
        }
    }
    Ok(())
}
