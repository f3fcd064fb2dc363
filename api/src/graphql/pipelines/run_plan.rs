//! What a run of a version will do, and what is new in it compared with another version.

use async_graphql::{Enum, SimpleObject};
use domain::publications::Comparison;
use engine::run_plan as plan;

use super::{
    super::{Charged, cost},
    PipelineVersion,
};

/// What a run will do, derived from the file before it is run. What the file leaves open is said to be
/// open, never guessed.
#[derive(SimpleObject)]
pub struct RunPlan {
    /// The number of stages in the file, inner stages included.
    stage_count: i32,
    /// The HTTP requests of stages.
    #[graphql(complexity = "cost::times(10, child_complexity)")]
    requests: Charged<RunPlanRequest>,
    /// The calls to models.
    #[graphql(complexity = "cost::times(10, child_complexity)")]
    models: Charged<RunPlanModel>,
    /// The highest cost of all model calls in dollars, if each succeeds at the first attempt. Null if it
    /// is unknown for one of them.
    cost_at_most_usd: Option<f64>,
    /// The stages with effects outside, and what a crash while they run means for each.
    #[graphql(complexity = "cost::times(10, child_complexity)")]
    after_crash: Charged<RunPlanRepetition>,
    /// The environment variables that stages read; `*` stands for all of them. Hosted runs refuse them.
    environment_variables: Charged<String>,
    /// The fields of the input that stages read, sorted.
    input_fields: Charged<String>,
    /// Whether a stage reads the input as a whole.
    reads_whole_input: bool,
    /// The fields that the input schema requires, sorted.
    required_input_fields: Charged<String>,
    /// The fields that are read although the input schema does not describe them, sorted.
    undescribed_input_fields: Charged<String>,
    /// The stages that the output comes from: the one that the file names, or the last ones.
    output_stages: Charged<String>,
    /// The control stages, with the stages that they run.
    #[graphql(complexity = "cost::times(10, child_complexity)")]
    control: Charged<RunPlanControl>,
    /// The stages that run one after the other and together can take the most time. Null if the stages
    /// cannot be ordered.
    longest_path: Option<RunPlanPath>,
}

/// An HTTP request that a stage will send.
#[derive(SimpleObject)]
pub struct RunPlanRequest {
    stage: String,
    /// Null if it is decided at run time; see `methodDecidedBy`.
    method: Option<String>,
    /// The template that decides the method at run time.
    method_decided_by: Option<String>,
    /// The host, with its port if the URL has one. Null if it is decided at run time; see
    /// `hostDecidedBy`.
    host: Option<String>,
    /// The template that decides the host at run time.
    host_decided_by: Option<String>,
    /// Whether a redirect is followed, which can lead to another host.
    follows_redirects: bool,
    often: RunPlanFrequency,
    /// The first attempt and the retries.
    attempts: i32,
}

/// A stage that will call a model. Tokens are estimates from the text in the file.
#[derive(SimpleObject)]
pub struct RunPlanModel {
    stage: String,
    /// Null if the stage names none and there is no default.
    provider: Option<String>,
    /// Null if neither the stage nor the provider's configuration names one.
    model: Option<String>,
    /// Whether the answers come from a file instead of a model.
    scripted: bool,
    often: RunPlanFrequency,
    /// The first attempt and the retries; each is a call that can cost.
    attempts: i32,
    /// The tokens of the text in the file that is sent with each call, estimated.
    tokens_in: i32,
    /// Whether templates insert more text, of unknown length.
    tokens_in_open: bool,
    /// The most tokens of an answer. Null if nothing limits them.
    tokens_out: Option<i32>,
    /// The cost of a call with the text in the file and the longest answer, in dollars. Null if the price
    /// or the longest answer is unknown.
    cost_per_call_usd: Option<f64>,
    /// The highest cost of all calls of a run. Null if the cost of a call or the number of calls is
    /// unknown, or templates insert more text.
    cost_at_most_usd: Option<f64>,
}

/// How often a stage runs, without retries.
#[derive(SimpleObject)]
pub struct RunPlanFrequency {
    /// The highest number of times. Null if it depends on the number of items.
    at_most: Option<i32>,
    /// The loops that it runs in, outermost first, at most eight.
    per_item_of: Vec<String>,
    /// Whether it runs only if a branch is taken or another stage fails.
    conditional: bool,
    /// The same in words, such as `once per item of each`.
    text: String,
}

/// What a crash means for a stage that it interrupts. Finished stages never run again.
#[derive(SimpleObject)]
pub struct RunPlanRepetition {
    stage: String,
    rule: RepetitionRule,
}

/// What happens to a stage that a crash interrupts.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum RepetitionRule {
    /// It is not run again; the stage fails.
    AtMostOnce,
    /// It changes something outside and is repeated with the same idempotency key.
    RepeatedWithSameKey,
    /// It calls a model again; each call is counted.
    CalledAgain,
    /// It only reads, and reads again.
    ReadAgain,
}

/// A control stage, with the stages that it runs.
#[derive(SimpleObject)]
pub struct RunPlanControl {
    stage: String,
    component: String,
    /// The number of a loop's items, if the file lists them.
    items: Option<i32>,
    /// The template that decides the items of a loop at run time.
    items_decided_by: Option<String>,
    branches: Vec<RunPlanBranch>,
}

/// A list of inner stages of a control stage.
#[derive(SimpleObject)]
pub struct RunPlanBranch {
    name: String,
    /// When its stages run: `per_item`, `at_most_one_branch`, `any_branches`, `try`, `catch` or
    /// `finally`.
    when: String,
    stages: Vec<String>,
}

/// The stages that run one after the other and together can take the most time, by their timeouts,
/// retries and sleeps. Time in a queue comes on top of it.
#[derive(SimpleObject)]
pub struct RunPlanPath {
    /// The number of stages in sequence, inner stages included; a loop counts each once.
    stage_count: i32,
    /// The time that they take at most, without the stages in `open`.
    at_most_seconds: f64,
    /// The stages whose time the file does not limit: a loop, per item, and a sleep until a time.
    #[graphql(complexity = "cost::times(10, child_complexity)")]
    open: Charged<RunPlanStep>,
    /// The time limit of the whole run in the file.
    run_timeout_seconds: Option<f64>,
    /// The stages in order, at most 100.
    #[graphql(complexity = "cost::times(10, child_complexity)")]
    steps: Charged<RunPlanStep>,
}

/// A stage on the longest path.
#[derive(SimpleObject)]
pub struct RunPlanStep {
    stage: String,
    /// How deep it is nested in control stages that are on the path.
    depth: i32,
    /// Its longest time; for a control stage, with its inner stages. In `open`: the time per item, or zero
    /// for a sleep.
    at_most_seconds: f64,
}

/// What is new in a run compared with one of another version.
#[derive(SimpleObject)]
pub struct RunPlanComparison {
    /// The version that it was compared with.
    against: PipelineVersion,
    /// The differences; empty if there is none.
    #[graphql(complexity = "cost::times(10, child_complexity)")]
    changes: Charged<RunPlanChange>,
}

/// A difference between what two runs do.
#[derive(SimpleObject)]
pub struct RunPlanChange {
    kind: RunPlanChangeKind,
    /// What it is about: `request`, `model`, `environment`, `input`, `output`, `after_crash`, `retry`,
    /// `control` or `time`.
    about: String,
    /// The stages that it is about; empty if it is about the whole pipeline.
    stages: Vec<String>,
    /// The difference in words, such as `newly POSTs to api.example.com`.
    text: String,
}

/// The kind of a difference.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunPlanChangeKind {
    /// The run does something that it did not do before.
    New,
    /// The run no longer does something.
    Gone,
    /// It does something differently.
    Changed,
}

/// Converts a count to GraphQL's 32-bit integer; larger counts become `i32::MAX`.
pub(super) fn count(n: impl TryInto<i32>) -> i32 {
    n.try_into().unwrap_or(i32::MAX)
}

fn dollars(cost: types::Money) -> f64 {
    cost.0 as f64 / 1e6
}

fn seconds(ms: u64) -> f64 {
    ms as f64 / 1e3
}

/// The value that the file states, and the template that decides it otherwise.
fn both(said: plan::Said) -> (Option<String>, Option<String>) {
    match said {
        plan::Said::Known(value) => (Some(value), None),
        plan::Said::AtRunTime(template) => (None, Some(template)),
    }
}

impl From<plan::RunPlan> for RunPlan {
    fn from(plan: plan::RunPlan) -> Self {
        let total = plan::total_cost(&plan.models);
        Self {
            stage_count: count(plan.stages),
            requests: plan.requests.into_iter().map(Into::into).collect(),
            models: plan.models.into_iter().map(Into::into).collect(),
            cost_at_most_usd: total.map(dollars),
            after_crash: plan.after_crash.into_iter().map(Into::into).collect(),
            environment_variables: plan.environment.into_iter().map(|one| one.name).collect(),
            input_fields: Charged(plan.input.fields),
            reads_whole_input: plan.input.whole,
            required_input_fields: Charged(plan.input.required),
            undescribed_input_fields: Charged(plan.input.undescribed),
            output_stages: Charged(match plan.output.stage {
                Some(stage) => vec![stage],
                None => plan.output.last_stages,
            }),
            control: plan.control.into_iter().map(Into::into).collect(),
            longest_path: plan.longest_path.map(Into::into),
        }
    }
}

impl From<plan::Request> for RunPlanRequest {
    fn from(request: plan::Request) -> Self {
        let (method, method_decided_by) = both(request.method);
        let (host, host_decided_by) = both(request.host);
        Self {
            stage: request.stage,
            method,
            method_decided_by,
            host,
            host_decided_by,
            follows_redirects: request.follows_redirects,
            often: request.often.into(),
            attempts: count(request.attempts),
        }
    }
}

impl From<plan::ModelUse> for RunPlanModel {
    fn from(model: plan::ModelUse) -> Self {
        Self {
            stage: model.stage,
            provider: model.provider,
            model: model.model,
            scripted: model.scripted,
            often: model.often.into(),
            attempts: count(model.attempts),
            tokens_in: count(model.tokens_in),
            tokens_in_open: model.tokens_in_open,
            tokens_out: model.tokens_out.map(count),
            cost_per_call_usd: model.cost_per_call.map(dollars),
            cost_at_most_usd: model.cost_at_most.map(dollars),
        }
    }
}

impl From<plan::Often> for RunPlanFrequency {
    fn from(often: plan::Often) -> Self {
        Self {
            text: often.sentence(),
            at_most: often.at_most.map(count),
            per_item_of: often.per_item_of,
            conditional: often.conditional,
        }
    }
}

impl From<plan::Repetition> for RunPlanRepetition {
    fn from(one: plan::Repetition) -> Self {
        Self {
            stage: one.stage,
            rule: match one.rule {
                plan::Rule::AtMostOnce => RepetitionRule::AtMostOnce,
                plan::Rule::RepeatedWithSameKey => RepetitionRule::RepeatedWithSameKey,
                plan::Rule::CalledAgain => RepetitionRule::CalledAgain,
                plan::Rule::ReadAgain => RepetitionRule::ReadAgain,
            },
        }
    }
}

impl From<plan::Control> for RunPlanControl {
    fn from(control: plan::Control) -> Self {
        let (items, items_decided_by) = control.items.map(both).unwrap_or_default();
        Self {
            stage: control.stage,
            component: control.component,
            items: items.and_then(|number| number.parse().ok()),
            items_decided_by,
            branches: control
                .branches
                .into_iter()
                .map(|branch| RunPlanBranch {
                    name: branch.name,
                    when: branch.when.to_owned(),
                    stages: branch.stages,
                })
                .collect(),
        }
    }
}

impl From<plan::LongestPath> for RunPlanPath {
    fn from(path: plan::LongestPath) -> Self {
        Self {
            stage_count: count(path.stages),
            at_most_seconds: seconds(path.at_most_ms),
            open: path.open.into_iter().map(Into::into).collect(),
            run_timeout_seconds: path.run_timeout_ms.map(seconds),
            steps: path.steps.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<plan::Step> for RunPlanStep {
    fn from(step: plan::Step) -> Self {
        Self {
            stage: step.stage,
            depth: count(step.depth),
            at_most_seconds: seconds(step.at_most_ms),
        }
    }
}

impl From<Comparison> for RunPlanComparison {
    fn from(found: Comparison) -> Self {
        Self {
            against: PipelineVersion::Known {
                id: found.against,
                number: Some(found.against_number),
            },
            changes: found.changes.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<plan::Change> for RunPlanChange {
    fn from(change: plan::Change) -> Self {
        Self {
            kind: match change.kind {
                plan::ChangeKind::New => RunPlanChangeKind::New,
                plan::ChangeKind::Gone => RunPlanChangeKind::Gone,
                plan::ChangeKind::Changed => RunPlanChangeKind::Changed,
            },
            about: change.about.to_owned(),
            stages: change.stages,
            text: change.text,
        }
    }
}
