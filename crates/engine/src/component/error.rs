//! Errors of stages, and the usage of model calls.

use serde::{Deserialize, Serialize};
use types::{ErrorCode, Money};

/// Why an attempt failed. It is written to the journal, so it must not contain internals or
/// secrets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct StageError {
    /// A stable code.
    pub code: ErrorCode,
    /// A message for people, at most 8 KiB.
    pub message: String,
    /// Whether another attempt could succeed. The retry policy applies only if so.
    #[serde(default)]
    pub retryable: bool,
    /// The minimum delay before the next attempt (a server's `Retry-After`), in ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

impl StageError {
    /// The maximum length of a message, in bytes.
    pub const MAX_MESSAGE: usize = 8 * 1024;

    /// An error that another attempt would only repeat.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        let mut message = types::sentence(&message.into()).into_owned();
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

    /// An error that may not occur in the next attempt.
    pub fn retryable(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            retryable: true,
            ..Self::new(code, message)
        }
    }
}

/// The usage of model calls. Counts that an endpoint does not report, or reports wrongly, are
/// unknown, never 0. Without calls, the usage is 0.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    /// The number of model calls.
    pub calls: u64,
    /// The number of tokens sent; `None` if unknown.
    pub prompt_tokens: Option<u64>,
    /// The number of tokens received; `None` if unknown.
    pub completion_tokens: Option<u64>,
    /// The cost; `None` if a price or a token count is unknown.
    pub cost: Option<Money>,
}

impl Default for Usage {
    fn default() -> Self {
        Self {
            calls: 0,
            prompt_tokens: Some(0),
            completion_tokens: Some(0),
            cost: None,
        }
    }
}

impl Usage {
    /// Adds another usage. A count that is unknown in either is unknown in the sum.
    pub fn add(&mut self, other: &Usage) {
        self.cost = if self.calls == 0 {
            other.cost
        } else if other.calls == 0 {
            self.cost
        } else {
            self.cost.zip(other.cost).map(|(a, b)| a + b)
        };
        let sum = |a: Option<u64>, b: Option<u64>| a.zip(b).map(|(a, b)| a.saturating_add(b));
        self.calls += other.calls;
        self.prompt_tokens = sum(self.prompt_tokens, other.prompt_tokens);
        self.completion_tokens = sum(self.completion_tokens, other.completion_tokens);
    }

    /// The number of tokens sent and received; `None` if either is unknown.
    pub fn tokens(&self) -> Option<u64> {
        let both = self.prompt_tokens.zip(self.completion_tokens);
        both.map(|(sent, received)| sent.saturating_add(received))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unknown_in_a_part_is_unknown_in_the_sum_and_an_old_journal_is_read() {
        let known: Usage = serde_json::from_str(
            r#"{"calls":1,"prompt_tokens":5,"completion_tokens":3,"cost":10}"#,
        )
        .unwrap();
        let unknown: Usage = serde_json::from_str(
            r#"{"calls":1,"prompt_tokens":5,"completion_tokens":null,"cost":null}"#,
        )
        .unwrap();
        let mut sum = Usage::default();
        sum.add(&known);
        assert_eq!(sum, known);
        sum.add(&unknown);
        assert_eq!((sum.calls, sum.prompt_tokens), (2, Some(10)));
        assert_eq!(
            (sum.completion_tokens, sum.tokens(), sum.cost),
            (None, None, None)
        );
        assert_eq!(Usage::default().tokens(), Some(0));
        let written = serde_json::to_string(&unknown).unwrap();
        assert!(written.contains(r#""completion_tokens":null"#), "{written}");
    }
}
