//! The kill test: real processes, SIGKILL at random moments, and the checker afterwards.
//!
//! Pipelines of 20 stages call a sink that counts calls per idempotency key. The duration of a run
//! is measured first; the moments of the kills are distributed over it.

pub(crate) mod pipeline;
mod story;
#[cfg(test)]
mod tests;

pub use story::{Backend, Settings, run};
