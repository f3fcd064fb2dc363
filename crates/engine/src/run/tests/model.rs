//! Random pipelines, random orders of completion and crashes at any event: compares the state
//! machine with the model in `reference`.

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use rand::{Rng, SeedableRng, rngs::StdRng};

use super::{
    reference::{Fail, Kind, Node, ROUTES, model, scope, write},
    *,
};
use crate::{
    component::{Body, Directive, ForEach, TryCatch},
    model::RetryPolicy,
    run::{
        Failure,
        state::{At, Command, State},
    },
};

/// Drives the state machine without real time or threads.
struct Simulation<'p> {
    nodes: HashMap<String, (Node, Vec<String>)>,
    state: State<'p>,
    events: Vec<Event>,
    in_flight: Vec<At>,
    /// Stages that were cancelled.
    stopped: HashSet<At>,
    /// The executions in this life.
    executed: HashSet<At>,
    /// The addresses with a result, considering only activations that exist.
    over: HashSet<String>,
    /// In microseconds. Time passes only when nothing else can happen.
    now: i64,
    seed: u64,
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
            at: self.time(),
            stage,
            body,
        });
    }

    fn time(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + chrono::Duration::microseconds(self.now)
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
            Kind::Sleep { forever } => Directive::Wait {
                until: self.time()
                    + chrono::Duration::microseconds(match forever {
                        true => 10i64.pow(16),
                        false => 1,
                    }),
                output: Value::Null,
            },
            Kind::Router(route) => Directive::Choose {
                branches: vec![ROUTES[*route].to_owned()],
                output: Value::Null,
            },
            Kind::Try { propagate, tries } => Directive::TryCatch(TryCatch {
                retry: RetryPolicy {
                    max_retries: *tries,
                    ..RetryPolicy::default()
                },
                propagate: *propagate,
                rethrow: false,
                error_variable: None,
                catch_codes: Vec::new(),
                output: Value::Null,
            }),
            _ => unreachable!(),
        }
    }

    /// Writes `stage.started`. Deeper stages have earlier deadlines, so inner stages always end
    /// before the deadline of an outer one, unless they hang.
    fn begin(&mut self, at: At, attempt: u32) {
        let address = self.state.address(at);
        let stages = address
            .split('/')
            .filter(|part| self.nodes.contains_key(part.split('[').next().unwrap()));
        let depth = u32::try_from(stages.count()).unwrap() - 1;
        let deadline = self.node(at).deadline.then(|| {
            let allowed = 10i64.pow(13 - 3 * depth.min(3));
            self.time() + chrono::Duration::microseconds(allowed)
        });
        if attempt > 1 {
            self.over.retain(|inner| !is_inside(inner, &address));
        }
        self.write(
            Some(at),
            EventBody::StageStarted {
                attempt,
                deadline,
                items: None,
            },
        );
        self.state.started(at, attempt, deadline);
    }

    /// The attempt of the nearest enclosing stage that is retried.
    fn attempt_around(&self, at: At) -> u32 {
        let address = self.state.address(at);
        let around = address
            .match_indices('/')
            .rev()
            .map(|(end, _)| &address[..end]);
        let without_index = |part: &'_ str| match part.strip_suffix(']') {
            Some(part) => part.rfind('[').unwrap(),
            None => part.len(),
        };
        for stage in around.map(|around| &around[..without_index(around)]) {
            // A branch is not a stage.
            let id = stage.rsplit('/').next().unwrap();
            let full = &address[..stage.len()];
            if self.nodes.get(id).is_some_and(|(node, _)| node.repeats()) {
                return self.attempt_of(full);
            }
        }
        1
    }

    fn attempt_of(&self, address: &str) -> u32 {
        let started = self.events.iter().rev().find_map(|event| match event.body {
            EventBody::StageStarted { attempt, .. } if event.stage.as_deref() == Some(address) => {
                Some(attempt)
            }
            _ => None,
        });
        started.expect("the enclosing stage has started")
    }

    fn start(&mut self, at: At) {
        let component = self.state.plan.component(self.state.stage_of(at));
        if matches!(component.body, Body::Control(_)) {
            let directive = self.directive(at);
            self.state.direct(at, directive);
        } else {
            let (address, seed) = (self.state.address(at), self.seed);
            assert!(
                self.executed.insert(at),
                "seed {seed}: {address} ran twice in one life"
            );
            assert!(
                !self.over.contains(address.as_ref()),
                "seed {seed}: V3: {address} ran after its result"
            );
            self.state.attempting(at);
            self.in_flight.push(at);
        }
    }

    fn fail(&mut self, at: At, mut failure: Failure, last: bool) {
        let error = failure.clone();
        let body = EventBody::StageFailed {
            attempt: self.state.slot(at).unwrap().attempt,
            error,
            last,
            logs: Vec::new(),
            usage: None,
        };
        self.write(Some(at), body);
        failure.stage.get_or_insert_with(|| self.state.address(at));
        self.state.failed(at, failure, last, None, None);
    }

    fn succeed(&mut self, at: At, output: Value) {
        self.over.insert(self.state.address(at).to_string());
        let body = EventBody::StageSucceeded {
            attempt: self.state.slot(at).unwrap().attempt,
            output: output.clone(),
            logs: Vec::new(),
            usage: None,
            taken_over: false,
        };
        self.write(Some(at), body);
        self.state.succeeded(at, output, None);
    }

    /// Converts a control stage's result to the form of the model.
    fn finish(&mut self, at: At) {
        let kind = self.node(at).kind.clone();
        let seen = self.seen(at);
        match self.state.control_end(at) {
            // The state itself requests the time of the next attempt.
            Err((failure, again)) => self.fail(at, failure, !again),
            Ok(output) => {
                let field = |name: &str| output.get(name).cloned().unwrap_or_default();
                let output = match kind {
                    Kind::Foreach { .. } => field("results"),
                    Kind::Sleep { .. } => {
                        vec![Value::from(self.node(at).id.as_str()), seen, Value::Null].into()
                    }
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

    /// The stages that land by themselves or because they were cancelled; the others hang.
    fn landable(&self) -> Vec<usize> {
        let lands = |at: &At| self.stopped.contains(at) || self.node(*at).kind != Kind::Hang;
        (0..self.in_flight.len())
            .filter(|place| lands(&self.in_flight[*place]))
            .collect()
    }

    /// Lets time pass until something is due.
    fn pass_time(&mut self) {
        let due = self.state.next_due();
        let due = due.unwrap_or_else(|| panic!("stuck: {:#?}", story(&self.events)));
        self.now = self.now.max(due.timestamp_micros());
        while let Some(at) = self.state.overdue(self.time()) {
            self.write(Some(at), EventBody::StageExpired);
            self.state.expired(at);
            for one in &self.in_flight {
                if self.state.is_within(*one, at) {
                    self.stopped.insert(*one);
                }
            }
        }
        self.state.fire(self.time());
    }

    fn land(&mut self, at: At) {
        if self.stopped.contains(&at) {
            return self.fail(at, State::stopped(), true);
        }
        let address = self.state.address(at);
        // In a loop, the activation's address contains the iteration.
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
            Kind::Failing(when) if when == 2 || iteration % 2 == when => {
                self.fail(at, failure, true);
            }
            Kind::Flaky(upto) if self.attempt_around(at) <= upto => self.fail(at, failure, true),
            _ => {
                let id = Value::from(self.node(at).id.as_str());
                let output = vec![id, self.seen(at), Value::Null].into();
                self.succeed(at, output);
            }
        }
    }

    /// Runs until the end or until `budget` events are written; returns `true` at the end.
    fn run(&mut self, rng: &mut StdRng, budget: usize) -> bool {
        loop {
            if self.state.has_ended() {
                return true;
            }
            if self.events.len() >= budget {
                return false;
            }
            // Stages may also land before all commands are done.
            let landable = self.landable();
            if !landable.is_empty() && rng.random_bool(0.3) {
                let place = landable[rng.random_range(0..landable.len())];
                let at = self.in_flight.swap_remove(place);
                self.land(at);
                continue;
            }
            match self.state.next() {
                Some(Command::Schedule(at)) => {
                    self.write(Some(at), EventBody::StageScheduled);
                    self.state.scheduled(at, self.time());
                    self.begin(at, 1);
                    self.start(at);
                }
                Some(Command::Start(at, attempt)) => {
                    if self.state.slot(at).unwrap().attempt != attempt {
                        self.begin(at, attempt);
                    }
                    self.start(at);
                }
                Some(Command::Backoff(at)) => {
                    let attempt = self.state.slot(at).unwrap().attempt + 1;
                    let due = self.time() + chrono::Duration::microseconds(1);
                    self.write(Some(at), EventBody::StageRetryAt { attempt, due });
                    self.state.retry_at(at, due);
                }
                Some(Command::Skip(at, reason)) => {
                    let reason = reason.as_str().to_owned();
                    self.write(Some(at), EventBody::StageSkipped { reason });
                    self.state.skipped(at);
                }
                Some(Command::Abandon(at)) => self.fail(at, State::stopped(), true),
                Some(Command::Sleep(at, due)) => {
                    self.write(Some(at), EventBody::WaitStarted { due });
                    self.state.wait_started(at, due);
                }
                Some(Command::Wake(at)) => {
                    self.write(Some(at), EventBody::WaitEnded);
                    self.state.wait_ended(at);
                }
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
                None => match self.landable().as_slice() {
                    [] => self.pass_time(),
                    landable => {
                        let place = landable[rng.random_range(0..landable.len())];
                        let at = self.in_flight.swap_remove(place);
                        self.land(at);
                    }
                },
            }
        }
    }
}

/// What happened in a case, to verify that the test covers what it should.
#[derive(Default)]
struct Did {
    lives: usize,
    events: usize,
    failed: bool,
    nested: bool,
    expired: bool,
    repeated: bool,
    late: bool,
    /// Whether a crash happened between the expiry and the end of a stage.
    crashed_expiring: bool,
}

/// The addresses with a result, considering only activations that exist after these events.
fn over(events: &[Event]) -> HashSet<String> {
    let mut over = HashSet::new();
    for event in events {
        let Some(stage) = &event.stage else { continue };
        match event.body {
            EventBody::StageSucceeded { .. } => {
                over.insert(stage.to_string());
            }
            EventBody::StageStarted { attempt, .. } if attempt > 1 => {
                over.retain(|inner: &String| !is_inside(inner, stage));
            }
            _ => {}
        }
    }
    over
}

/// Whether a stage's deadline has passed but its end is not written yet.
fn is_expiring(events: &[Event]) -> bool {
    events.iter().enumerate().any(|(place, event)| {
        let ends =
            |later: &Event| later.stage == event.stage && later.body.kind() == "stage.failed";
        event.body == EventBody::StageExpired && !events[place..].iter().any(ends)
    }) && events
        .last()
        .is_some_and(|e| e.body.kind() != "run.finished")
}

fn case(seed: u64) -> Did {
    let mut rng = StdRng::seed_from_u64(seed);
    let nodes = scope(&mut rng, 0, &mut 0);
    let mut text = Vec::new();
    // A separate generator, so that a seed's nodes do not depend on how they are written.
    write(&nodes, &mut StdRng::seed_from_u64(seed), &mut text);
    let plan = plan(&text.join(","));
    let mut by_id = HashMap::new();
    index(&nodes, &mut by_id);
    let wanted = model(&nodes, 0, 1);

    let mut events: Vec<Event> = Vec::new();
    let mut lives = 0;
    let mut now = 0;
    let mut crashed_expiring = false;
    // Whether so much time passed after a crash that deadlines had passed at once. The model knows
    // no time and cannot predict the end in that case.
    let mut late = false;
    for life in 0.. {
        lives += 1;
        if life > 0 && rng.random_bool(0.05) {
            late = true;
            now += 100_000_000_000_000;
        }
        let mut simulation = Simulation {
            nodes: by_id.clone(),
            state: State::new(&plan),
            events: events.clone(),
            in_flight: Vec::new(),
            stopped: HashSet::new(),
            executed: HashSet::new(),
            over: over(&events),
            now,
            seed,
        };
        if events.is_empty() {
            simulation.write(
                None,
                EventBody::RunStarted {
                    input: Value::Null,
                    format: 1,
                    reused: None,
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
        // Each of the first lives ends at a random event.
        let budget = if life < 4 {
            events.len() + rng.random_range(1..12)
        } else {
            usize::MAX
        };
        let ended = simulation.run(&mut rng, budget);
        now = simulation.now;
        events = simulation.events;
        crashed_expiring |= is_expiring(&events);
        if ended {
            break;
        }
    }
    check_journal(&events);
    let EventBody::RunFinished { status, output, .. } = &events.last().unwrap().body else {
        panic!("seed {seed}: no end");
    };
    match wanted {
        _ if late => {}
        Ok(value) => {
            assert_eq!(
                *status,
                RunStatus::Succeeded,
                "seed {seed}: {:#?}",
                story(&events)
            );
            assert_eq!(*output, value, "seed {seed}\n{}", text.join("\n"));
        }
        Err(fail) => {
            assert_eq!(fail, Fail::Failed, "seed {seed}");
            assert_eq!(*status, RunStatus::Failed, "seed {seed}");
        }
    }
    Did {
        lives,
        events: events.len(),
        failed: *status == RunStatus::Failed,
        expired: events.iter().any(|e| e.body == EventBody::StageExpired),
        repeated: events
            .iter()
            .any(|e| matches!(e.body, EventBody::StageStarted { attempt, .. } if attempt > 1)),
        crashed_expiring,
        late,
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
    assert!(count(|did| !did.late) > 800, "too few cases are compared");
    assert!(count(|did| did.lives > 3) > 300, "too few crashes");
    assert!(count(|did| did.events > 30) > 300, "too short");
    assert!((150..850).contains(&count(|did| did.failed)), "all alike");
    assert!(count(|did| did.nested) > 150, "too flat");
    assert!(count(|did| did.expired) > 150, "too few deadlines");
    assert!(count(|did| did.repeated) > 150, "too few repeats");
    assert!(
        count(|did| did.crashed_expiring) > 30,
        "too few late crashes"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, ..ProptestConfig::default() })]
    #[test]
    fn v2_v3_v5_random_pipelines_orders_and_crashes_end_as_the_model_says(seed in any::<u64>()) {
        case(seed);
    }
}
