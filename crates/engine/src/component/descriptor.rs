//! The description of one component for the editor, the checks and the executor.

use std::time::Duration;

use serde::Serialize;

use super::{BoxFuture, Directive, LiteralFault, Literals, StageContext, StageError};
use crate::Value;

/// The kind of a component.
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

/// The effects of running a stage outside FlowMason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectKind {
    /// No effects: the same input gives the same output. May run before earlier events are durable.
    Pure,
    /// Reads something outside. May run before earlier events are durable, and may be repeated.
    Read,
    /// Calls a model. Waits until all earlier events are durable; may be repeated after a crash;
    /// every attempt is metered.
    Call,
    /// Changes something outside. Waits until all earlier events are durable, and has the same
    /// idempotency key in every attempt and after a crash.
    Effect,
}

/// The effect kind: fixed, or dependent on the resolved input (a GET reads, a POST has an effect).
#[derive(Clone, Copy, Debug)]
pub enum Effect {
    /// Always this kind.
    Fixed(EffectKind),
    /// Determined by the input; the second value is shown in the documentation.
    Of(fn(&Value) -> EffectKind, EffectKind),
}

impl Effect {
    /// The effect kind for a resolved input.
    pub fn of(&self, input: &Value) -> EffectKind {
        match self {
            Effect::Fixed(kind) => *kind,
            Effect::Of(decide, _) => decide(input),
        }
    }

    /// The effect kind shown in the documentation: the strongest possible one.
    pub fn shown(&self) -> EffectKind {
        match self {
            Effect::Fixed(kind) | Effect::Of(_, kind) => *kind,
        }
    }
}

/// How the text of a lazy field is interpreted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LazyKind {
    /// A whole expression, with or without `{{ }}` around it. Gives true or false; an absent path
    /// reads as null.
    Condition,
    /// As `Condition`, but gives the value itself instead of true or false.
    Test,
    /// A whole expression, with or without `{{ }}` around it. Gives its value.
    Expression,
    /// A value whose texts are templates.
    Template,
}

/// An input field that the component evaluates itself, with names of its own in scope (such as
/// `data` in a filter's `condition`).
#[derive(Clone, Copy, Debug)]
pub struct LazyField {
    /// The input field.
    pub field: &'static str,
    /// How its text is interpreted.
    pub kind: LazyKind,
    /// The names that the component puts in scope. A single `*` stands for any name (the fields of
    /// the data).
    pub names: &'static [&'static str],
}

/// How a control-flow component uses the stages of one of its lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BranchRole {
    /// Runs or skips them. At most one of the component's lists with this role runs
    /// ([`Directive::Choose`]).
    One,
    /// Runs or skips them independently of its other lists ([`Directive::Choose`]).
    Any,
    /// Runs them once per item ([`Directive::ForEach`]).
    Each,
    /// Runs them first ([`Directive::TryCatch`]).
    Try,
    /// Runs them if a stage of [`BranchRole::Try`] failed.
    Catch,
    /// Runs them last, in either case.
    Finally,
}

impl BranchRole {
    /// The roles whose stages are over before stages of this role start.
    pub fn runs_after(self) -> &'static [BranchRole] {
        match self {
            BranchRole::Catch => &[BranchRole::Try],
            BranchRole::Finally => &[BranchRole::Try, BranchRole::Catch],
            BranchRole::One | BranchRole::Any | BranchRole::Each | BranchRole::Try => &[],
        }
    }

    /// The names of `context` that the executor provides to stages of this role, in addition to
    /// those that the component declares ([`Descriptor::binds`]).
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

/// A name of `context` that is determined by a stage's inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContextName {
    /// The text of this input field; the second name is the default if the field is absent.
    TextOf(&'static str, Option<&'static str>),
    /// The keys of this input field, which is an object.
    KeysOf(&'static str),
}

/// An input field that names inner stages.
#[derive(Clone, Copy, Debug)]
pub struct InnerList {
    /// The input field: a list of stage ids, or an object of such lists if `map` is set.
    pub field: &'static str,
    /// How the component uses these stages.
    pub role: BranchRole,
    /// The name of the branch in addresses and in [`Directive::Choose`], such as `true`, `try` or
    /// `route`. The branches of a map are named `branch.KEY`.
    pub branch: &'static str,
    /// Whether the field is an object of lists.
    pub map: bool,
}

/// The body of a component.
#[derive(Clone, Copy)]
pub enum Body {
    /// Runs on the run's own thread; must neither block nor take long.
    Sync(fn(&StageContext, Value) -> Result<Value, StageError>),
    /// Runs as a future, which is dropped on cancellation and timeout.
    Async(fn(StageContext, Value) -> BoxFuture<'static, Result<Value, StageError>>),
    /// Returns what the executor is to do next.
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

/// The complete description of a component.
#[derive(Clone, Debug)]
pub struct Descriptor {
    /// The name in pipeline files, with underscores.
    pub name: &'static str,
    /// The kind of the component.
    pub kind: ComponentKind,
    /// A category for grouping, such as `core`, `model`, `data` or `http`.
    pub category: &'static str,
    /// The doc comment of its function; the first line is a summary.
    pub description: &'static str,
    /// The effects of running it.
    pub effect: Effect,
    /// Whether it must not be repeated after a crash during its execution.
    pub at_most_once: bool,
    /// A field name under which the output, or its field given second, can also be read if the
    /// output has no field of that name. With `*` and `variables.*`, each field of `variables` can
    /// be read as a field of the output.
    pub own_field: Option<(&'static str, &'static str)>,
    /// Whether it calls a model provider.
    pub needs_model: bool,
    /// The default timeout of one attempt; a stage can override it.
    pub timeout: Duration,
    /// Returns the JSON schema of the input type.
    pub input_schema: fn() -> serde_json::Value,
    /// Returns the JSON schema of the output type.
    pub output_schema: fn() -> serde_json::Value,
    /// Input fields that can make the body slow. If a stage sets one, the body runs on a processor
    /// thread.
    pub heavy: &'static [&'static str],
    /// Input fields that the component evaluates itself.
    pub lazy: &'static [LazyField],
    /// Input fields that name inner stages.
    pub inner: &'static [InnerList],
    /// The names of `context` under which its inner stages read values of its [`Directive`].
    pub binds: &'static [ContextName],
    /// The variables that it sets, which dependents read in `context`. Their values are in the
    /// object `variables` of its output.
    pub sets: &'static [ContextName],
    /// Checks literal inputs for faults that the input schema cannot express. Not called with
    /// inputs that violate the schema.
    pub literals: Option<fn(&Literals<'_>) -> Vec<LiteralFault>>,
    /// The body.
    pub body: Body,
}
