//! What a stage says about its attempts and its model, as written and as components see it.
//!
//! Stands below `model`, which reads it from the text, and `component`, which acts on it.

use std::time::Duration;

/// When and how often a failed attempt is repeated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RetryPolicy {
    /// Attempts after the first.
    pub max_retries: u32,
    /// Before the second attempt.
    pub initial_delay: Duration,
    /// The longest, jitter included.
    pub max_delay: Duration,
    /// From one delay to the next.
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

/// How a stage talks to its model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LlmSettings {
    /// The provider's name in the configuration; the default one when absent.
    pub provider: Option<String>,
    /// The model; the provider's default when absent.
    pub model: Option<String>,
    /// 0 to 2.
    pub temperature: Option<f64>,
    /// The longest answer.
    pub max_tokens: Option<u32>,
    /// Nucleus sampling.
    pub top_p: Option<f64>,
    /// Where the answer ends.
    pub stop_sequences: Vec<String>,
}
