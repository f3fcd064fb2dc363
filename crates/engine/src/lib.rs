//! The pipeline language (source, model, checks, expressions) and its executor.
//!
//! Contains no SQL, no web code and no organizations. A host provides everything external through
//! the traits in [`run`] and through [`component::Resources`].

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "test code"))]

extern crate self as engine;

pub mod advice;
pub mod check;
pub mod component;
pub mod copilot;
pub mod diagnostic;
pub mod diff;
pub mod edit;
pub mod expr;
pub mod filled;
pub mod fixes;
pub mod limits;
pub mod model;
pub mod plan;
mod policy;
mod rising;
pub mod run;
pub mod run_plan;
pub mod source;
pub mod template;
pub mod trigger;
pub mod value;

pub use engine_macros::{control_flow, node, operator};
pub use value::{Map, Value, json_error};
