//! The description of one component: what the editor, the checks and the executor know of it.

use std::time::Duration;

use serde::Serialize;

use super::{BoxFuture, Directive, LiteralFault, Literals, StageContext, StageError};
use crate::Value;

/// What a component does in general.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ComponentKind {
    /// Calls a model.
    Node,
    /// Transforms data.
    Operator,
    /// Controls which stages run, and when.
    ControlFlow,
}

/// What running a stage does outside of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectKind {
    /// Nothing: the same input gives the same output. May run ahead of the journal.
    Pure,
    /// Reads something outside. May run ahead of the journal and be repeated.
    Read,
    /// Calls a model: waits until the events before it are durable, may be repeated after a
    /// crash, every attempt is metered.
    Call,
    /// Changes something outside: waits too, and carries the same idempotency key on every
    /// attempt and after a crash.
    Effect,
}

/// The effect kind, fixed or depending on the resolved input (a GET reads, a POST acts).
#[derive(Clone, Copy, Debug)]
pub enum Effect {
    /// Always this kind.
    Fixed(EffectKind),
    /// Decided by the input; the second part is what documents show.
    Of(fn(&Value) -> EffectKind, EffectKind),
}

impl Effect {
    /// The kind for a resolved input.
    pub fn of(&self, input: &Value) -> EffectKind {
        match self {
            Effect::Fixed(kind) => *kind,
            Effect::Of(decide, _) => decide(input),
        }
    }

    /// The kind that documents show: the strongest possible.
    pub fn shown(&self) -> EffectKind {
        match self {
            Effect::Fixed(kind) | Effect::Of(_, kind) => *kind,
        }
    }
}

/// How a lazy field is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LazyKind {
    /// A text that is an expression itself, with or without `{{ }}` around it; gives true or
    /// false, and an absent path reads as null.
    Condition,
    /// The same, but gives the value that decides.
    Test,
    /// A text that is an expression itself, with or without `{{ }}` around it; gives its value.
    Expression,
    /// A value whose texts are templates.
    Template,
}

/// An input field that is not evaluated with the other inputs but by the component, with names of
/// its own in scope (`data` in a filter's `condition`).
#[derive(Clone, Copy, Debug)]
pub struct LazyField {
    /// The input field.
    pub field: &'static str,
    /// How it is read.
    pub kind: LazyKind,
    /// The names that the component puts in scope. A leading `*` alone means any name
    /// (the fields of the data).
    pub names: &'static [&'static str],
}

/// What a control-flow component does with the stages of one of its lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BranchRole {
    /// Runs them or skips them; of all its lists of this role at most one runs
    /// ([`Directive::Choose`]).
    One,
    /// Runs them or skips them, whatever happens to its other lists ([`Directive::Choose`]).
    Any,
    /// Runs them once per item ([`Directive::ForEach`]).
    Each,
    /// Runs them first ([`Directive::TryCatch`]).
    Try,
    /// Runs them when a stage of [`BranchRole::Try`] failed.
    Catch,
    /// Runs them at the end, whatever happened.
    Finally,
}

impl BranchRole {
    /// The roles whose stages are over when stages of this role start.
    pub fn runs_after(self) -> &'static [BranchRole] {
        match self {
            BranchRole::Catch => &[BranchRole::Try],
            BranchRole::Finally => &[BranchRole::Try, BranchRole::Catch],
            BranchRole::One | BranchRole::Any | BranchRole::Each | BranchRole::Try => &[],
        }
    }

    /// The names of `context` that the executor gives to stages of this role, beside those that
    /// the component declares ([`Descriptor::binds`]).
    pub fn names(self) -> &'static [&'static str] {
        match self {
            BranchRole::Each => &[
                "loop_total",
                "loop_remaining",
                "loop_item",
                "loop_index",
                "current_item",
                "current_index",
                "item_index",
            ],
            BranchRole::Catch => &["error"],
            BranchRole::One | BranchRole::Any | BranchRole::Try | BranchRole::Finally => &[],
        }
    }
}

/// A name of `context`, as a stage's inputs say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContextName {
    /// The text of this input field; the second name where the stage leaves the field out.
    TextOf(&'static str, Option<&'static str>),
    /// The keys of this input field, an object.
    KeysOf(&'static str),
}

/// An input field that names inner stages.
#[derive(Clone, Copy, Debug)]
pub struct InnerList {
    /// The input field: a list of stage ids, or with `map` an object of such lists.
    pub field: &'static str,
    /// What the component does with these stages.
    pub role: BranchRole,
    /// The name of the branch in addresses and in [`Directive::Choose`] (`true`, `try`,
    /// `route`…). A map's branches are `branch.KEY`.
    pub branch: &'static str,
    /// Whether the field is an object of lists.
    pub map: bool,
}

/// The body of a component.
#[derive(Clone, Copy)]
pub enum Body {
    /// Runs on the run's own thread; must not block or take long.
    Sync(fn(&StageContext, Value) -> Result<Value, StageError>),
    /// Runs as a future; is dropped on cancellation and timeout.
    Async(fn(StageContext, Value) -> BoxFuture<'static, Result<Value, StageError>>),
    /// Decides what the executor does next.
    Control(fn(&StageContext, Value) -> Result<Directive, StageError>),
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Body::Sync(_) => "Sync",
            Body::Async(_) => "Async",
            Body::Control(_) => "Control",
        })
    }
}

/// All that is known of a component.
#[derive(Clone, Debug)]
pub struct Descriptor {
    /// The name in files, with underscores.
    pub name: &'static str,
    /// What it does in general.
    pub kind: ComponentKind,
    /// A word for grouping (`core`, `model`, `data`, `http` …).
    pub category: &'static str,
    /// The doc comment of its function: first line a summary.
    pub description: &'static str,
    /// What running it does outside.
    pub effect: Effect,
    /// After a crash in the middle, whether it must not be repeated.
    pub at_most_once: bool,
    /// A field under which the output, or the second field of it, can be read as well, where the
    /// output has none of that name. `*` and `variables.*`: each field of `variables` is read as
    /// one of the output.
    pub own_field: Option<(&'static str, &'static str)>,
    /// Whether it calls a model provider.
    pub needs_model: bool,
    /// The time that one attempt may take, unless the stage says otherwise.
    pub timeout: Duration,
    /// JSON schema of its input, from the input type.
    pub input_schema: fn() -> serde_json::Value,
    /// JSON schema of its output, from the output type.
    pub output_schema: fn() -> serde_json::Value,
    /// Input fields with which its body may take long: then it runs off the async threads.
    pub heavy: &'static [&'static str],
    /// Input fields that the component evaluates itself.
    pub lazy: &'static [LazyField],
    /// Input fields that name inner stages.
    pub inner: &'static [InnerList],
    /// The names under which its inner stages read in `context` what its [`Directive`] gives them.
    pub binds: &'static [ContextName],
    /// The variables that it sets: the stages that depend on it read them in `context`. Their
    /// values stand in its output's object `variables`.
    pub sets: &'static [ContextName],
    /// What is wrong with literal inputs, as far as the input schema cannot say it. Inputs that
    /// the schema refuses are not asked about.
    pub literals: Option<fn(&Literals<'_>) -> Vec<LiteralFault>>,
    /// The body.
    pub body: Body,
}
