//! How a stage fails, and what a model call used.

use serde::{Deserialize, Serialize};
use types::{ErrorCode, Money};

/// Why an attempt failed. Goes into the journal, so it holds no internals and no secrets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct StageError {
    /// A stable code.
    pub code: ErrorCode,
    /// A sentence for a person, at most 8 kB.
    pub message: String,
    /// Whether another attempt could help. The retry policy is asked only then.
    #[serde(default)]
    pub retryable: bool,
    /// Wait at least this long before the next attempt (a server's `Retry-After`), in ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

impl StageError {
    /// The longest message that is kept, in bytes.
    pub const MAX_MESSAGE: usize = 8 * 1024;

    /// An error that another attempt would only repeat.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        let mut message = message.into();
        if message.len() > Self::MAX_MESSAGE {
            let mut end = Self::MAX_MESSAGE;
            while !message.is_char_boundary(end) {
                end -= 1;
            }
            message.truncate(end);
            message.push('…');
        }
        Self {
            code,
            message,
            retryable: false,
            retry_after_ms: None,
        }
    }

    /// An error that may be gone at the next attempt.
    pub fn retryable(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            retryable: true,
            ..Self::new(code, message)
        }
    }
}

/// What model calls used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    /// Model calls.
    pub calls: u64,
    /// Tokens sent.
    pub prompt_tokens: u64,
    /// Tokens received.
    pub completion_tokens: u64,
    /// What it cost; `None` when the price is not known.
    pub cost: Option<Money>,
}

impl Usage {
    /// The sum; unknown costs stay unknown.
    pub fn add(&mut self, other: &Usage) {
        self.cost = if self.calls == 0 {
            other.cost
        } else if other.calls == 0 {
            self.cost
        } else {
            self.cost.zip(other.cost).map(|(a, b)| a + b)
        };
        self.calls += other.calls;
        self.prompt_tokens += other.prompt_tokens;
        self.completion_tokens += other.completion_tokens;
    }
}
