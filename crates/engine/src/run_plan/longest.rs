//! The longest path: the stages that run one after the other and together take the most time, by
//! their timeouts, retries and sleeps.
//!
//! The time is an upper bound for the work: time in a queue, or until the server has capacity, and
//! delays that a server asks for (`Retry-After`) come on top of it.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use serde::Serialize;

use super::{Outside, Pause, often};
use crate::{
    component::{Body, BranchRole},
    model::{Pipeline, RetryPolicy, Stage, Structure},
};

/// The longest path of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LongestPath {
    /// The number of stages in sequence, inner stages included. A loop counts each once.
    pub stages: u64,
    /// The time that they take at most, in milliseconds; without the parts in `open`.
    pub at_most_ms: u64,
    /// The stages whose time is not limited by the file: a loop, per item, and a sleep until a time.
    /// At most [`MAX_OPEN`]. If it is empty, `at_most_ms` is the limit.
    pub open: Vec<Step>,
    /// The time limit of the whole run in the file, in milliseconds.
    pub run_timeout_ms: Option<u64>,
    /// The stages, in order; at most [`MAX_STEPS`].
    pub steps: Vec<Step>,
}

/// A stage on the path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The stage's id.
    pub stage: String,
    /// How deep it is nested in control stages that are on the path.
    pub depth: u32,
    /// Its longest time in milliseconds; for a control stage, with its inner stages. In `open`: the
    /// time per item, or zero for a sleep.
    pub at_most_ms: u64,
}

/// The most steps that are listed.
pub const MAX_STEPS: usize = 100;
/// The most stages that are listed as open.
pub const MAX_OPEN: usize = 20;
/// The most retries whose delays are summed one by one; there are 10 at most in valid files.
const MAX_RETRIES: u32 = 100;

/// The longest time of something.
#[derive(Clone, Debug, Default)]
struct Bound {
    time: Duration,
    /// Stages without a limit, with their time per item.
    open: Vec<(u32, Duration)>,
    stages: u64,
}

impl Bound {
    fn then(&mut self, next: &Bound) {
        self.time = self.time.saturating_add(next.time);
        self.stages = self.stages.saturating_add(next.stages);
        for open in &next.open {
            if self.open.len() < MAX_OPEN && !self.open.iter().any(|(stage, _)| *stage == open.0) {
                self.open.push(*open);
            }
        }
    }

    /// By what bounds are compared: without a limit is longer than any limit.
    fn rank(&self) -> (bool, Duration, u64) {
        (!self.open.is_empty(), self.time, self.stages)
    }
}

/// The longest path through a scope.
#[derive(Clone, Debug, Default)]
struct Through {
    bound: Bound,
    /// Its members, in order.
    chain: Vec<u32>,
}

struct Walk<'a> {
    pipeline: &'a Pipeline,
    structure: &'a Structure,
    outside: &'a dyn Outside,
    scopes: Vec<Option<Through>>,
}

pub(super) fn of(
    pipeline: &Pipeline,
    structure: &Structure,
    outside: &dyn Outside,
) -> Option<LongestPath> {
    if structure.too_deep || structure.scopes.is_empty() {
        return None;
    }
    let mut walk = Walk {
        pipeline,
        structure,
        outside,
        scopes: vec![None; structure.scopes.len()],
    };
    let top = walk.through(0);
    let mut steps = Vec::new();
    walk.list(0, 0, &mut steps);
    let open = top.bound.open.iter();
    Some(LongestPath {
        stages: top.bound.stages,
        at_most_ms: ms(top.bound.time),
        open: open
            .filter_map(|(stage, time)| walk.step(*stage, 0, *time))
            .collect(),
        run_timeout_ms: pipeline.timeout.map(ms),
        steps,
    })
}

impl Walk<'_> {
    /// The longest path through a scope. The recursion is bounded: `too_deep` was checked.
    fn through(&mut self, scope: u32) -> Through {
        if let Some(Some(known)) = self.scopes.get(scope as usize) {
            return known.clone();
        }
        let structure = self.structure;
        let mut found = Through::default();
        if let Some(of) = structure.scopes.get(scope as usize) {
            let mut missing: HashMap<u32, usize> = of
                .members
                .iter()
                .map(|member| (member.stage, member.waits_for.len()))
                .collect();
            let places: HashMap<u32, usize> = of
                .members
                .iter()
                .enumerate()
                .map(|(place, member)| (member.stage, place))
                .collect();
            let mut ready: VecDeque<u32> = of
                .members
                .iter()
                .filter(|member| member.waits_for.is_empty())
                .map(|member| member.stage)
                .collect();
            // For each member: the bound with everything before it, and the member before it.
            let mut ends: HashMap<u32, (Bound, Option<u32>)> = HashMap::new();
            while let Some(stage) = ready.pop_front() {
                let Some(member) = places.get(&stage).and_then(|place| of.members.get(*place))
                else {
                    continue;
                };
                let own = self.stage(stage);
                let before = member
                    .waits_for
                    .iter()
                    .filter_map(|other| Some((*other, &ends.get(other)?.0)))
                    .reduce(|one, other| {
                        if other.1.rank() > one.1.rank() {
                            other
                        } else {
                            one
                        }
                    });
                let (mut bound, from) = match before {
                    Some((other, bound)) => (bound.clone(), Some(other)),
                    None => (Bound::default(), None),
                };
                bound.then(&own);
                ends.insert(stage, (bound, from));
                for later in &member.awaited_by {
                    if let Some(count) = missing.get_mut(later) {
                        *count = count.saturating_sub(1);
                        if *count == 0 {
                            ready.push_back(*later);
                        }
                    }
                }
            }
            // In the order of the file, so that the choice between equals is always the same.
            let mut last: Option<(u32, &Bound)> = None;
            for member in &of.members {
                if let Some((bound, _)) = ends.get(&member.stage)
                    && last.is_none_or(|(_, longest)| bound.rank() > longest.rank())
                {
                    last = Some((member.stage, bound));
                }
            }
            if let Some((stage, bound)) = last {
                let mut chain = vec![stage];
                let mut at = stage;
                while let Some((_, Some(before))) = ends.get(&at) {
                    chain.push(*before);
                    at = *before;
                }
                chain.reverse();
                found = Through {
                    bound: bound.clone(),
                    chain,
                };
            }
        }
        if let Some(place) = self.scopes.get_mut(scope as usize) {
            *place = Some(found.clone());
        }
        found
    }

    /// The scopes of a control stage that run one after the other: the longest of each role.
    fn inner(&mut self, stage: u32) -> Vec<(BranchRole, u32, Bound)> {
        let structure = self.structure;
        let opens = structure.stages.get(stage as usize).map(|s| &s.opens);
        let mut longest: Vec<(BranchRole, u32, Bound)> = Vec::new();
        for scope in opens.into_iter().flatten() {
            let role = structure.scopes.get(*scope as usize).and_then(|s| s.role);
            let Some(role) = role else { continue };
            let bound = self.through(*scope).bound;
            match longest.iter_mut().find(|(other, _, _)| *other == role) {
                Some(known) if bound.rank() > known.2.rank() => *known = (role, *scope, bound),
                Some(_) => {}
                None => longest.push((role, *scope, bound)),
            }
        }
        longest
    }

    /// The longest time of a stage, with its inner stages.
    fn stage(&mut self, number: u32) -> Bound {
        let pipeline = self.pipeline;
        let structure = self.structure;
        let both = pipeline.stages.get(number as usize);
        let both = both.zip(structure.stages.get(number as usize));
        let Some((stage, Some(component))) = both.map(|(stage, shape)| (stage, shape.component))
        else {
            return Bound {
                stages: 1,
                ..Bound::default()
            };
        };
        let is_control = matches!(component.body, Body::Control(_));
        let mut bound = Bound {
            time: match stage.timeout {
                // For a control stage, the stage's timeout includes the inner stages.
                Some(timeout) if !is_control => timeout,
                _ => component.timeout,
            },
            open: Vec::new(),
            stages: 1,
        };
        for (role, _, inner) in self.inner(number) {
            if role != BranchRole::Each {
                bound.then(&inner);
                continue;
            }
            match often::items(stage) {
                Some(items) => {
                    let factor = u32::try_from(items).unwrap_or(u32::MAX);
                    let all = Bound {
                        time: inner.time.saturating_mul(factor),
                        ..inner
                    };
                    bound.then(&all);
                }
                None => {
                    let mut open = vec![(number, inner.time)];
                    open.extend(inner.open);
                    let each = Bound {
                        time: Duration::ZERO,
                        open,
                        stages: inner.stages,
                    };
                    bound.then(&each);
                }
            }
        }
        match self.outside.pause(stage) {
            Some(Pause::For(time)) => bound.time = bound.time.saturating_add(time),
            Some(Pause::Open) => bound.open.push((number, Duration::ZERO)),
            None => {}
        }
        if let Some(deadline) = stage.timeout.filter(|_| is_control) {
            bound.time = match bound.open.is_empty() {
                true => bound.time.min(deadline),
                false => deadline,
            };
            bound.open.clear();
        }
        if let Some(policy) = &stage.retry {
            let attempts = policy.max_retries.saturating_add(1);
            bound.time = bound.time.saturating_mul(attempts);
            bound.time = bound.time.saturating_add(delays(policy));
        }
        bound
    }

    /// Lists the path through a scope, with what is inside its control stages.
    fn list(&mut self, scope: u32, depth: u32, out: &mut Vec<Step>) {
        for stage in self.through(scope).chain {
            if out.len() >= MAX_STEPS {
                return;
            }
            let time = self.stage(stage).time;
            out.extend(self.step(stage, depth, time));
            for (_, inner, _) in self.inner(stage) {
                self.list(inner, depth.saturating_add(1), out);
            }
        }
    }

    fn step(&self, stage: u32, depth: u32, time: Duration) -> Option<Step> {
        let stage: &Stage = self.pipeline.stages.get(stage as usize)?;
        Some(Step {
            stage: stage.id.value.clone(),
            depth,
            at_most_ms: ms(time),
        })
    }
}

/// The longest delays between the attempts, jitter included.
fn delays(policy: &RetryPolicy) -> Duration {
    let mut sum = Duration::ZERO;
    for retry in 0..policy.max_retries.min(MAX_RETRIES) {
        let exponent = i32::try_from(retry).unwrap_or(i32::MAX);
        let seconds =
            policy.initial_delay.as_secs_f64() * policy.multiplier.max(0.0).powi(exponent) * 1.25;
        // NaN and infinity give the longest delay.
        let delay = if seconds < policy.max_delay.as_secs_f64() {
            Duration::from_secs_f64(seconds.max(0.0))
        } else {
            policy.max_delay
        };
        sum = sum.saturating_add(delay);
    }
    sum
}

fn ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
