//! The state of a run while it runs, and its result as text and as JSON.

use std::{collections::HashMap, io::Write, sync::Arc, time::Duration};

use engine::{
    Value,
    check::Diagnostic,
    component::{Chunk, ComponentKind, LogLine, Usage},
    model::Pipeline,
    plan::Plan,
    run::{Event, Failure, RunResult, RunStatus, RunView, StageRun},
};
use serde::Serialize;
use types::{ErrorCode, RunId};

use crate::args::RunArgs;

/// The current state of the run.
pub struct Watch {
    pub plan: Arc<Plan>,
    pub view: RunView,
    /// The text that models are writing, by the address of their stage.
    pub writing: HashMap<String, Writing>,
}

/// Text that a model is still writing.
#[derive(Default)]
pub struct Writing {
    /// How many pieces have arrived.
    pub pieces: usize,
    /// The end of the text, at most 400 characters.
    pub end: String,
}

impl Watch {
    pub fn new(plan: Arc<Plan>) -> Self {
        let view = RunView::new(&plan);
        Self {
            plan,
            view,
            writing: HashMap::new(),
        }
    }

    pub fn event(&mut self, event: &Event) {
        self.view.apply(&self.plan, event);
        if let Some(address) = &event.stage
            && self
                .view
                .stages
                .get(address)
                .is_some_and(|s| s.finished_at.is_some())
        {
            self.writing.remove(address.as_ref());
        }
    }

    pub fn chunk(&mut self, chunk: &Chunk) {
        let writing = self.writing.entry(chunk.stage.clone()).or_default();
        if chunk.offset == 0 {
            *writing = Writing::default();
        }
        writing.pieces += 1;
        writing.end.push_str(&chunk.text);
        let length = writing.end.chars().count();
        if length > 400 {
            writing.end = writing.end.chars().skip(length - 200).collect();
        }
    }
}

/// One error in the output of `--json`.
#[derive(Clone, Debug, Serialize)]
pub struct Problem {
    code: ErrorCode,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suggestion: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
}

impl Problem {
    pub fn new(code: ErrorCode, message: String) -> Self {
        Self {
            code,
            message,
            stage: None,
            field: None,
            suggestion: None,
            path: None,
            line: None,
            column: None,
        }
    }

    pub fn at(mut self, stage: &str) -> Self {
        self.stage = Some(stage.to_owned());
        self
    }

    pub fn of_field(mut self, field: &str) -> Self {
        self.field = Some(field.to_owned()).filter(|f| !f.is_empty());
        self
    }

    pub fn of_finding(found: &Diagnostic) -> Self {
        Self {
            stage: found.stage.clone(),
            suggestion: found.suggestion.clone(),
            path: Some(found.path.clone()),
            line: Some(found.line),
            column: Some(found.column),
            ..Self::new(found.code, found.message.clone())
        }
    }

    fn of_failure(failure: &Failure) -> Self {
        Self {
            stage: failure.stage.as_deref().map(str::to_owned),
            ..Self::new(failure.code, failure.message.clone())
        }
    }
}

/// The JSON object that `--json` prints.
#[derive(Serialize)]
pub struct Report {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    run_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pipeline: Option<PipelineName>,
    output: Value,
    duration_ms: u64,
    stages: Vec<StageReport>,
    usage: Option<UsageReport>,
    errors: Vec<Problem>,
}

#[derive(Serialize)]
struct PipelineName {
    id: String,
    name: String,
    version: String,
}

#[derive(Serialize)]
struct StageReport {
    address: String,
    stage: String,
    component: String,
    status: engine::run::StageRunStatus,
    attempts: usize,
    duration_ms: Option<i64>,
    output: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Problem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    skip_reason: Option<String>,
    /// Whether it took over the result of an earlier run.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    reused: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logs: Vec<LogLine>,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<UsageReport>,
}

#[derive(Serialize)]
struct UsageReport {
    calls: u64,
    /// Null if the tokens of any call are unknown.
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
    /// Null if a price or the tokens of any call are unknown.
    cost_usd: Option<f64>,
}

impl From<Usage> for UsageReport {
    fn from(usage: Usage) -> Self {
        Self {
            calls: usage.calls,
            prompt_tokens: usage.prompt_tokens,
            completion_tokens: usage.completion_tokens,
            cost_usd: usage.cost.map(|cost| cost.0 as f64 / 1e6),
        }
    }
}

impl Report {
    /// The report of a run that did not start.
    pub fn not_started(problems: &[Problem]) -> Self {
        Self {
            status: "not_started",
            run_id: None,
            pipeline: None,
            output: Value::Null,
            duration_ms: 0,
            stages: Vec::new(),
            usage: None,
            errors: problems.to_vec(),
        }
    }

    pub fn of(
        pipeline: &Pipeline,
        run_id: RunId,
        run: &RunResult,
        watch: &Watch,
        took: Duration,
    ) -> Self {
        let status = match run.status {
            RunStatus::Succeeded => "succeeded",
            RunStatus::Cancelled => "cancelled",
            _ => "failed",
        };
        Self {
            status,
            run_id: Some(run_id.to_string()),
            pipeline: Some(PipelineName {
                id: pipeline.id.clone(),
                name: pipeline.name.clone(),
                version: pipeline.version.clone(),
            }),
            output: run.output.clone(),
            duration_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            stages: watch.view.stages.values().map(stage_report).collect(),
            usage: Some(run.usage.into()),
            errors: run
                .error
                .as_ref()
                .map(Problem::of_failure)
                .into_iter()
                .collect(),
        }
    }

    /// A one-line summary for the terminal.
    pub fn summary(&self) -> String {
        let stages = self
            .stages
            .iter()
            .filter(|s| s.duration_ms.is_some())
            .count();
        let mut line = format!(
            "{} in {} · {}",
            self.status,
            seconds(Duration::from_millis(self.duration_ms)),
            crate::validate::count(stages, "stage")
        );
        if let Some(usage) = self.usage.as_ref().filter(|u| u.calls > 0) {
            line.push_str(&format!(
                " · {} · {}",
                crate::validate::count(usage.calls as usize, "model call"),
                match usage.prompt_tokens.zip(usage.completion_tokens) {
                    Some((sent, received)) => format!("{} tokens", sent + received),
                    None => "tokens unknown".to_owned(),
                }
            ));
            line.push_str(&match usage.cost_usd {
                Some(cost) => format!(" · ${cost:.4}"),
                None => " · cost unknown".to_owned(),
            });
        }
        line
    }
}

fn stage_report(stage: &StageRun) -> StageReport {
    let duration_ms = stage
        .started_at
        .or(stage.scheduled_at)
        .zip(stage.finished_at)
        .map(|(from, to)| (to - from).num_milliseconds());
    StageReport {
        address: stage.address.to_string(),
        stage: stage.stage_id.clone(),
        component: stage.component.clone(),
        status: stage.status,
        attempts: stage.attempts.len(),
        duration_ms,
        output: stage.output.clone(),
        error: stage.error.as_ref().map(Problem::of_failure),
        skip_reason: stage.skip_reason.clone(),
        reused: stage.reused,
        logs: stage.logs.clone(),
        usage: stage.usage.map(UsageReport::from),
    }
}

/// How many stages ran and how many were reused, without control stages, which only decide what
/// runs.
pub fn reused(watch: &Watch) -> String {
    let is_control = |stage: &StageRun| {
        let number = watch.plan.stage_at(&stage.address);
        number.is_some_and(|n| watch.plan.component(n).kind == ComponentKind::ControlFlow)
    };
    let stages = watch.view.stages.values();
    let over = stages.filter(|s| !s.attempts.is_empty() && !is_control(s));
    let (reused, ran): (Vec<_>, Vec<_>) = over.partition(|stage| stage.reused);
    let tokens = match watch.view.usage.tokens() {
        Some(tokens) => {
            crate::validate::count(usize::try_from(tokens).unwrap_or(usize::MAX), "token")
        }
        None => "tokens unknown".to_owned(),
    };
    format!("{} ran · {} reused · {tokens}", ran.len(), reused.len())
}

/// The message for a failure, with the option that may help.
pub fn explain(failure: &Failure, args: &RunArgs) -> String {
    let place = failure
        .stage
        .as_deref()
        .map(|s| format!(" in stage `{}`", super::plain::one_line(s)))
        .unwrap_or_default();
    let message = super::plain::printable(&failure.message);
    let mut text = format!("error[{}]{place}: {message}", failure.code);
    if failure.code == ErrorCode::AddressNotAllowed && !args.allow_private_network {
        text.push_str(
            "\nIf the address is on this machine or in your own network, add \
             --allow-private-network, or --outbound-allow HOST:PORT for a single address.",
        );
    }
    text
}

/// An output as text that ends with a newline: strings unchanged, other values as indented JSON.
pub fn as_text(output: &Value) -> String {
    let text = match output {
        Value::Str(text) => text.to_string(),
        other => serde_json::to_string_pretty(other).unwrap_or_default(),
    };
    if text.ends_with('\n') {
        text
    } else {
        text + "\n"
    }
}

/// Prints to stdout; a closed pipe is not an error.
pub fn print(text: &str) {
    drop(std::io::stdout().write_all(text.as_bytes()));
}

/// Prints the JSON object of `--json`.
pub fn print_json(report: &Report) {
    print(&(serde_json::to_string_pretty(report).unwrap_or_default() + "\n"));
}

/// A duration for people: `0.3 s`, `2 min 5 s`.
pub fn seconds(time: Duration) -> String {
    let whole = time.as_secs();
    match whole {
        0..60 => format!("{:.1} s", time.as_secs_f64()),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole / 60 % 60),
    }
}
