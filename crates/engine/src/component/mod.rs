//! Components: each has a description, typed input and output, an effect kind and a body.
//!
//! `#[node]`, `#[operator]` and `#[control_flow]` (crate `engine-macros`) generate a [`Descriptor`]
//! from one function; a [`Registry`] holds the components that a program offers. The components
//! themselves are in other crates.

mod context;
mod descriptor;
mod directive;
mod error;
mod input;
mod literals;
mod registry;
mod resources;

pub use context::{Chunk, LazyFields, LogLine, Report, StageContext};
pub use descriptor::{
    Body, BranchRole, ComponentKind, ContextName, Descriptor, Effect, EffectKind, InnerList,
    LazyField, LazyKind,
};
pub use directive::{Directive, ForEach, TryCatch};
pub use error::{StageError, Usage};
pub use input::{any_schema, read_input, schema_of, write_output};
pub use literals::{LiteralFault, Literals, SchemaCheck};
pub use registry::Registry;
pub use resources::Resources;

/// A boxed future that may be sent between threads.
pub type BoxFuture<'a, T> = futures::future::BoxFuture<'a, T>;
