//! The scripted answers of the built-in examples, so that a server can run them without an API key.

/// The name of the provider in the examples.
pub(super) const PROVIDER: &str = "scripted";

/// The answers of the examples, as JSON.
pub(super) const ANSWERS: &str = include_str!("../../../../examples/support-inbox/answers.json");
