//! The dry run of one text.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, OnceLock},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use parking_lot::Mutex;
use tokio::sync::{Notify, mpsc};
use types::{Clock, RunId};

use super::{
    Answers, DryRun, DryRunState, Fit, LISTED, Tried, is_answered,
    placeholder::{PLACEHOLDER, placeholder},
    stand_in::{Outputs, StandIns, stand_in},
};
use crate::{
    Map, Value,
    advice::secrets::masked_with_names,
    check::{self, Diagnostic},
    component::{Registry, Resources},
    diagnostic::harmless,
    limits::{Key, Limits, MIB, Shares},
    plan::Plan,
    run::{Event, EventBody, Outcome, RunResult, RunSpec, RunStatus, drive, load_artifacts, local},
};

/// How long a dry run may take.
const TIME: Duration = Duration::from_secs(3);

/// How many stages may begin in one; each item of a loop counts.
const MOST_STAGES: usize = 2_000;

/// How often time may be passed over that a run would wait for.
const MOST_WAITS: usize = 100;

/// The longest error that is told, in characters.
const LONGEST: usize = 500;

/// The resources of all dry runs of the process: they take nothing from what runs have.
fn shares() -> Shares {
    static SHARES: OnceLock<Shares> = OnceLock::new();
    let made = SHARES.get_or_init(|| {
        Shares::new(Limits {
            memory: 128 * MIB,
            org_memory: 64 * MIB,
            run_memory: 32 * MIB,
            memory_wait: Duration::from_secs(1),
            value: 4 * MIB,
            artifacts: 16 * MIB,
            output: 16 * MIB,
            log_lines: 1_000,
            log_bytes: MIB,
            cpu: 1,
            ..Limits::of_this_machine()
        })
    });
    made.clone()
}

/// A text that is ready for a dry run.
#[derive(Debug)]
pub struct Rehearsal {
    /// `Err`: why it cannot run.
    ready: Result<Ready, String>,
    warnings: Vec<String>,
    sample: Option<Result<(), String>>,
    output_schema: Option<Value>,
}

#[derive(Debug)]
struct Ready {
    plan: Arc<Plan>,
    input: Value,
    /// The outputs of stages that are answered for.
    outputs: Outputs,
    /// The ids of those whose outputs are pinned or recorded.
    recorded: HashSet<String>,
}

/// A dry run that is over.
#[derive(Debug)]
pub struct Rehearsed {
    dry_run: DryRun,
    output: Option<Value>,
}

/// What happened in a dry run so far.
#[derive(Debug, Default)]
struct Seen {
    begun: usize,
    /// In the order in which they ended first.
    ran: Vec<String>,
    answered: Vec<String>,
}

impl Rehearsal {
    /// Reads and compiles a text, which takes processor time.
    pub fn of(text: &str, registry: &Registry, answers: &Answers, fit: Fit) -> Self {
        let cannot = |why: String| Self {
            ready: Err(why),
            warnings: Vec::new(),
            sample: None,
            output_schema: None,
        };
        let pipeline = match check::parse(text, registry) {
            Ok(pipeline) => pipeline,
            Err(problems) => return cannot(invalid(&problems)),
        };
        let found = check::check(&pipeline, registry);
        if let Some(first) = found.iter().find(|one| one.is_error()) {
            return cannot(told(&first.message));
        }
        let warnings = found.iter().map(|one| told(&one.message)).collect();
        let schema = pipeline.input_schema.as_ref();
        let fitted = |input: Value| match schema {
            Some(schema) => fit(schema, input).map_err(|why| told(&why)),
            None => Ok(input),
        };
        let sample = pipeline.sample_input.clone().map(fitted);
        let input = match (&answers.input, &sample) {
            (Some(input), _) => fitted(input.clone()),
            (None, Some(sample)) => sample.clone(),
            (None, None) => fitted(Map::default().into()),
        };
        let ready = match (input, Plan::compile(&pipeline, registry)) {
            (Ok(input), Ok(plan)) => Ok(ready(plan, input, answers)),
            (Err(why), _) => Err(format!("the input does not fit its schema: {why}")),
            (_, Err(problems)) => Err(invalid(&problems)),
        };
        Self {
            ready,
            warnings,
            sample: sample
                .filter(|_| schema.is_some())
                .map(|sample| sample.map(drop)),
            output_schema: pipeline.output_schema.clone(),
        }
    }

    /// Runs it, for at most three seconds. `key`: the organization, which takes turns with the others.
    /// `now`: when the run begins by its own clock.
    pub async fn run(&self, key: Key, now: DateTime<Utc>) -> Rehearsed {
        let ready = match &self.ready {
            Ok(ready) => ready,
            Err(why) => return Rehearsed::without(DryRunState::NotRun, why.clone()),
        };
        let seen = Arc::new(Mutex::new(Seen::default()));
        let too_many = Arc::new(Notify::new());
        let driving = tokio::time::timeout(TIME, ready.drive(key, now, &seen, &too_many));
        let ended = tokio::select! {
            biased;
            () = too_many.notified() => Err(format!("more than {MOST_STAGES} stages began")),
            ended = driving => match ended {
                Ok(ended) => ended,
                Err(_) => Err(format!("it took longer than {} seconds", TIME.as_secs())),
            },
        };
        let mut rehearsed = match ended {
            Err(why) => Rehearsed::without(DryRunState::Stopped, told(&why)),
            Ok(result) => of_result(result),
        };
        let seen = std::mem::take(&mut *seen.lock());
        let dry_run = &mut rehearsed.dry_run;
        dry_run.stages = seen.ran;
        (dry_run.recorded, dry_run.placeholders) = seen
            .answered
            .into_iter()
            .partition(|stage| ready.recorded.contains(stage));
        rehearsed
    }

    /// What was found out. Compares the output with its schema, which takes processor time.
    pub fn tried(self, rehearsed: Rehearsed, fit: Fit) -> Tried {
        let Rehearsed { dry_run, output } = rehearsed;
        let output = match (&self.output_schema, output) {
            // What a placeholder leads to says nothing about the output.
            (Some(schema), Some(output)) if dry_run.placeholders.is_empty() => {
                let fits = fit(schema, output).map(drop);
                Some(fits.map_err(|why| told(&why)))
            }
            _ => None,
        };
        Tried {
            dry_run,
            warnings: self.warnings,
            sample: self.sample,
            output,
        }
    }
}

fn invalid(problems: &[Diagnostic]) -> String {
    let first = problems.first();
    first.map_or_else(
        || "it is not valid".to_owned(),
        |first| told(&first.message),
    )
}

/// A message as it may be shown: it can quote values of a run.
fn told(message: &str) -> String {
    let masked = masked_with_names(message).replace('\n', " ");
    harmless(masked.chars().take(LONGEST).collect())
}

fn ready(mut plan: Plan, input: Value, answers: &Answers) -> Ready {
    let (mut outputs, mut recorded) = (HashMap::new(), HashSet::new());
    for stage in &mut plan.stages {
        if stage.is_control() {
            continue;
        }
        let output = match answers.output(&stage.id, stage.component) {
            Some(output) => {
                recorded.insert(stage.id.to_string());
                output.clone()
            }
            None if is_answered(stage.component) => placeholder(stage.component),
            None => continue,
        };
        outputs.insert(stage.id.clone(), output);
        stage.component = stand_in(stage.component);
    }
    Ready {
        plan: Arc::new(plan),
        input,
        outputs: Arc::new(outputs),
        recorded,
    }
}

fn of_result(result: RunResult) -> Rehearsed {
    if result.status == RunStatus::Succeeded {
        return Rehearsed {
            dry_run: DryRun::ended(DryRunState::Succeeded, None),
            output: Some(result.output),
        };
    }
    let why = result.error.map_or_else(String::new, |error| {
        let stage = error.stage.map(|stage| format!("`{stage}`: "));
        format!("{}{}", stage.unwrap_or_default(), error.message)
    });
    Rehearsed::without(DryRunState::Failed, told(&why))
}

impl DryRun {
    fn ended(state: DryRunState, error: Option<String>) -> Self {
        Self {
            state,
            stages: Vec::new(),
            recorded: Vec::new(),
            placeholders: Vec::new(),
            error,
        }
    }
}

impl Rehearsed {
    fn without(state: DryRunState, why: String) -> Self {
        Self {
            dry_run: DryRun::ended(state, Some(why)),
            output: None,
        }
    }
}

impl Seen {
    /// Whether too many stages have begun.
    fn take(&mut self, plan: &Plan, outputs: &Outputs, event: &Event) -> bool {
        match &event.body {
            EventBody::StageScheduled => self.begun += 1,
            EventBody::StageSucceeded { .. } => {
                let stage = event.stage.as_deref().and_then(|at| plan.stage_at(at));
                if let Some(id) = stage.map(|stage| plan.stage_id(stage)) {
                    let list = match outputs.contains_key(id) {
                        true => &mut self.answered,
                        false => &mut self.ran,
                    };
                    if list.len() < LISTED && !list.iter().any(|known| known == id) {
                        list.push(id.to_owned());
                    }
                }
            }
            _ => {}
        }
        self.begun > MOST_STAGES
    }
}

impl Ready {
    /// Drives the run to its end. Time that it would wait for passes at once.
    async fn drive(
        &self,
        key: Key,
        now: DateTime<Utc>,
        seen: &Arc<Mutex<Seen>>,
        too_many: &Arc<Notify>,
    ) -> Result<RunResult, String> {
        let clock = Clock::manual(now);
        let (mut host, journal) = local::host(clock.clone());
        host.park_after = Duration::ZERO;
        // There is no client for requests, and no model.
        host.resources = Resources::default().with(StandIns {
            plan: self.plan.clone(),
            outputs: self.outputs.clone(),
        });
        host.env = Arc::new(|_: &str| Some(PLACEHOLDER.to_owned()));
        let (plan, outputs) = (self.plan.clone(), self.outputs.clone());
        let (seen, too_many) = (seen.clone(), too_many.clone());
        host.observe = Some(Arc::new(move |event: &Event| {
            if seen.lock().take(&plan, &outputs, event) {
                too_many.notify_one();
            }
        }));
        let spec = RunSpec {
            run_id: RunId::new(&clock),
            plan: self.plan.clone(),
            input: self.input.clone(),
            timeout: None,
        };
        for _ in 0..MOST_WAITS {
            let mut history = journal.events().map_err(|error| error.to_string())?;
            let loaded = load_artifacts(&mut history, &*host.artifacts).await;
            loaded.map_err(|error| error.to_string())?;
            host.share = shares().run(key);
            // Nobody cancels it, but without a sender the run would be told that nobody can.
            let (_nobody, signals) = mpsc::channel(1);
            match drive(spec.clone(), host.clone(), history, signals).await {
                Outcome::Finished(result) => return Ok(result),
                Outcome::Parked { wake_at } => {
                    let left = (wake_at - clock.now()).max(TimeDelta::zero());
                    clock.advance(left + TimeDelta::milliseconds(1));
                }
                Outcome::Stopped | Outcome::Fenced => return Err("it was stopped".to_owned()),
                Outcome::Failed(error) => return Err(error.to_string()),
            }
        }
        Err(format!("it waits more than {MOST_WAITS} times"))
    }
}
