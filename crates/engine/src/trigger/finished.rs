//! What a trigger waits for in the runs of other pipelines: that they end, all of several, several times, or
//! that one takes long.

use std::fmt::Write as _;

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Place,
    words::{length, list},
};
use crate::{Map, Value};

/// The first names of the places in the facts of a run.
pub(super) const RUN_FACTS: &[&str] = &[
    "trigger",
    "id",
    "state",
    "pipeline",
    "output",
    "error",
    "duration",
    "started_at",
    "finished_at",
    "count",
    "runs",
];

/// A trigger that fires for runs of other pipelines, in the same environment.
#[derive(Clone, Debug, PartialEq)]
pub struct RunTrigger {
    /// The names of the pipelines, each once; at least one.
    pub pipelines: Vec<String>,
    /// The states in which a run counts; at least one.
    pub states: Vec<RunState>,
    /// Whether it fires only when runs of all pipelines have ended since it fired last.
    pub all: bool,
    /// How many runs have to end.
    pub count: u32,
    /// Within how many seconds they have to end.
    pub within: u32,
    /// After how many seconds a run takes long. Then nothing else counts.
    pub longer_than: Option<u32>,
    /// For how many seconds after a firing it does not fire again.
    pub cooldown: u32,
    /// Whether the fields of the run's output are inputs.
    pub pass_output: bool,
    /// Inputs that come from the run: the name of the input and where its value is.
    pub mapping: Vec<(String, Place)>,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunState {
    /// It has an output.
    Succeeded,
    /// It has an error.
    Failed,
    /// Somebody cancelled it.
    Cancelled,
}

impl RunState {
    /// All states.
    pub const ALL: [Self; 3] = [Self::Succeeded, Self::Failed, Self::Cancelled];

    /// The name in a definition, which is that of the run's status.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// The end of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunEnd {
    /// The run.
    pub run: u128,
    /// Its pipeline; those that have one name count as one.
    pub pipeline: u128,
    /// How it ended.
    pub state: RunState,
    /// When it ended.
    pub at: DateTime<Utc>,
}

impl RunTrigger {
    /// Adds the end of a run to those that count so far. Returns the ends for which the trigger fires, the
    /// new one last; then nothing counts any more.
    pub fn add(&self, held: &mut Vec<RunEnd>, end: RunEnd) -> Option<Vec<RunEnd>> {
        if self.longer_than.is_some() || !self.states.contains(&end.state) {
            return None;
        }
        if self.all {
            // The latest of each pipeline counts.
            held.retain(|other| other.pipeline != end.pipeline);
        } else {
            let within = TimeDelta::seconds(i64::from(self.within));
            held.retain(|other| end.at - other.at <= within);
        }
        held.push(end);
        let wanted = match self.all {
            true => self.pipelines.len(),
            false => usize::try_from(self.count).unwrap_or(usize::MAX),
        };
        (held.len() >= wanted).then(|| std::mem::take(held))
    }

    /// When a run that began at `started` has taken long.
    pub fn is_long_at(&self, started: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let seconds = self.longer_than?;
        started.checked_add_signed(TimeDelta::seconds(i64::from(seconds)))
    }

    /// Whether the output of the run is needed for the input.
    pub fn needs_output(&self) -> bool {
        self.pass_output || self.mapping.iter().any(|(_, place)| place.is_in("output"))
    }

    /// The input of the run that a firing starts, made from the facts of the run for which it fires.
    pub fn input(&self, defaults: &Map, facts: &Value) -> Value {
        let mut input = defaults.clone();
        if self.pass_output
            && let Some(fields) = facts.get("output").and_then(Value::as_map)
        {
            for (name, value) in fields {
                input.insert(name.clone(), value.clone());
            }
        }
        put_mapped(&mut input, &self.mapping, facts);
        input.into()
    }

    /// What it waits for, in English.
    pub(super) fn words(&self) -> String {
        let names: Vec<&str> = self.pipelines.iter().map(String::as_str).collect();
        let names = list(&names);
        let states: Vec<&str> = self.states.iter().map(|state| state.as_str()).collect();
        let states = match states.len() {
            3 => "ended".to_owned(),
            _ => states.join(" or "),
        };
        let mut out = match (self.longer_than, self.all, self.count) {
            (Some(seconds), _, _) => format!(
                "whenever a run of {names} takes longer than {}",
                length(u64::from(seconds))
            ),
            (None, true, _) => format!("whenever runs of {names} have all {states}"),
            (None, false, 1) => format!("whenever a run of {names} has {states}"),
            (None, false, count) => format!(
                "whenever {count} runs of {names} have {states} within {}",
                length(u64::from(self.within))
            ),
        };
        if self.cooldown > 0 {
            let pause = length(u64::from(self.cooldown));
            let _ = write!(out, ", at most once in {pause}");
        }
        out
    }
}

/// Puts what a mapping finds into an input. What is not there keeps its default; the pipeline's schema says
/// whether that is enough.
pub(super) fn put_mapped(input: &mut Map, mapping: &[(String, Place)], facts: &Value) {
    for (name, place) in mapping {
        if let Some(value) = place.find(facts) {
            input.insert(name.as_str().into(), value.clone());
        }
    }
}
