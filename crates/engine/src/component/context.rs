//! The context that a running stage receives.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;
use types::Clock;

use super::{Resources, Usage};
use crate::{Value, limits::Memory, policy::LlmSettings};

/// A log line of a stage, journalled with the end of its attempt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogLine {
    /// The time of the line.
    pub at: DateTime<Utc>,
    /// `debug`, `info`, `warning` or `error`.
    pub level: String,
    /// The text of the line.
    pub message: String,
    /// Additional data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
}

/// Part of the text that a model is generating: shown live, not journalled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Chunk {
    /// The stage's address.
    pub stage: String,
    /// The attempt, starting at 1.
    pub attempt: u32,
    /// The number of characters before this part.
    pub offset: usize,
    /// The new text.
    pub text: String,
}

/// The context of one attempt. The executor fills it; a component only reads it.
#[derive(Clone)]
pub struct StageContext {
    /// The stage's address within the run, such as `id` or `id[3]/inner`.
    pub address: Arc<str>,
    /// The attempt, starting at 1.
    pub attempt: u32,
    /// The maximum number of attempts of the stage's retry policy; 1 without a policy.
    pub max_attempts: u32,
    /// When the stage was scheduled, as recorded in the journal: the value of `now()`.
    pub scheduled_at: DateTime<Utc>,
    /// The run's id.
    pub run_id: Arc<str>,
    /// The resources that the host provides.
    pub resources: Resources,
    /// The clock for the times of log lines.
    pub clock: Clock,
    /// Cancelled when the run is cancelled or the attempt times out.
    pub cancel: CancellationToken,
    /// The stage's model settings; `None` if the file has none.
    pub llm: Option<Arc<LlmSettings>>,
    /// Collects the attempt's log lines and usage.
    pub report: Arc<Mutex<Report>>,
    /// Receives text that a model is generating.
    pub live: Option<Arc<dyn Fn(Chunk) + Send + Sync>>,
    /// The run's memory account. A body that needs many megabytes charges them here.
    pub memory: Memory,
    /// Evaluates the stage's lazy fields.
    pub lazy: Arc<dyn LazyFields>,
}

/// What an attempt reports in addition to its output.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The log lines.
    pub logs: Vec<LogLine>,
    /// The model usage; `None` without model calls.
    pub usage: Option<Usage>,
    /// The number of lines dropped because there were too many.
    pub dropped: u64,
    /// Whether the executor took the result over from an earlier run instead of running the body.
    pub taken_over: bool,
}

impl Report {
    /// The maximum number of log lines of one attempt.
    pub const MOST_LINES: usize = 1_000;
}

/// A stage's lazy fields, compiled once per version and bound to the run's scope.
pub trait LazyFields: Send + Sync {
    /// Evaluates a lazy field with the names in `locals` in scope; `Ok(None)` if the stage does not
    /// set the field. The fields of the value `spread`, if given, are names too (those of `data` in
    /// a filter).
    fn eval(
        &self,
        field: &str,
        locals: &[(&str, Value)],
        spread: Option<&Value>,
    ) -> Result<Option<Value>, super::StageError>;
}

impl StageContext {
    /// A key that is the same for all attempts, also after a crash, and unique per run and address.
    pub fn idempotency_key(&self) -> String {
        format!("{}:{}", self.run_id, self.address)
    }

    /// Adds a log line, or counts it as dropped if the attempt already has too many.
    pub fn log(&self, level: &str, message: impl Into<String>, data: Option<Value>) {
        let mut report = self.report.lock();
        if report.logs.len() >= Report::MOST_LINES {
            report.dropped += 1;
            return;
        }
        report.logs.push(LogLine {
            at: self.clock.now(),
            level: level.to_owned(),
            message: message.into(),
            data,
        });
    }

    /// Adds the usage of model calls.
    pub fn meter(&self, usage: &Usage) {
        self.report.lock().usage.get_or_insert_default().add(usage);
    }
}
