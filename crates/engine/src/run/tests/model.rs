//! Random pipelines, random orders of completion, crashes at any event: the state machine against
//! a small model that knows nothing of frames, queues or events.

use std::collections::{HashMap, HashSet};

use chrono::DateTime;
use proptest::prelude::*;
use rand::{Rng, SeedableRng, rngs::StdRng};

use super::*;
use crate::{
    component::{Body, Directive, ForEach, TryCatch},
    run::{
        Failure,
        state::{At, Command, State},
    },
};

#[derive(Clone, Copy, Debug, PartialEq)]
enum OnError {
    Fail,
    Continue,
    Skip,
}

#[derive(Clone, Debug)]
enum Kind {
    Pure,
    /// Fails; in a loop only in the iterations of this parity.
    Failing(u32),
    Foreach { items: u32, parallel: usize, break_on_error: bool },
    Router(usize),
    Try { propagate: bool },
}

#[derive(Clone, Debug)]
struct Node {
    id: String,
    kind: Kind,
    on_error: OnError,
    /// Places of earlier nodes of the same scope.
    deps: Vec<usize>,
    /// Field, branch, stages.
    inner: Vec<(&'static str, &'static str, Vec<Node>)>,
}

fn scope(rng: &mut StdRng, depth: u32, next: &mut u32) -> Vec<Node> {
    let count = rng.random_range(1..=if depth == 0 { 6 } else { 3 });
    (0..count)
        .map(|place| {
            *next += 1;
            let id = format!("s{next}");
            let deps = (0..place).filter(|_| rng.random_bool(0.4)).collect();
            let on_error = match rng.random_range(0..6) {
                0 => OnError::Continue,
                1 => OnError::Skip,
                _ => OnError::Fail,
            };
            let pick = rng.random_range(0..if depth < 3 { 10 } else { 6 });
            let mut inner = |field, branch| (field, branch, scope(rng, depth + 1, next));
            let (kind, inner) = match pick {
                0..=4 => (None, Vec::new()),
                5 => (Some(Kind::Failing(0)), Vec::new()),
                6 | 7 => (
                    Some(Kind::Foreach { items: 0, parallel: 1, break_on_error: true }),
                    vec![inner("loop_stages", "loop")],
                ),
                8 => (
                    Some(Kind::Router(0)),
                    vec![inner("routes.a", "route.a"), inner("routes.b", "route.b"), inner("default_route", "default")],
                ),
                _ => (
                    Some(Kind::Try { propagate: true }),
                    vec![
                        inner("try_stages", "try"),
                        inner("catch_stages", "catch"),
                        inner("finally_stages", "finally"),
                    ],
                ),
            };
            let mut inner = inner;
            if pick > 8 && rng.random_bool(0.4) {
                inner.remove(1);
            }
            let kind = match kind {
                None => Kind::Pure,
                Some(Kind::Failing(_)) => Kind::Failing(rng.random_range(0..3)),
                Some(Kind::Foreach { .. }) => Kind::Foreach {
                    items: rng.random_range(0..4),
                    parallel: rng.random_range(1..4),
                    break_on_error: rng.random_bool(0.5),
                },
                Some(Kind::Router(_)) => Kind::Router(rng.random_range(0..3)),
                Some(_) => Kind::Try { propagate: rng.random_bool(0.5) },
            };
            Node { id, kind, on_error, deps, inner }
        })
        .collect()
}

fn write(nodes: &[Node], out: &mut Vec<String>) {
    for node in nodes {
        let ids = |list: &[Node]| {
            let ids: Vec<String> = list.iter().map(|n| format!("\"{}\"", n.id)).collect();
            format!("[{}]", ids.join(","))
        };
        let mut fields = Vec::new();
        let mut routes = Vec::new();
        for (field, _, list) in &node.inner {
            match field.strip_prefix("routes.") {
                Some(key) => routes.push(format!("\"{key}\":{}", ids(list))),
                None => fields.push(format!("\"{field}\":{}", ids(list))),
            }
        }
        if !routes.is_empty() {
            fields.push(format!("\"routes\":{{{}}}", routes.join(",")));
        }
        let component = match node.kind {
            Kind::Pure | Kind::Failing(_) => "work",
            Kind::Foreach { .. } => "foreach",
            Kind::Router(_) => "router",
            Kind::Try { .. } => "trycatch",
        };
        let on_error = match node.on_error {
            OnError::Fail => "fail",
            OnError::Continue => "continue",
            OnError::Skip => "skip",
        };
        let deps: Vec<String> =
            node.deps.iter().map(|d| format!("\"{}\"", nodes[*d].id)).collect();
        out.push(format!(
            r#"{{"id":"{}","component":"{component}","on_error":"{on_error}","depends_on":[{}],"config":{{{}}}}}"#,
            node.id,
            deps.join(","),
            fields.join(",")
        ));
        node.inner.iter().for_each(|(_, _, list)| write(list, out));
    }
}

/// What a scope comes to: the value of its sinks, or a failure.
fn model(nodes: &[Node], iteration: u32) -> Result<Value, ()> {
    // `None`: no result.
    let mut values: Vec<Option<Value>> = Vec::new();
    let mut failed = false;
    for node in nodes {
        let live = node.deps.is_empty() || node.deps.iter().any(|d| values[*d].is_some());
        if !live {
            values.push(None);
            continue;
        }
        let seen: Vec<Value> =
            node.deps.iter().map(|d| values[*d].clone().unwrap_or_default()).collect();
        let value = model_node(node, seen.into(), iteration);
        values.push(match (value, node.on_error) {
            (Ok(value), _) => Some(value),
            (Err(()), OnError::Continue) => Some(Value::Null),
            (Err(()), OnError::Skip) => None,
            (Err(()), OnError::Fail) => {
                failed = true;
                None
            }
        });
    }
    if failed {
        return Err(());
    }
    let sinks: Vec<usize> =
        (0..nodes.len()).filter(|n| !nodes.iter().any(|o| o.deps.contains(n))).collect();
    Ok(match sinks.as_slice() {
        [only] => values[*only].clone().unwrap_or_default(),
        sinks => sinks
            .iter()
            .map(|n| (nodes[*n].id.as_str(), values[*n].clone().unwrap_or_default()))
            .collect(),
    })
}

fn model_node(node: &Node, seen: Value, iteration: u32) -> Result<Value, ()> {
    let branch = |name: &str| {
        node.inner.iter().find(|(_, branch, _)| *branch == name).map(|(_, _, list)| list.as_slice())
    };
    let value = match &node.kind {
        Kind::Pure => Value::Null,
        Kind::Failing(when) if *when == 2 || iteration % 2 == *when => return Err(()),
        Kind::Failing(_) => Value::Null,
        Kind::Foreach { items, break_on_error, .. } => {
            let mut results = Vec::new();
            for item in 0..*items {
                match model(branch("loop").unwrap(), item) {
                    Ok(value) => results.push(value),
                    Err(()) if *break_on_error => return Err(()),
                    Err(()) => results.push(Value::Null),
                }
            }
            return Ok(results.into());
        }
        Kind::Router(route) => {
            model(branch(ROUTES[*route]).unwrap(), 0)?;
            Value::from(ROUTES[*route])
        }
        Kind::Try { propagate } => {
            let tried = model(branch("try").unwrap(), 0);
            let mut open = tried.is_err();
            let mut unheld = false;
            let mut caught = Value::Null;
            if let (true, Some(catch)) = (open, branch("catch")) {
                match model(catch, 0) {
                    Ok(value) => {
                        caught = value;
                        open = false;
                    }
                    Err(()) => unheld = true,
                }
            }
            let finally = model(branch("finally").unwrap(), 0).is_err();
            if finally || unheld || (open && *propagate) {
                return Err(());
            }
            return Ok(Value::from(vec![tried.unwrap_or_default(), caught]));
        }
    };
    Ok(vec![Value::from(node.id.as_str()), seen, value].into())
}

const ROUTES: [&str; 3] = ["route.a", "route.b", "default"];

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
        self.events.push(Event { seq, at: DateTime::UNIX_EPOCH, stage, body });
    }

    fn node(&self, at: At) -> &Node {
        &self.nodes[self.state.plan.stage_id(self.state.stage_of(at))].0
    }

    fn directive(&self, at: At) -> Directive {
        match &self.node(at).kind {
            Kind::Foreach { items, parallel, break_on_error } => Directive::ForEach(ForEach {
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
            *self.executed.entry(self.state.address(at).to_string()).or_default() += 1;
            self.state.attempting(at);
            self.in_flight.push(at);
        }
    }

    fn fail(&mut self, at: At, mut failure: Failure) {
        let error = failure.clone();
        let body =
            EventBody::StageFailed { attempt: 1, error, last: true, logs: Vec::new(), usage: None };
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
                self.state.read(at.frame, stage).into_value().expect("a dependency is over")
            })
            .collect::<Vec<Value>>()
            .into()
    }

    fn land(&mut self, at: At) {
        let address = self.state.address(at);
        // The iteration is in the address of the activation, if it is a loop's.
        let activation = address.rsplit_once('/').map_or("", |(activation, _)| activation);
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
                let at = self.in_flight.swap_remove(rng.random_range(0..self.in_flight.len()));
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
                    self.write(None, EventBody::RunFinished { status, output, error });
                    self.state.finished();
                }
                Some(other) => panic!("{other:?}"),
                None => {
                    assert!(!self.in_flight.is_empty(), "stuck: {:#?}", story(&self.events));
                    let at = self.in_flight.swap_remove(rng.random_range(0..self.in_flight.len()));
                    self.land(at);
                }
            }
        }
    }
}

fn case(seed: u64) {
    let mut rng = StdRng::seed_from_u64(seed);
    let nodes = scope(&mut rng, 0, &mut 0);
    let mut text = Vec::new();
    write(&nodes, &mut text);
    let plan = plan(&text.join(","));
    let mut by_id = HashMap::new();
    index(&nodes, &mut by_id);
    let wanted = model(&nodes, 0);

    let mut events: Vec<Event> = Vec::new();
    for life in 0.. {
        let mut simulation = Simulation {
            nodes: by_id.clone(),
            state: State::new(&plan),
            events: events.clone(),
            in_flight: Vec::new(),
            executed: HashMap::new(),
        };
        if events.is_empty() {
            simulation.write(None, EventBody::RunStarted { input: Value::Null, format: 1 });
            simulation.state.run_started(DateTime::UNIX_EPOCH, Value::Null);
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
        let budget = if life < 4 { events.len() + rng.random_range(1..12) } else { usize::MAX };
        let ended = simulation.run(&mut rng, budget);
        for (address, times) in &simulation.executed {
            assert_eq!(*times, 1, "seed {seed}: {address} ran twice in one life");
            assert!(!over.contains(address), "seed {seed}: V3: {address} ran after its result");
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
            assert_eq!(*status, RunStatus::Succeeded, "seed {seed}: {:#?}", story(&events));
            assert_eq!(*output, value, "seed {seed}\n{}", text.join("\n"));
        }
        Err(()) => assert_eq!(*status, RunStatus::Failed, "seed {seed}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, ..ProptestConfig::default() })]
    #[test]
    fn v2_v3_v5_random_pipelines_orders_and_crashes_end_as_the_model_says(seed in any::<u64>()) {
        case(seed);
    }
}
