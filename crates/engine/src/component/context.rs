//! What a running stage may ask of its surroundings.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;
use types::Clock;

use super::{Resources, Usage};
use crate::{Value, limits::Memory, policy::LlmSettings};

/// A line that a stage logged; journalled with the end of its attempt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogLine {
    /// When.
    pub at: DateTime<Utc>,
    /// `debug`, `info`, `warning` or `error`.
    pub level: String,
    /// What.
    pub message: String,
    /// More, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
}

/// Text that a model is still writing: shown live, not journalled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Chunk {
    /// The stage's address.
    pub stage: String,
    /// The attempt.
    pub attempt: u32,
    /// How many characters came before.
    pub offset: usize,
    /// The new text.
    pub text: String,
}

/// The surroundings of one attempt. The executor fills it; a component only reads it.
#[derive(Clone)]
pub struct StageContext {
    /// The stage's address within the run (`id`, `id[3]/inner` …).
    pub address: Arc<str>,
    /// From 1.
    pub attempt: u32,
    /// How many attempts the stage's retry policy allows; 1 without a policy.
    pub max_attempts: u32,
    /// The recorded time of the stage's scheduling: what `now()` gives.
    pub scheduled_at: DateTime<Utc>,
    /// The run's id.
    pub run_id: Arc<str>,
    /// What the host provides.
    pub resources: Resources,
    /// The source of the times of log lines.
    pub clock: Clock,
    /// Set when the run is cancelled or the attempt's time is over.
    pub cancel: CancellationToken,
    /// The stage's model settings.
    pub llm: Option<Arc<LlmSettings>>,
    /// Collects logs and usage of the attempt.
    pub report: Arc<Mutex<Report>>,
    /// Receives text that a model is still writing.
    pub live: Option<Arc<dyn Fn(Chunk) + Send + Sync>>,
    /// The run's account of memory: a body that takes many megabytes charges them here.
    pub memory: Memory,
    /// Evaluates lazy fields; see `StageContext::lazy`, added by the executor.
    pub lazy: Arc<dyn LazyFields>,
}

/// What an attempt reported beside its output.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Lines logged.
    pub logs: Vec<LogLine>,
    /// Model usage.
    pub usage: Option<Usage>,
    /// How many lines were dropped because there were too many.
    pub dropped: u64,
}

impl Report {
    /// Lines of one attempt that are kept.
    pub const MOST_LINES: usize = 1_000;
}

/// The stage's lazy fields, compiled once per version and bound to the run's scope.
pub trait LazyFields: Send + Sync {
    /// Evaluates a lazy field with these names in scope; `Ok(None)` when the stage does not set
    /// it. With `spread` the fields of that value are names too (`data`'s fields in a filter).
    fn eval(
        &self,
        field: &str,
        locals: &[(&str, Value)],
        spread: Option<&Value>,
    ) -> Result<Option<Value>, super::StageError>;
}

impl StageContext {
    /// A key that is the same on every attempt and after a crash; unique per run and address.
    pub fn idempotency_key(&self) -> String {
        format!("{}:{}", self.run_id, self.address)
    }

    /// Logs a line.
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

    /// Adds model usage.
    pub fn meter(&self, usage: &Usage) {
        self.report.lock().usage.get_or_insert_default().add(usage);
    }
}
