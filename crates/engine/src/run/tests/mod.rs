//! Tests of the executor as a whole: small components, real runs, and checks of the journal.

mod basics;
mod cause;
mod components;
mod control;
mod crash;
mod deadline;
mod earlier;
mod golden;
mod limits;
mod model;
mod one_stage;
mod progress;
mod reference;
mod repeat;
mod retry;
mod reuse;
mod selected;
mod stop;
mod variables;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use parking_lot::Mutex;
use tokio::sync::mpsc;
use types::{Clock, RunId};

use super::{
    Event, EventBody, Outcome, RunHost, RunResult, RunSpec, RunStatus, RunView, Signal, drive,
    local::{self, MemoryJournal},
    stage_input,
};
use crate::{
    Value,
    component::{Registry, Resources, StageError},
    model::Pipeline,
    plan::Plan,
};

/// Records what the tests' components did.
#[derive(Default)]
pub struct World {
    /// The address, attempt and idempotency key of each body that started.
    pub began: Mutex<Vec<(String, u32, String)>>,
    /// The addresses of bodies that ended by themselves.
    pub ended: Mutex<Vec<String>>,
    /// The number of bodies that are running.
    pub at_work: std::sync::atomic::AtomicUsize,
    /// The highest number of bodies that ran at the same time.
    pub most: std::sync::atomic::AtomicUsize,
}

impl World {
    pub fn count(&self, address: &str) -> usize {
        self.began
            .lock()
            .iter()
            .filter(|(a, ..)| a == address)
            .count()
    }
}

pub fn registry() -> Registry {
    use components::*;
    Registry::new([
        &VARIABLE_SET,
        &ECHO,
        &WRAP,
        &WORK,
        &ONCE,
        &FOREACH,
        &ROUTER,
        &TRYCATCH,
        &RETURN,
        &WAIT,
        &HOT,
        &PANICS,
    ])
}

pub fn plan(stages: &str) -> Arc<Plan> {
    plan_of(&format!(r#"{{"name":"t","stages":[{stages}]}}"#))
}

pub fn plan_of(text: &str) -> Arc<Plan> {
    let pipeline = Pipeline::parse(text, &registry()).unwrap_or_else(|e| panic!("{e:#?}"));
    Arc::new(Plan::compile(&pipeline, &registry()).unwrap_or_else(|e| panic!("{e:#?}")))
}

/// A host in memory, bound to one world.
pub struct Rig {
    pub host: RunHost,
    pub journal: Arc<MemoryJournal>,
    pub world: Arc<World>,
    pub plan: Arc<Plan>,
    pub input: Value,
    pub run_id: RunId,
    pub timeout: Option<Duration>,
}

impl Rig {
    pub fn new(plan: Arc<Plan>) -> Self {
        let (mut host, journal) = local::host(Clock::system());
        let world = Arc::new(World::default());
        host.resources = Resources::default().with(WorldRef(world.clone()));
        Self {
            host,
            journal,
            world,
            plan,
            input: Value::parse_json(r#"{"n":1}"#).unwrap(),
            run_id: RunId::new(&Clock::system()),
            timeout: None,
        }
    }

    pub fn spec(&self) -> RunSpec {
        RunSpec {
            run_id: self.run_id,
            plan: self.plan.clone(),
            input: self.input.clone(),
            timeout: self.timeout,
        }
    }

    pub async fn drive(&self, history: Vec<Event>) -> Outcome {
        let (_sender, signals) = mpsc::channel(4);
        let driven = tokio::spawn(drive(self.spec(), self.host.clone(), history, signals));
        tokio::time::timeout(Duration::from_secs(20), driven)
            .await
            .unwrap_or_else(|_| panic!("the run hangs: {:#?}", story(&self.events())))
            .unwrap()
    }

    pub async fn finish(&self) -> RunResult {
        match self.drive(Vec::new()).await {
            Outcome::Finished(result) => {
                one_stage::check(self);
                result
            }
            other => panic!("{other:?}"),
        }
    }

    pub fn events(&self) -> Vec<Event> {
        self.journal.events().unwrap()
    }

    /// Resolves a stage's input from the journal.
    pub fn input_of(&self, address: &str) -> Result<Value, StageError> {
        let (plan, env) = (&self.plan, &self.host.env);
        stage_input(plan, self.run_id, env, &self.events(), address)
    }

    pub fn view(&self) -> RunView {
        RunView::fold(&self.plan, &self.events())
    }

    /// Drives the run in the background; returns the sender for signals.
    pub fn begin(&self) -> (mpsc::Sender<Signal>, tokio::task::JoinHandle<Outcome>) {
        let (sender, signals) = mpsc::channel(4);
        let run = drive(self.spec(), self.host.clone(), Vec::new(), signals);
        (sender, tokio::spawn(run))
    }

    /// Waits until a stage's body is running.
    pub async fn until_began(&self, address: &str) {
        for _ in 0..2_000 {
            if self.world.count(address) > 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        panic!("`{address}` never started");
    }
}

/// Waits for something that must happen within `turns` turns of a timer of 1 ms. On a busy machine
/// the turns take longer, as does what is awaited, so that the test does not fail for lack of
/// processor time.
pub async fn within_turns<T>(turns: u32, what: impl Future<Output = T>) -> T {
    let timer = async {
        for _ in 0..turns {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        biased;
        done = what => done,
        () = timer => panic!("nothing happened within {turns} turns"),
    }
}

pub struct WorldRef(pub Arc<World>);

pub async fn run(stages: &str) -> (RunResult, Rig) {
    let rig = Rig::new(plan(stages));
    (rig.finish().await, rig)
}

/// `address type` for each event, in order.
pub fn story(events: &[Event]) -> Vec<String> {
    events
        .iter()
        .map(|e| format!("{} {}", e.stage.as_deref().unwrap_or("-"), e.body.kind()))
        .collect()
}

/// The rules that hold for every journal: numbers without gaps, times that never decrease, one
/// terminal event at the end, and at most one result per address and activation.
pub fn check_journal(events: &[Event]) {
    let mut ended: HashSet<Arc<str>> = HashSet::new();
    let mut begun: HashSet<Arc<str>> = HashSet::new();
    // Control stages between two attempts, with the number of the last attempt.
    let mut between: HashMap<Arc<str>, u32> = HashMap::new();
    for (at, event) in events.iter().enumerate() {
        assert_eq!(event.seq, at as u64 + 1, "V5");
        assert!(at == 0 || events[at - 1].at <= event.at, "times decrease");
        let last = matches!(event.body, EventBody::RunFinished { .. });
        assert_eq!(
            last,
            at + 1 == events.len(),
            "V2: one terminal event, the last"
        );
        let over = matches!(
            event.body,
            EventBody::StageSucceeded { .. }
                | EventBody::StageSkipped { .. }
                | EventBody::StageFailed { last: true, .. }
        );
        if let Some(stage) = &event.stage {
            for control in between.keys() {
                assert!(
                    !is_inside(stage, control),
                    "V3: `{stage}` goes on while `{control}` is between attempts"
                );
            }
            match &event.body {
                EventBody::StageFailed { attempt, last, .. } if !last => {
                    between.insert(stage.clone(), *attempt);
                }
                // A new attempt, and only that, starts the inner stages again.
                EventBody::StageStarted { attempt, .. } if *attempt > 1 => {
                    assert_eq!(between.remove(stage), Some(attempt - 1), "{stage}");
                    ended.retain(|inner| !is_inside(inner, stage));
                    begun.retain(|inner| !is_inside(inner, stage));
                }
                EventBody::StageFailed { .. } | EventBody::StageSkipped { .. } => {
                    between.remove(stage);
                }
                _ => {}
            }
            begun.insert(stage.clone());
            if matches!(
                event.body,
                EventBody::StageSucceeded { .. } | EventBody::StageFailed { .. }
            ) {
                for inner in begun.iter().filter(|inner| is_inside(inner, stage)) {
                    assert!(ended.contains(inner), "`{stage}` ends before `{inner}`");
                }
            }
            assert!(
                !over || ended.insert(stage.clone()),
                "V3: `{stage}` ends twice"
            );
            assert!(
                over || !ended.contains(stage),
                "V3: `{stage}` goes on after its result"
            );
        }
    }
}

/// Whether an address is inside the control stage with the other address.
pub fn is_inside(address: &str, control: &str) -> bool {
    address
        .strip_prefix(control)
        .is_some_and(|rest| rest.starts_with(['/', '[']))
}

fn json(text: &str) -> Value {
    Value::parse_json(text).unwrap()
}

fn failed_code(result: &RunResult) -> &'static str {
    assert_eq!(result.status, RunStatus::Failed);
    result.error.as_ref().unwrap().code.as_str()
}
