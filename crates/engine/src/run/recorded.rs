//! What a run has recorded that a stage of another text of the pipeline could read: its input, the
//! outputs of its stages and the names of `context`.
//!
//! If the run executed the stage, everything is as the stage saw it when it was first scheduled, so
//! inside a loop it is the first item. What the stage could not read then, such as the output of a
//! stage on which it depends only since, is what the run recorded of it later.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use types::RunId;

use super::{
    DecodeError, Event, EventBody, InputSources,
    drive::RunEnvironment,
    state::{Reading, State},
};
use crate::{Map, Value, expr::Scope, plan::Plan};

/// What is to be read of a run.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The ids of the stages whose outputs are wanted; `None`: all.
    pub stages: Option<HashSet<String>>,
    /// The wanted names of `context`.
    pub names: HashSet<String>,
}

impl Asked {
    fn wants(&self, id: &str) -> bool {
        self.stages
            .as_ref()
            .is_none_or(|wanted| wanted.contains(id))
    }
}

/// The output of a stage.
#[derive(Clone, Debug)]
struct Output {
    value: Value,
    skipped: bool,
}

/// What a run has recorded.
#[derive(Clone, Debug)]
pub struct Recorded {
    input: Value,
    outputs: HashMap<String, Output>,
    context: HashMap<String, Value>,
    whole_context: Value,
    at: DateTime<Utc>,
}

/// The first time that a stage was scheduled in a run: the position of the event, and the address.
fn first_scheduled(plan: &Plan, events: &[Event], stage: &str) -> Option<(usize, Arc<str>)> {
    let wanted = *plan.index.get(stage)?;
    events.iter().enumerate().find_map(|(at, event)| {
        let address = event.stage.as_ref()?;
        let is_it = matches!(event.body, EventBody::StageScheduled)
            && plan.stage_at(address) == Some(wanted);
        is_it.then(|| (at, address.clone()))
    })
}

impl Recorded {
    /// The numbers of the events whose values [`Recorded::of`] needs. A journal may hold references
    /// in their place (see [`super::artifact_ref`]), which are to be replaced before.
    pub fn needed(plan: &Plan, events: &[Event], stage: &str, asked: &Asked) -> HashSet<u64> {
        let first = first_scheduled(plan, events, stage);
        let sources = first.map(|(upto, address)| (upto, InputSources::of(plan, &address)));
        let is_needed = |(at, event): &(usize, &Event)| {
            let replayed = sources
                .as_ref()
                .is_some_and(|(upto, sources)| at <= upto && sources.has(plan, event));
            let read = match event.stage.as_deref() {
                None => matches!(event.body, EventBody::RunStarted { .. }),
                Some(address) => plan
                    .stage_at(address)
                    .is_some_and(|stage| asked.wants(plan.stage_id(stage))),
            };
            event.body.value().is_some() && (replayed || read)
        };
        let needed = events.iter().enumerate().filter(is_needed);
        needed.map(|(_, event)| event.seq).collect()
    }

    /// Reads what a run has recorded for the stage with this id, which the run need not have. No
    /// environment is read. Evaluates the expressions of control stages again, as a replay does.
    pub fn of(
        plan: &Arc<Plan>,
        run: RunId,
        events: &[Event],
        stage: &str,
        asked: &Asked,
    ) -> Result<Self, DecodeError> {
        let mut recorded = Self::at_the_end(plan, events, asked);
        let Some((upto, address)) = first_scheduled(plan, events, stage) else {
            return Ok(recorded);
        };
        let around = RunEnvironment::bare(plan.clone(), run, Arc::new(|_| None));
        let mut state = State::new(plan);
        state.begin_replay();
        around.replay(&mut state, events.get(..=upto).unwrap_or_default())?;
        let Some(at) = state.find(&address) else {
            return Ok(recorded);
        };
        for (id, number) in &plan.index {
            if !asked.wants(id) {
                continue;
            }
            let (value, skipped) = match state.read(at.frame, *number) {
                Reading::Absent => continue,
                Reading::Skipped => (Value::Null, true),
                Reading::Value(value) => (value.clone(), false),
            };
            let output = Output { value, skipped };
            recorded.outputs.insert(id.clone(), output);
        }
        let scope = around.scope(&state, at);
        for name in &asked.names {
            if let Some(value) = scope.context(name) {
                recorded.context.insert(name.clone(), value);
            }
        }
        recorded.whole_context = scope.context_map();
        recorded.at = scope.now();
        Ok(recorded)
    }

    /// What is left at the end of the run. Of a stage inside a loop, the first item that ended.
    fn at_the_end(plan: &Plan, events: &[Event], asked: &Asked) -> Self {
        let mut recorded = Self {
            input: Value::Null,
            outputs: HashMap::new(),
            context: HashMap::new(),
            whole_context: Map::default().into(),
            at: events
                .first()
                .map_or_else(Default::default, |event| event.at),
        };
        for event in events {
            if let EventBody::RunStarted { input, .. } = &event.body {
                recorded.input = input.clone();
            }
            let Some(stage) = event.stage.as_deref().and_then(|it| plan.stage_at(it)) else {
                continue;
            };
            let (value, skipped) = match &event.body {
                EventBody::StageSucceeded { output, .. } => (output.clone(), false),
                EventBody::StageSkipped { .. } => (Value::Null, true),
                _ => continue,
            };
            for name in &asked.names {
                // The last stage that sets a variable counts.
                if let Some(value) = value.get("variables").and_then(|all| all.get(name)) {
                    recorded.context.insert(name.clone(), value.clone());
                }
            }
            let id = plan.stage_id(stage);
            if asked.wants(id) && !recorded.outputs.contains_key(id) {
                let output = Output { value, skipped };
                recorded.outputs.insert(id.to_owned(), output);
            }
        }
        recorded
    }

    /// The run's input.
    pub fn input(&self) -> &Value {
        &self.input
    }

    /// The output of a stage; `None` if the run has none.
    pub fn output(&self, stage: &str) -> Option<&Value> {
        self.outputs.get(stage).map(|output| &output.value)
    }

    /// Whether the run skipped a stage.
    pub fn is_skipped(&self, stage: &str) -> bool {
        self.outputs.get(stage).is_some_and(|output| output.skipped)
    }

    /// A name of `context` that was asked for.
    pub fn context(&self, name: &str) -> Option<&Value> {
        self.context.get(name)
    }

    /// All of `context`, as far as the stage could read it.
    pub fn whole_context(&self) -> &Value {
        &self.whole_context
    }

    /// When the stage was scheduled; when the run began, if it never was.
    pub fn at(&self) -> DateTime<Utc> {
        self.at
    }
}
