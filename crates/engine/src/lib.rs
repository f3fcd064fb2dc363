//! The pipeline language (source, model, checks, expressions) and its executor.
//!
//! Knows no SQL, no web and no organization: what it needs from outside it gets through the host's
//! traits in [`run`] and of the [`component::Resources`] handed in.

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "test code"))]

extern crate self as engine;

pub mod check;
pub mod component;
pub mod diagnostic;
pub mod expr;
pub mod limits;
pub mod model;
pub mod plan;
mod policy;
pub mod run;
pub mod source;
pub mod template;
pub mod value;

pub use engine_macros::{control_flow, node, operator};
pub use value::{Map, Value, json_error};
