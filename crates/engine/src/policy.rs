//! A stage's retry policy and model settings, as written in the file and as components see them.
//!
//! `model` reads them from the text and `component` acts on them; this module depends on neither.

use std::time::Duration;

/// When and how often a failed attempt is retried.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RetryPolicy {
    /// The number of attempts after the first.
    pub max_retries: u32,
    /// The delay before the second attempt.
    pub initial_delay: Duration,
    /// The longest delay, jitter included.
    pub max_delay: Duration,
    /// The factor from one delay to the next.
    pub multiplier: f64,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_retries: 3,
            initial_delay: Duration::from_secs(1),
            max_delay: Duration::from_secs(30),
            multiplier: 2.0,
        }
    }
}

/// A stage's model settings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LlmSettings {
    /// The provider's name in the configuration. `None`: the default provider.
    pub provider: Option<String>,
    /// The model. `None`: the provider's default model.
    pub model: Option<String>,
    /// The sampling temperature, from 0 to 2.
    pub temperature: Option<f64>,
    /// The maximum length of the answer, in tokens.
    pub max_tokens: Option<u32>,
    /// The probability mass for nucleus sampling.
    pub top_p: Option<f64>,
    /// Texts at which the model stops.
    pub stop_sequences: Vec<String>,
}
