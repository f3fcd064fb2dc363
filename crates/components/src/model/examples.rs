//! The scripted answers of the built-in examples, so that a server can run them without a key.

/// The provider's name in the examples.
pub(super) const PROVIDER: &str = "scripted";

/// Their answers.
pub(super) const ANSWERS: &str = include_str!("../../../../examples/support-inbox/answers.json");
