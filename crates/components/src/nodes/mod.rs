//! Components that call a model.
//!
//! Text comes back as the model wrote it. Where a structure is wanted (a score, a choice), the
//! model is asked for JSON, which is read tolerantly; what cannot be read fails the attempt.

pub mod critic;
pub mod generator;
pub mod improver;
mod prompt;
pub mod selector;
pub mod synthesizer;
#[cfg(test)]
mod tests;
