//! Random pipelines, random orders of completion, crashes at any event: the state machine against
//! the model in `reference`.

use std::collections::{HashMap, HashSet};

use chrono::DateTime;
use proptest::prelude::*;
use rand::{Rng, SeedableRng, rngs::StdRng};

use super::{
    reference::{Kind, Node, ROUTES, model, scope, write},
    *,
};
use crate::{
    component::{Body, Directive, ForEach, TryCatch},
    run::{
        Failure,
        state::{At, Command, State},
    },
};

/// Drives the state machine without time or threads.
struct Simulation<'p> {
    nodes: HashMap<String, (Node, Vec<String>)>,
    state: State<'p>,
    events: Vec<Event>,
    in_flight: Vec<At>,
    /// Executions per address in this life.
    executed: HashMap<String, u32>,
}

fn index(nodes: &[Node], out: &mut HashMap<String, (Node, Vec<String>)>) {
    for node in nodes {
        let deps = node.deps.iter().map(|d| nodes[*d].id.clone()).collect();
        out.insert(node.id.clone(), (node.clone(), deps));
        node.inner.iter().for_each(|(_, _, list)| index(list, out));
    }
}

impl Simulation<'_> {
    fn write(&mut self, at: Option<At>, body: EventBody) {
        let seq = self.events.len() as u64 + 1;
        let stage = at.map(|at| self.state.address(at));
        self.events.push(Event {
            seq,
            at: DateTime::UNIX_EPOCH,
            stage,
            body,
        });
    }

    fn node(&self, at: At) -> &Node {
        &self.nodes[self.state.plan.stage_id(self.state.stage_of(at))].0
    }

    fn directive(&self, at: At) -> Directive {
        match &self.node(at).kind {
            Kind::Foreach {
                items,
                parallel,
                break_on_error,
            } => Directive::ForEach(ForEach {
                items: (0..*items).map(|i| Value::Int(i64::from(i))).collect(),
                item_variable: "item".into(),
                index_variable: "index".into(),
                parallel: *parallel,
                collect: true,
                break_on_error: *break_on_error,
                output: Value::Null,
            }),
            Kind::Router(route) => Directive::Choose {
                branches: vec![ROUTES[*route].to_owned()],
                output: Value::Null,
            },
            Kind::Try { propagate } => Directive::TryCatch(TryCatch {
                propagate: *propagate,
                catch_codes: Vec::new(),
                output: Value::Null,
            }),
            _ => unreachable!(),
        }
    }

    fn start(&mut self, at: At) {
        let component = self.state.plan.component(self.state.stage_of(at));
        if matches!(component.body, Body::Control(_)) {
            let directive = self.directive(at);
            self.state.direct(at, directive);
        } else {
            *self
                .executed
                .entry(self.state.address(at).to_string())
                .or_default() += 1;
            self.state.attempting(at);
            self.in_flight.push(at);
        }
    }

    fn fail(&mut self, at: At, mut failure: Failure) {
        let error = failure.clone();
        let body = EventBody::StageFailed {
            attempt: 1,
            error,
            last: true,
            logs: Vec::new(),
            usage: None,
        };
        self.write(Some(at), body);
        failure.stage.get_or_insert_with(|| self.state.address(at));
        self.state.failed(at, failure, true, None, None);
    }

    fn succeed(&mut self, at: At, output: Value) {
        let body = EventBody::StageSucceeded {
            attempt: 1,
            output: output.clone(),
            logs: Vec::new(),
            usage: None,
        };
        self.write(Some(at), body);
        self.state.succeeded(at, output, None);
    }

    /// A control stage's result in the form of the model's.
    fn finish(&mut self, at: At) {
        let kind = self.node(at).kind.clone();
        let seen = self.seen(at);
        match self.state.control_result(at) {
            Err(failure) => self.fail(at, failure),
            Ok(output) => {
                let field = |name: &str| output.get(name).cloned().unwrap_or_default();
                let output = match kind {
                    Kind::Foreach { .. } => field("results"),
                    Kind::Try { .. } => vec![field("try_result"), field("catch_result")].into(),
                    Kind::Router(route) => {
                        let id = Value::from(self.node(at).id.as_str());
                        vec![id, seen, Value::from(ROUTES[route])].into()
                    }
                    _ => output,
                };
                self.succeed(at, output);
            }
        }
    }

    fn seen(&self, at: At) -> Value {
        let (_, deps) = &self.nodes[self.state.plan.stage_id(self.state.stage_of(at))];
        deps.iter()
            .map(|dep| {
                let stage = self.state.plan.index[dep.as_str()];
                self.state
                    .read(at.frame, stage)
                    .into_value()
                    .expect("a dependency is over")
            })
            .collect::<Vec<Value>>()
            .into()
    }

    fn land(&mut self, at: At) {
        let address = self.state.address(at);
        // The iteration is in the address of the activation, if it is a loop's.
        let activation = address
            .rsplit_once('/')
            .map_or("", |(activation, _)| activation);
        let iteration = activation
            .strip_suffix(']')
            .and_then(|rest| rest.rsplit_once('['))
            .map_or(0, |(_, n)| n.parse::<u32>().unwrap());
        let failure = Failure {
            code: types::ErrorCode::StageFailed,
            message: String::new(),
            stage: None,
        };
        match self.node(at).kind {
            Kind::Failing(when) if when == 2 || iteration % 2 == when => self.fail(at, failure),
            _ => {
                let id = Value::from(self.node(at).id.as_str());
                let output = vec![id, self.seen(at), Value::Null].into();
                self.succeed(at, output);
            }
        }
    }

    /// Runs until the end or until `budget` events are written; `true` at the end.
    fn run(&mut self, rng: &mut StdRng, budget: usize) -> bool {
        loop {
            if self.state.has_ended() {
                return true;
            }
            if self.events.len() >= budget {
                return false;
            }
            // Landing before all commands are done is allowed too.
            if !self.in_flight.is_empty() && rng.random_bool(0.3) {
                let at = self
                    .in_flight
                    .swap_remove(rng.random_range(0..self.in_flight.len()));
                self.land(at);
                continue;
            }
            match self.state.next() {
                Some(Command::Schedule(at)) => {
                    self.write(Some(at), EventBody::StageScheduled);
                    self.state.scheduled(at, DateTime::UNIX_EPOCH);
                    self.write(Some(at), EventBody::StageStarted { attempt: 1 });
                    self.state.started(at, 1);
                    self.start(at);
                }
                Some(Command::Start(at, _)) => {
                    if self.state.slot(at).unwrap().attempt == 0 {
                        self.write(Some(at), EventBody::StageStarted { attempt: 1 });
                        self.state.started(at, 1);
                    }
                    self.start(at);
                }
                Some(Command::Skip(at, reason)) => {
                    let reason = reason.as_str().to_owned();
                    self.write(Some(at), EventBody::StageSkipped { reason });
                    self.state.skipped(at);
                }
                Some(Command::Abandon(at)) => self.fail(at, State::stopped()),
                Some(Command::Finish(at)) => self.finish(at),
                Some(Command::End) => {
                    let (status, error, output) = self.state.ending();
                    self.write(
                        None,
                        EventBody::RunFinished {
                            status,
                            output,
                            error,
                        },
                    );
                    self.state.finished();
                }
                Some(other) => panic!("{other:?}"),
                None => {
                    assert!(
                        !self.in_flight.is_empty(),
                        "stuck: {:#?}",
                        story(&self.events)
                    );
                    let at = self
                        .in_flight
                        .swap_remove(rng.random_range(0..self.in_flight.len()));
                    self.land(at);
                }
            }
        }
    }
}

/// What a case did, so that the test can show that it did work.
#[derive(Default)]
struct Did {
    lives: usize,
    events: usize,
    failed: bool,
    nested: bool,
}

fn case(seed: u64) -> Did {
    let mut rng = StdRng::seed_from_u64(seed);
    let nodes = scope(&mut rng, 0, &mut 0);
    let mut text = Vec::new();
    write(&nodes, &mut text);
    let plan = plan(&text.join(","));
    let mut by_id = HashMap::new();
    index(&nodes, &mut by_id);
    let wanted = model(&nodes, 0);

    let mut events: Vec<Event> = Vec::new();
    let mut lives = 0;
    for life in 0.. {
        lives += 1;
        let mut simulation = Simulation {
            nodes: by_id.clone(),
            state: State::new(&plan),
            events: events.clone(),
            in_flight: Vec::new(),
            executed: HashMap::new(),
        };
        if events.is_empty() {
            simulation.write(
                None,
                EventBody::RunStarted {
                    input: Value::Null,
                    format: 1,
                },
            );
            simulation
                .state
                .run_started(DateTime::UNIX_EPOCH, Value::Null);
        } else {
            simulation.state.begin_replay();
            for event in &events {
                if let Some(at) = simulation.state.apply(event).unwrap() {
                    let directive = simulation.directive(at);
                    simulation.state.direct(at, directive);
                }
            }
            simulation.state.end_replay();
        }
        let over: HashSet<String> = events
            .iter()
            .filter(|e| matches!(e.body, EventBody::StageSucceeded { .. }))
            .map(|e| e.stage.as_ref().unwrap().to_string())
            .collect();
        // The first lives end at a random event.
        let budget = if life < 4 {
            events.len() + rng.random_range(1..12)
        } else {
            usize::MAX
        };
        let ended = simulation.run(&mut rng, budget);
        for (address, times) in &simulation.executed {
            assert_eq!(*times, 1, "seed {seed}: {address} ran twice in one life");
            assert!(
                !over.contains(address),
                "seed {seed}: V3: {address} ran after its result"
            );
        }
        events = simulation.events;
        if ended {
            break;
        }
    }
    check_journal(&events);
    let EventBody::RunFinished { status, output, .. } = &events.last().unwrap().body else {
        panic!("seed {seed}: no end");
    };
    match wanted {
        Ok(value) => {
            assert_eq!(
                *status,
                RunStatus::Succeeded,
                "seed {seed}: {:#?}",
                story(&events)
            );
            assert_eq!(*output, value, "seed {seed}\n{}", text.join("\n"));
        }
        Err(()) => assert_eq!(*status, RunStatus::Failed, "seed {seed}"),
    }
    Did {
        lives,
        events: events.len(),
        failed: *status == RunStatus::Failed,
        nested: events.iter().any(|e| {
            e.stage
                .as_ref()
                .is_some_and(|s| s.matches('/').count() >= 2)
                && matches!(e.body, EventBody::StageSucceeded { .. })
        }),
    }
}

#[test]
fn v12_the_random_cases_did_work() {
    let all: Vec<Did> = (0..1_000).map(case).collect();
    let count = |what: fn(&Did) -> bool| all.iter().filter(|did| what(did)).count();
    assert!(count(|did| did.lives > 3) > 300, "too few crashes");
    assert!(count(|did| did.events > 30) > 300, "too short");
    assert!((150..850).contains(&count(|did| did.failed)), "all alike");
    assert!(count(|did| did.nested) > 150, "too flat");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, ..ProptestConfig::default() })]
    #[test]
    fn v2_v3_v5_random_pipelines_orders_and_crashes_end_as_the_model_says(seed in any::<u64>()) {
        case(seed);
    }
}
