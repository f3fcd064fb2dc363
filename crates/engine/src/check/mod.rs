//! What is wrong with a pipeline, all of it at once, each with its place and a way out.
//!
//! Knows the language and the components' schemas; reads no configuration, so whether a model
//! provider is set up is the host's check.

mod diagnostic;
mod report;
mod similar;

pub use diagnostic::{Diagnostic, Related, Severity};
pub(crate) use report::Report;
pub(crate) use similar::{did_you_mean, shown};
