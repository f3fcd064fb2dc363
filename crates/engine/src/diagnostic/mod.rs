//! Findings in a pipeline's text: their type, how they are collected, and how a terminal shows
//! them.
//!
//! What to look for is decided in `model` (reading) and `check`. This module knows positions in a
//! text and nothing about pipelines.

mod finding;
mod render;
mod report;
mod similar;

pub use finding::{Diagnostic, Related, Severity};
pub use render::render;
pub(crate) use render::snippet;
pub use report::is_hidden;
pub(crate) use report::{Report, harmless};
pub use similar::did_you_mean;
pub(crate) use similar::{Suggestions, shown, similar};
