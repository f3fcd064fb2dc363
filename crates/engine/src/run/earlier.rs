//! The results of an earlier run, for a run that repeats only what has changed since.
//!
//! A stage takes over the result of the stage with the same id if it has the same component, model
//! settings and resolved input, and if running it again would be a repetition only: it computes, or
//! it calls a model. What reads or changes something outside runs again, unless whoever started the
//! run allows otherwise. A changed place in the file, another version or another `depends_on` is no
//! obstacle: they matter only as far as they change what the stage receives.
//!
//! The decision is made when the input is known, so a stage after one that ran again and gave the
//! same output is reused too. Stages inside control stages are compared one by one, and those of a
//! loop also with other items of the earlier run. A control stage itself always runs: it decides
//! anew, which costs nothing, and a `wait` waits. A stage whose input contains the current time has
//! another input each time, so it runs; so does one that reads the environment.

use std::{
    collections::HashMap,
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use sha2::{Digest, Sha256};
use types::RunId;

use super::{
    DecodeError, Env, Event, EventBody,
    drive::{RunEnvironment, resolve},
    reuse::asked_for,
    state::{At, State},
};
use crate::{
    Value,
    component::{EffectKind, LogLine},
    plan::{LazyCode, Plan, PlanStage},
};

/// The estimated size above which inputs are not compared, in bytes.
const COMPARED: usize = 16 * 1024 * 1024;

/// How much a run compares altogether, in bytes: it happens on the thread of the run's driver, and what a
/// loop reads counts for each item. What is left then runs.
const COMPARED_IN_ALL: usize = 1024 * 1024 * 1024;

/// How long inputs of the earlier run are resolved. Each may take as long as an expression may, and a loop
/// may have many thousands. What is left then runs.
const TIME: Duration = Duration::from_secs(5);

/// The names of an expression that stand for something other than the run's values. Text that
/// contains one of them in any place counts as reading it.
const OUTSIDE: [&str; 3] = ["now", "time", "env"];

/// What identifies a stage's work: its id, component, settings and input, as a hash.
type Fingerprint = [u8; 32];

/// The results of an earlier run, by what they were computed from.
#[derive(Debug)]
pub struct Earlier {
    outside: bool,
    /// How much may still be compared, in bytes.
    pub(super) left: AtomicUsize,
    results: Vec<Taken>,
    by_address: HashMap<Arc<str>, usize>,
    by_work: HashMap<Fingerprint, usize>,
}

#[derive(Clone, Debug)]
struct Taken {
    work: Fingerprint,
    output: Value,
    logs: Vec<LogLine>,
}

impl Earlier {
    /// Reads a run's results. `events` must contain the values themselves (see
    /// [`super::load_artifacts`]); `plan` is that of the version that it executed. What a run of a draft
    /// began with, and pinned outputs, are left out. `outside`:
    /// whether stages that read or change something outside may be reused too. Evaluates the
    /// expressions of its stages, for five seconds at most.
    pub fn of(
        plan: &Arc<Plan>,
        run: RunId,
        env: &Env,
        events: &[Event],
        outside: bool,
    ) -> Result<Self, DecodeError> {
        Self::within(TIME, (plan, run, env), events, outside)
    }

    pub(super) fn within(
        time: Duration,
        (plan, run, env): (&Arc<Plan>, RunId, &Env),
        events: &[Event],
        outside: bool,
    ) -> Result<Self, DecodeError> {
        let begun = Instant::now();
        let reads_env = Arc::new(AtomicBool::new(false));
        let (told, reads) = (reads_env.clone(), env.clone());
        let watched: Env = Arc::new(move |name: &str| {
            told.store(true, Ordering::Relaxed);
            reads(name)
        });
        let around = RunEnvironment::bare(plan.clone(), run, watched);
        let mut state = State::new(plan);
        state.begin_replay();
        let mut scheduled: HashMap<Arc<str>, Fingerprint> = HashMap::new();
        let mut earlier = Self {
            outside,
            left: AtomicUsize::new(COMPARED_IN_ALL),
            results: Vec::new(),
            by_address: HashMap::new(),
            by_work: HashMap::new(),
        };
        let asked = asked_for(events);
        let (given, pins) = asked.map_or((0, &[][..]), |asked| (asked.given, &asked.pinned[..]));
        // They are not what the stages would have given for their inputs.
        let is_given = |event: &Event, address: &str| {
            let stage = plan.stage_at(address).map(|stage| plan.stage_id(stage));
            event.seq <= given || pins.iter().any(|pin| Some(&*pin.stage) == stage)
        };
        for event in events {
            if begun.elapsed() >= time {
                tracing::warn!(%run, "the results of an earlier run are reused in part: reading takes too long");
                break;
            }
            around.replay(&mut state, std::slice::from_ref(event))?;
            let Some(address) = &event.stage else {
                continue;
            };
            match &event.body {
                EventBody::StageScheduled => {
                    scheduled.remove(address);
                    reads_env.store(false, Ordering::Relaxed);
                    let work = resolved(&around, &state, address);
                    if let Some(work) = work.filter(|_| !reads_env.load(Ordering::Relaxed)) {
                        scheduled.insert(address.clone(), work);
                    }
                }
                EventBody::StageSucceeded { output, logs, .. } => {
                    let work = scheduled.remove(address);
                    if let Some(work) = work.filter(|_| !is_given(event, address)) {
                        earlier.add(address.clone(), work, output, logs);
                    }
                }
                _ => {}
            }
        }
        Ok(earlier)
    }

    fn add(&mut self, address: Arc<str>, work: Fingerprint, output: &Value, logs: &[LogLine]) {
        let number = self.results.len();
        self.results.push(Taken {
            work,
            output: output.clone(),
            logs: logs.to_vec(),
        });
        self.by_address.insert(address, number);
        self.by_work.entry(work).or_insert(number);
    }

    /// Adds the results of a run before that one which it does not have itself.
    pub fn add_missing(&mut self, before: &Earlier) {
        for (work, number) in &before.by_work {
            let Some(found) = before.results.get(*number) else {
                continue;
            };
            if !self.by_work.contains_key(work) {
                self.by_work.insert(*work, self.results.len());
                self.results.push(found.clone());
            }
        }
    }

    /// How many results there are.
    pub fn len(&self) -> usize {
        self.results.len()
    }

    /// Whether there is nothing to take over.
    pub fn is_empty(&self) -> bool {
        self.results.is_empty()
    }

    /// The output and the log lines that the stage takes over; `None` if it must run.
    pub(crate) fn result(
        &self,
        around: &RunEnvironment,
        state: &State<'_>,
        at: At,
        effect: EffectKind,
        input: &Value,
    ) -> Option<(&Value, &[LogLine])> {
        let is_repetition = matches!(effect, EffectKind::Pure | EffectKind::Call);
        if self.is_empty() || !(is_repetition || self.outside) {
            return None;
        }
        let work = fingerprint(around, state, at, input, &self.left)?;
        let same = self.by_address.get(&state.address(at)).copied();
        let same = same.filter(|number| self.results.get(*number).is_some_and(|r| r.work == work));
        // The same item of a loop may have another number now. Two equal effects are two effects.
        let other = || self.by_work.get(&work).copied().filter(|_| is_repetition);
        let found = self.results.get(same.or_else(other)?)?;
        Some((&found.output, &found.logs))
    }
}

/// What a stage that was just scheduled works on; `None` if that cannot be compared.
fn resolved(around: &RunEnvironment, state: &State<'_>, address: &str) -> Option<Fingerprint> {
    let at = state.find(address)?;
    let stage = state.plan.stage(state.stage_of(at));
    if stage.is_control() {
        return None;
    }
    let scope = around.scope(state, at);
    let (input, _grant) = resolve(stage, &scope, None, around.memory.empty());
    // The time is limited here.
    let left = AtomicUsize::new(usize::MAX);
    fingerprint(around, state, at, &input.ok()?, &left)
}

fn fingerprint(
    around: &RunEnvironment,
    state: &State<'_>,
    at: At,
    input: &Value,
    left: &AtomicUsize,
) -> Option<Fingerprint> {
    let stage = state.plan.stage(state.stage_of(at));
    let size = input.size(COMPARED);
    if stage.is_control() || size > COMPARED {
        return None;
    }
    // What the body evaluates itself depends on what its expressions can read.
    let read = match evaluates(stage)? {
        true => around.snapshot(state, at).values(state.plan),
        false => Value::Null,
    };
    let read_size = read.size(COMPARED);
    if read_size > COMPARED {
        return None;
    }
    let still = left.load(Ordering::Relaxed).checked_sub(size + read_size)?;
    left.store(still, Ordering::Relaxed);
    let work = Value::from(vec![
        Value::from(&*stage.id),
        Value::from(stage.component.name),
        Value::from(format!("{:?}", stage.llm)),
        input.clone(),
        read,
    ]);
    let mut hash = Hashing(Sha256::new());
    serde_json::to_writer(&mut hash, &work).ok()?;
    Some(hash.0.finalize().into())
}

/// Whether the body evaluates expressions itself; `None` if they may read more than the run's values.
fn evaluates(stage: &PlanStage) -> Option<bool> {
    let mut evaluates = false;
    for lazy in &stage.lazy {
        if matches!(lazy.code, LazyCode::Literal) {
            continue;
        }
        let text = lazy.raw.to_json();
        if OUTSIDE.iter().any(|name| text.contains(name)) {
            return None;
        }
        evaluates = true;
    }
    Some(evaluates)
}

/// Hashes what is written to it.
struct Hashing(Sha256);

impl io::Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
