//! `#[node]`, `#[operator]`, `#[control_flow]`: define a component by one function.
//!
//! ```text
//! use engine::{Value, component::{StageContext, StageError}, operator};
//!
//! /// The stage's input.
//! #[derive(serde::Deserialize, schemars::JsonSchema)]
//! pub struct CountInput {
//!     /// The list.
//!     #[schemars(extend("x-synonyms" = ["data"]))]
//!     items: Vec<Value>,
//! }
//!
//! /// The stage's output.
//! #[derive(serde::Serialize, schemars::JsonSchema)]
//! pub struct CountOutput {
//!     /// The number of items.
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
//! `fn f(input: I)`, `fn f(ctx: &StageContext, input: I)`; both forms may be `async fn`, and an
//! async one may take the context by value. `I` is `Value` (passed unchanged, the fastest) or a
//! type with `Deserialize` and `JsonSchema`. It returns `Result<O, StageError>`; `O` is `Value` or
//! a type with `Serialize` and `JsonSchema`. A control-flow function is not async and returns
//! `Result<Directive, StageError>`. A sync body runs inline and must not block. Declare other names
//! that files use for a field with `#[schemars(extend("x-synonyms" = ["…"]))]`: the body gets the
//! field under its own name. Accept numbers written as text and the like with
//! `#[serde(deserialize_with = "…")]`. An input that does not match becomes `STAGE_INPUT` with the
//! field, the value and what is expected. Do not use `deny_unknown_fields`: inputs are open.
//!
//! **The static** has the function's name in capitals (`VARIABLE_SET`, `RETURN`). It is public and
//! stands next to the function.
//!
//! **Arguments**, all optional:
//! - `category = "data"`: the default is `model`, `core` or `control_flow`.
//! - `name = "…"`: the name in files, where it differs from the function's.
//! - `effect = pure | read | call | effect`: the default is `call` for a node, else `pure`. Or
//!   `effect = some_fn`, a `fn(&Value) -> EffectKind` that decides by the resolved input (the
//!   component's documentation then shows `effect`).
//! - `heavy = ["expression"]`: input fields that can make the body slow. If a stage sets one, the
//!   body runs on a processor thread.
//! - `timeout_s = 5` or `timeout_ms = 500`: the timeout of one attempt; the default is 60 s.
//! - `at_most_once`: an attempt that a crash interrupted is not repeated; the stage fails with
//!   EFFECT_UNKNOWN.
//! - `own_field = "result=data"`: `upstream.ID.result` reads `data` if the output has no field
//!   `result`. `own_field = "result"` reads the whole output if it has no field of that name.
//! - `needs_model` or `needs_model = false`: the default is true for a node, else false.
//! - `lazy(condition: condition, names = ["data"])`: the input field `condition` is not evaluated
//!   with the others; the body evaluates it with `ctx.lazy.eval("condition", …)`, and the input
//!   holds it as written in the file. The word after the colon says how it is read: `condition` (an
//!   expression, with or without delimiters, that gives true or false), `expression` (the same, but
//!   gives its value), `test` (like `condition`, but gives the value itself) or `template` (a value whose texts are
//!   templates). `names` are the names that
//!   the body puts in scope; `"*"` means any. May be repeated.
//! - `literals = some_fn`: a `fn(&Literals) -> Vec<LiteralFault>` that gets the stage's literal
//!   inputs when a pipeline is checked, for rules that the input schema cannot express (a pattern
//!   that does not compile). Allowed words, types and ranges belong in the schema:
//!   `#[schemars(extend("enum" = ["best", null], "x-any-case" = true))]`, `"minimum" = 1`.
//! - `inner(each, loop_stages = "loop", …)`: input fields that list inner stages, with their branch
//!   names. The first word is the role of these lists (`BranchRole`): `one` (at most one list of
//!   this role runs), `any` (each may run), `each` (once per item), `try`, `catch`, `finally`. May
//!   be repeated.
//! - `inner_map(one, routes = "route")`: an object of such lists; its branches are named
//!   `route.KEY`.
//! - `binds(text_of(item_variable, "item"))`: the names in `context` under which inner stages read
//!   what the `Directive` passes to them. The name is the text of an input field, or the second
//!   argument if the field is left out.
//! - `sets(text_of(name), keys_of(variables))`: the variables that the stage sets for stages that
//!   depend on it; the output's object `variables` holds their values.
//! - `input = T`, `output = T`: the types to generate the JSON schemas from, where the function
//!   itself takes or returns `Value` (or, for `output`, a `Directive`).

mod args;
mod emit;

use proc_macro::TokenStream;

/// Defines a component that calls a model. See the crate's documentation for the arguments.
#[proc_macro_attribute]
pub fn node(args: TokenStream, item: TokenStream) -> TokenStream {
    emit::component(emit::Kind::Node, args.into(), item.into()).into()
}

/// Defines a component that transforms data. See the crate's documentation for the arguments.
#[proc_macro_attribute]
pub fn operator(args: TokenStream, item: TokenStream) -> TokenStream {
    emit::component(emit::Kind::Operator, args.into(), item.into()).into()
}

/// Defines a control-flow component. See the crate's documentation for the arguments.
#[proc_macro_attribute]
pub fn control_flow(args: TokenStream, item: TokenStream) -> TokenStream {
    emit::component(emit::Kind::ControlFlow, args.into(), item.into()).into()
}
