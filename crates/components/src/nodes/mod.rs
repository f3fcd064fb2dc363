//! Nodes: components that call a model.
//!
//! Text is returned as the model wrote it. If a structure is needed (a score, a choice), the prompt
//! asks for JSON, which is parsed leniently. An answer that cannot be parsed fails the attempt.

pub mod critic;
pub mod generator;
pub mod improver;
mod prompt;
pub mod selector;
pub mod synthesizer;
#[cfg(test)]
mod tests;
