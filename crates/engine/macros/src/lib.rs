//! `#[node]`, `#[operator]`, `#[control_flow]`: a component from one function.
//!
//! ```text
//! use engine::{Value, component::{StageContext, StageError}, operator};
//!
//! /// What the stage is given.
//! #[derive(serde::Deserialize, schemars::JsonSchema)]
//! pub struct CountInput {
//!     /// The list.
//!     #[schemars(extend("x-synonyms" = ["data"]))]
//!     items: Vec<Value>,
//! }
//!
//! /// What it gives.
//! #[derive(serde::Serialize, schemars::JsonSchema)]
//! pub struct CountOutput {
//!     /// How many there are.
//!     count: usize,
//! }
//!
//! /// Counts the items of a list.
//! ///
//! /// The doc comment is the description: its first line is the summary.
//! #[operator(category = "data", timeout_s = 5)]
//! fn count(input: CountInput) -> Result<CountOutput, StageError> {
//!     Ok(CountOutput { count: input.items.len() })
//! }
//! // The macro also writes `pub static COUNT: engine::component::Descriptor`.
//! ```
//!
//! **The function.** Its name is the component's name (a trailing underscore is dropped, so
//! `fn return_` is `return`; `r#loop` is `loop`). It takes the input, or the context and the input:
//! `fn f(input: I)`, `fn f(ctx: &StageContext, input: I)`; both forms also as `async fn`, and an
//! async one may take the context by value. `I` is `Value` (handed over as it is, the fastest) or
//! a type with `Deserialize` and `JsonSchema`. It returns `Result<O, StageError>`; `O` is `Value`
//! or a type with `Serialize` and `JsonSchema`. A control-flow function is not async and returns
//! `Result<Directive, StageError>`. A sync body runs in place: it must not block.
//! Other names that files use for a field are
//! `#[schemars(extend("x-synonyms" = ["…"]))]`: the body gets the field under its own name.
//! Numbers in texts and the like are `#[serde(deserialize_with = "…")]`. An input that does not fit becomes `STAGE_INPUT` with the
//! field, the value and what is expected. Do not use `deny_unknown_fields`: inputs are open.
//!
//! **The static** is the name in capitals (`VARIABLE_SET`, `RETURN`), public, beside the function.
//!
//! **Arguments**, all optional:
//! - `category = "data"`: default `model`, `core` or `control_flow`.
//! - `name = "…"`: another name in files than the function's.
//! - `effect = pure | read | call | effect`: default `call` for a node, else `pure`. Or
//!   `effect = some_fn`, a `fn(&Value) -> EffectKind` that looks at the resolved input (documents
//!   then show `effect`).
//! - `timeout_s = 5` or `timeout_ms = 500`: of one attempt; default 60 s.
//! - `at_most_once`: after a crash in the middle it is not repeated but ends in EFFECT_UNKNOWN.
//! - `own_field = "result=data"`: `upstream.ID.result` reads `data` where the output has no field
//!   `result`; `own_field = "result"`: it reads the whole output where it has no field of
//!   that name.
//! - `needs_model` or `needs_model = false`: default true for a node, else false.
//! - `lazy(condition: condition, names = ["data"])`: the input field `condition` is not evaluated
//!   with the others; the body evaluates it with `ctx.lazy.eval("condition", …)`. The word after
//!   the colon is how it is read: `condition` (an expression, with or without delimiters, that gives
//!   true or false), `expression` (the same, gives its value) or `template` (a value whose texts
//!   are templates). `names` are what the body puts in scope; `"*"` means any. May be given several
//!   times. The field arrives in the input as written in the file.
//! - `literals = some_fn`: a `fn(&Literals) -> Vec<LiteralFault>` that is shown the stage's literal
//!   inputs when a pipeline is checked, for what the input schema cannot say (a pattern that does
//!   not compile). Words, types and ranges belong into the schema:
//!   `#[schemars(extend("enum" = ["best", null], "x-any-case" = true))]`, `"minimum" = 1`.
//! - `inner(each, loop_stages = "loop", …)`: input fields that list inner stages, and their branch
//!   names. The first word says what the component does with them (`BranchRole`): `one` (at most
//!   one list of this role runs), `any` (each may run), `each` (once per item), `try`, `catch`,
//!   `finally`. May be given several times.
//! - `inner_map(one, routes = "route")`: an object of such lists; its branches are `route.KEY`.
//! - `binds(text_of(item_variable, "item"))`: the names under which inner stages read in `context`
//!   what the `Directive` gives them: the text of an input field, and the name where it is left out.
//! - `sets(text_of(name), keys_of(variables))`: the variables that the stage sets for those that
//!   depend on it; the output's object `variables` holds their values.
//! - `input = T`, `output = T`: the types that give the JSON schemas when the function itself
//!   takes or returns `Value` (or, for `output`, a `Directive`).

mod args;
mod emit;

use proc_macro::TokenStream;

/// A component that calls a model. See the crate's page for the arguments.
#[proc_macro_attribute]
pub fn node(args: TokenStream, item: TokenStream) -> TokenStream {
    emit::component(emit::Kind::Node, args.into(), item.into()).into()
}

/// A component that transforms data. See the crate's page for the arguments.
#[proc_macro_attribute]
pub fn operator(args: TokenStream, item: TokenStream) -> TokenStream {
    emit::component(emit::Kind::Operator, args.into(), item.into()).into()
}

/// A component that steers. See the crate's page for the arguments.
#[proc_macro_attribute]
pub fn control_flow(args: TokenStream, item: TokenStream) -> TokenStream {
    emit::component(emit::Kind::ControlFlow, args.into(), item.into()).into()
}
