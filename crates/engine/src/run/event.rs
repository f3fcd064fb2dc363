//! The events of a journal as typed values, and the decoder for a segment's bytes.
//!
//! `docs/journal.md` documents each event. Writing is in `encode`, which produces bytes directly.

use std::{borrow::Cow, sync::Arc};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use types::ErrorCode;

use super::selected::{Pinned, Selection};
use crate::{
    Value,
    component::{LogLine, StageError, Usage},
};

/// The journal format that this program writes, and the newest that it can read.
pub const FORMAT: u32 = 1;

/// One event of a run's journal.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The event's number: 1, 2, 3 … without gaps.
    pub seq: u64,
    /// The event's time; never earlier than the previous event's.
    pub at: DateTime<Utc>,
    /// The address of the stage that the event is about; `None` for events of the run.
    pub stage: Option<Arc<str>>,
    /// What happened.
    pub body: EventBody,
}

/// The type of an event and its fields.
#[derive(Clone, Debug, PartialEq)]
pub enum EventBody {
    /// `run.started`: the first event.
    RunStarted {
        /// The run's input.
        input: Value,
        /// The journal's format.
        format: u32,
        /// The events that were reused from another run's journal.
        reused: Option<Reused>,
    },
    /// `run.signal`: a request to the run, such as a cancellation.
    RunSignal {
        /// The request; currently always `cancel`.
        signal: String,
        /// The originator, if known.
        by: Option<String>,
        /// The reason, if given.
        reason: Option<String>,
    },
    /// `stage.scheduled`: the stage's dependencies are done. Its `now()` is this event's time.
    StageScheduled,
    /// `stage.started`: an attempt begins.
    StageStarted {
        /// The attempt, starting at 1.
        attempt: u32,
        /// The deadline of a control stage.
        deadline: Option<DateTime<Utc>>,
        /// The number of items of a loop.
        items: Option<u64>,
    },
    /// `stage.intent`: a model call or an effect is about to be sent.
    StageIntent {
        /// The attempt, starting at 1.
        attempt: u32,
        /// The idempotency key.
        key: String,
    },
    /// `stage.succeeded`: the stage has its result and never runs again.
    StageSucceeded {
        /// The attempt, starting at 1.
        attempt: u32,
        /// The output.
        output: Value,
        /// The attempt's log lines.
        logs: Vec<LogLine>,
        /// The attempt's model usage.
        usage: Option<Usage>,
        /// Whether the result is that of an earlier run ([`Reused::unchanged`]), so that nothing
        /// was executed.
        taken_over: bool,
    },
    /// `stage.failed`: an attempt failed.
    StageFailed {
        /// The attempt, starting at 1.
        attempt: u32,
        /// The error.
        error: Failure,
        /// Whether this was the last attempt.
        last: bool,
        /// The attempt's log lines.
        logs: Vec<LogLine>,
        /// The attempt's model usage.
        usage: Option<Usage>,
    },
    /// `stage.retry_at`: the next attempt is due at the given time.
    StageRetryAt {
        /// The number of the next attempt.
        attempt: u32,
        /// When it is due.
        due: DateTime<Utc>,
    },
    /// `stage.expired`: a control stage exceeded its deadline; its inner stages end.
    StageExpired,
    /// `stage.skipped`: the stage does not run in this activation.
    StageSkipped {
        /// The code of a [`super::SkipReason`]. An unknown code of a newer program is kept.
        reason: String,
    },
    /// `wait.started`: a durable sleep begins.
    WaitStarted {
        /// When the sleep ends.
        due: DateTime<Utc>,
    },
    /// `wait.ended`: the sleep is over.
    WaitEnded,
    /// `run.finished`: the last event; there is exactly one.
    RunFinished {
        /// The final status.
        status: RunStatus,
        /// The run's output; null unless it succeeded.
        output: Value,
        /// The error; `None` if it succeeded.
        error: Option<Failure>,
    },
}

/// The events that a run reused from another run's journal: its own first events, with their
/// original times.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reused {
    /// The other run's id; empty if the run has no results of another one.
    pub run: String,
    /// The number of the last reused event.
    pub through: u64,
    /// When the retry started. The run's time limit counts from here.
    pub at: DateTime<Utc>,
    /// If the run executes a single stage, its address. The other top-level stages do not run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only: Option<Arc<str>>,
    /// If stages take over results of the other run while this one runs: how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unchanged: Option<Unchanged>,
    /// If whoever started the run of a draft chose what it executes, or it has pins: which stages it
    /// executes. What the run begins with is then part of the request, and a retry begins with it, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selection: Option<Selection>,
    /// With `selection`: the number of the last event of a result that was asked for. What a retry takes
    /// over besides follows.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub given: u64,
    /// The stages that have a pinned output when their turn comes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pinned: Vec<Pinned>,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// How a run takes over the results of stages that did not change since another run; see
/// [`super::Earlier`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unchanged {
    /// The id of the version that the other run executed.
    pub version: String,
    /// Whether stages that read or change something outside may be reused too.
    pub outside: bool,
}

/// An error as stored in a journal and in a run's row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// A stable code.
    pub code: ErrorCode,
    /// A message for people.
    pub message: String,
    /// The address of the stage in which the error occurred.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<Arc<str>>,
}

impl Failure {
    /// The error of a stage, without its retry information.
    pub fn of(error: &StageError, stage: Option<Arc<str>>) -> Self {
        Self {
            code: error.code,
            message: error.message.clone(),
            stage,
        }
    }
}

/// The state of a run, as far as the engine knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunStatus {
    /// Stages are running.
    Running,
    /// Only timers are pending.
    Waiting,
    /// Finished successfully.
    Succeeded,
    /// Finished with an error.
    Failed,
    /// Finished by a cancellation.
    Cancelled,
}

impl RunStatus {
    /// The name used in journals and rows.
    pub fn as_str(self) -> &'static str {
        match self {
            RunStatus::Running => "running",
            RunStatus::Waiting => "waiting",
            RunStatus::Succeeded => "succeeded",
            RunStatus::Failed => "failed",
            RunStatus::Cancelled => "cancelled",
        }
    }

    /// Whether the status is final.
    pub fn is_finished(self) -> bool {
        matches!(
            self,
            RunStatus::Succeeded | RunStatus::Failed | RunStatus::Cancelled
        )
    }
}

impl EventBody {
    /// The value that the journal may hold as a reference to an artifact.
    pub fn value(&self) -> Option<&Value> {
        match self {
            EventBody::RunStarted { input, .. } => Some(input),
            EventBody::StageSucceeded { output, .. } | EventBody::RunFinished { output, .. } => {
                Some(output)
            }
            EventBody::RunSignal { .. }
            | EventBody::StageScheduled
            | EventBody::StageStarted { .. }
            | EventBody::StageIntent { .. }
            | EventBody::StageFailed { .. }
            | EventBody::StageRetryAt { .. }
            | EventBody::StageExpired
            | EventBody::StageSkipped { .. }
            | EventBody::WaitStarted { .. }
            | EventBody::WaitEnded => None,
        }
    }

    /// [`EventBody::value`] as a mutable reference.
    pub fn value_mut(&mut self) -> Option<&mut Value> {
        match self {
            EventBody::RunStarted { input, .. } => Some(input),
            EventBody::StageSucceeded { output, .. } | EventBody::RunFinished { output, .. } => {
                Some(output)
            }
            EventBody::RunSignal { .. }
            | EventBody::StageScheduled
            | EventBody::StageStarted { .. }
            | EventBody::StageIntent { .. }
            | EventBody::StageFailed { .. }
            | EventBody::StageRetryAt { .. }
            | EventBody::StageExpired
            | EventBody::StageSkipped { .. }
            | EventBody::WaitStarted { .. }
            | EventBody::WaitEnded => None,
        }
    }

    /// The event's `type`.
    pub fn kind(&self) -> &'static str {
        match self {
            EventBody::RunStarted { .. } => "run.started",
            EventBody::RunSignal { .. } => "run.signal",
            EventBody::StageScheduled => "stage.scheduled",
            EventBody::StageStarted { .. } => "stage.started",
            EventBody::StageIntent { .. } => "stage.intent",
            EventBody::StageSucceeded { .. } => "stage.succeeded",
            EventBody::StageFailed { .. } => "stage.failed",
            EventBody::StageRetryAt { .. } => "stage.retry_at",
            EventBody::StageExpired => "stage.expired",
            EventBody::StageSkipped { .. } => "stage.skipped",
            EventBody::WaitStarted { .. } => "wait.started",
            EventBody::WaitEnded => "wait.ended",
            EventBody::RunFinished { .. } => "run.finished",
        }
    }
}

/// Why a journal cannot be read.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DecodeError {
    /// The journal was written by a newer program.
    #[error("the journal has a newer format ({0}) than this program can read")]
    Newer(String),
    /// The bytes are not a journal, or are damaged.
    #[error("the journal is damaged: {0}")]
    Damaged(String),
}

impl DecodeError {
    /// The stable error code.
    pub fn code(&self) -> ErrorCode {
        match self {
            DecodeError::Newer(_) => ErrorCode::JournalVersion,
            DecodeError::Damaged(_) => ErrorCode::JournalFailed,
        }
    }
}

/// Decodes the body of a segment. References to artifacts are not resolved; see
/// [`super::load_artifacts`].
pub fn decode(body: &[u8]) -> Result<Vec<Event>, DecodeError> {
    body.split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(decode_line)
        .collect()
}

/// All fields that an event can have.
#[derive(Deserialize)]
struct Line<'a> {
    seq: u64,
    at: DateTime<Utc>,
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(default)]
    stage: Option<Arc<str>>,
    #[serde(default)]
    attempt: u32,
    #[serde(default)]
    input: Value,
    #[serde(default)]
    format: Option<u32>,
    #[serde(default)]
    reused: Option<Reused>,
    #[serde(default)]
    signal: Option<String>,
    #[serde(default)]
    by: Option<String>,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    key: Option<String>,
    #[serde(default)]
    output: Value,
    #[serde(default)]
    error: Option<Failure>,
    #[serde(default, rename = "final")]
    last: bool,
    #[serde(default)]
    logs: Vec<LogLine>,
    #[serde(default)]
    usage: Option<Usage>,
    #[serde(default)]
    taken_over: bool,
    #[serde(default)]
    due: Option<DateTime<Utc>>,
    #[serde(default)]
    deadline: Option<DateTime<Utc>>,
    #[serde(default)]
    items: Option<u64>,
    #[serde(default)]
    status: Option<RunStatus>,
}

pub(super) fn decode_line(line: &[u8]) -> Result<Event, DecodeError> {
    let line: Line<'_> =
        serde_json::from_slice(line).map_err(|e| DecodeError::Damaged(e.to_string()))?;
    let lacks = |field: &str| {
        DecodeError::Damaged(format!(
            "event {} ({}) has no `{field}`",
            line.seq, line.kind
        ))
    };
    let due = || line.due.ok_or_else(|| lacks("due"));
    let body = match line.kind.as_ref() {
        "run.started" => {
            let format = line.format.ok_or_else(|| lacks("format"))?;
            if format > FORMAT {
                return Err(DecodeError::Newer(format.to_string()));
            }
            EventBody::RunStarted {
                input: line.input,
                format,
                reused: line.reused,
            }
        }
        "run.signal" => EventBody::RunSignal {
            signal: line.signal.clone().ok_or_else(|| lacks("signal"))?,
            by: line.by,
            reason: line.reason,
        },
        "stage.scheduled" => EventBody::StageScheduled,
        "stage.started" => EventBody::StageStarted {
            attempt: line.attempt,
            deadline: line.deadline,
            items: line.items,
        },
        "stage.intent" => EventBody::StageIntent {
            attempt: line.attempt,
            key: line.key.clone().ok_or_else(|| lacks("key"))?,
        },
        "stage.succeeded" => EventBody::StageSucceeded {
            attempt: line.attempt,
            output: line.output,
            logs: line.logs,
            usage: line.usage,
            taken_over: line.taken_over,
        },
        "stage.failed" => EventBody::StageFailed {
            attempt: line.attempt,
            error: line.error.clone().ok_or_else(|| lacks("error"))?,
            last: line.last,
            logs: line.logs,
            usage: line.usage,
        },
        "stage.retry_at" => EventBody::StageRetryAt {
            attempt: line.attempt,
            due: due()?,
        },
        "stage.expired" => EventBody::StageExpired,
        "stage.skipped" => EventBody::StageSkipped {
            reason: line.reason.clone().ok_or_else(|| lacks("reason"))?,
        },
        "wait.started" => EventBody::WaitStarted { due: due()? },
        "wait.ended" => EventBody::WaitEnded,
        "run.finished" => EventBody::RunFinished {
            status: line.status.ok_or_else(|| lacks("status"))?,
            output: line.output,
            error: line.error,
        },
        other => return Err(DecodeError::Newer(format!("an event `{other}`"))),
    };
    if line.stage.is_none() && !body.kind().starts_with("run.") {
        return Err(DecodeError::Damaged(format!(
            "event {} has no stage",
            line.seq
        )));
    }
    Ok(Event {
        seq: line.seq,
        at: line.at,
        stage: line.stage,
        body,
    })
}
