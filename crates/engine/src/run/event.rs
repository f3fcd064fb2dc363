//! The events of a journal as typed values, and reading them from the bytes of a segment.
//!
//! `docs/journal.md` is the catalogue. Writing is in `encode`: the hot loop writes bytes, it does
//! not build these.

use std::{borrow::Cow, sync::Arc};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use types::ErrorCode;

use crate::{
    Value,
    component::{LogLine, StageError, Usage},
};

/// The format that this program writes, and the newest that it reads.
pub const FORMAT: u32 = 1;

/// One event of a run's journal.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// 1, 2, 3 … without a gap.
    pub seq: u64,
    /// When; never earlier than the event before.
    pub at: DateTime<Utc>,
    /// The address of the stage it is about.
    pub stage: Option<Arc<str>>,
    /// What happened.
    pub body: EventBody,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum EventBody {
    /// `run.started`: the first event.
    RunStarted {
        /// The run's input.
        input: Value,
        /// The journal's format.
        format: u32,
        /// What was taken over from another run's journal.
        reused: Option<Reused>,
    },
    /// `run.signal`: a request to the run, such as a cancellation.
    RunSignal {
        /// `cancel`.
        signal: String,
        /// Who.
        by: Option<String>,
        /// Why.
        reason: Option<String>,
    },
    /// `stage.scheduled`: its dependencies are done; its `now()` is this event's time.
    StageScheduled,
    /// `stage.started`: an attempt begins.
    StageStarted {
        /// From 1.
        attempt: u32,
        /// Until when a control stage must have its result.
        deadline: Option<DateTime<Utc>>,
        /// How many items a loop has.
        items: Option<u64>,
    },
    /// `stage.intent`: a call or an effect is about to go out.
    StageIntent {
        /// From 1.
        attempt: u32,
        /// The idempotency key.
        key: String,
    },
    /// `stage.succeeded`: the result; the stage never executes again.
    StageSucceeded {
        /// From 1.
        attempt: u32,
        /// The output.
        output: Value,
        /// What the attempt logged.
        logs: Vec<LogLine>,
        /// What the attempt used.
        usage: Option<Usage>,
    },
    /// `stage.failed`: an attempt failed.
    StageFailed {
        /// From 1.
        attempt: u32,
        /// Why.
        error: Failure,
        /// Whether no attempt follows.
        last: bool,
        /// What the attempt logged.
        logs: Vec<LogLine>,
        /// What the attempt used.
        usage: Option<Usage>,
    },
    /// `stage.retry_at`: another attempt follows at that time.
    StageRetryAt {
        /// The attempt that follows.
        attempt: u32,
        /// When.
        due: DateTime<Utc>,
    },
    /// `stage.expired`: a control stage's time is over; what is inside it ends.
    StageExpired,
    /// `stage.skipped`: it does not run in this activation.
    StageSkipped {
        /// The code of a [`super::SkipReason`]; that of a newer program is kept as it is.
        reason: String,
    },
    /// `wait.started`: a durable sleep.
    WaitStarted {
        /// Until when.
        due: DateTime<Utc>,
    },
    /// `wait.ended`: the sleep is over.
    WaitEnded,
    /// `run.finished`: the last event, exactly once.
    RunFinished {
        /// How.
        status: RunStatus,
        /// The run's output, when it succeeded.
        output: Value,
        /// Why it did not.
        error: Option<Failure>,
    },
}

/// What a run took over from another run's journal: its own first events, with the times that they
/// had there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reused {
    /// The other run's id.
    pub run: String,
    /// The number of the last event that was taken over.
    pub through: u64,
    /// When; from then on counts the time that the run may take.
    pub at: DateTime<Utc>,
    /// The one stage that the run is for; the others of the top level do not run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only: Option<Arc<str>>,
}

/// An error as it stands in a journal and in a run's row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// A stable code.
    pub code: ErrorCode,
    /// A sentence for a person.
    pub message: String,
    /// The address of the stage where it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<Arc<str>>,
}

impl Failure {
    /// The short form of a stage's error.
    pub fn of(error: &StageError, stage: Option<Arc<str>>) -> Self {
        Self {
            code: error.code,
            message: error.message.clone(),
            stage,
        }
    }
}

/// The state of a run as far as the engine knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunStatus {
    /// Stages are running.
    Running,
    /// Only timers are left.
    Waiting,
    /// Finished successfully.
    Succeeded,
    /// Finished with an error.
    Failed,
    /// Finished by a cancellation.
    Cancelled,
}

impl RunStatus {
    /// The word in journals and rows.
    pub fn as_str(self) -> &'static str {
        match self {
            RunStatus::Running => "running",
            RunStatus::Waiting => "waiting",
            RunStatus::Succeeded => "succeeded",
            RunStatus::Failed => "failed",
            RunStatus::Cancelled => "cancelled",
        }
    }

    /// Whether it never changes any more.
    pub fn is_finished(self) -> bool {
        matches!(
            self,
            RunStatus::Succeeded | RunStatus::Failed | RunStatus::Cancelled
        )
    }
}

impl EventBody {
    /// The value that may stand in the journal as a reference to an artifact.
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

    /// As [`EventBody::value`], to be replaced.
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
    /// Written by a newer program.
    #[error("the journal is of a newer format ({0}) than this program reads")]
    Newer(String),
    /// Not a journal, or a damaged one.
    #[error("the journal is damaged: {0}")]
    Damaged(String),
}

impl DecodeError {
    /// The stable code.
    pub fn code(&self) -> ErrorCode {
        match self {
            DecodeError::Newer(_) => ErrorCode::JournalVersion,
            DecodeError::Damaged(_) => ErrorCode::JournalFailed,
        }
    }
}

/// Reads the events of a segment's body. Values that were stored as artifacts stay references;
/// see [`super::load_artifacts`].
pub fn decode(body: &[u8]) -> Result<Vec<Event>, DecodeError> {
    body.split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(decode_line)
        .collect()
}

/// Every field that an event may have.
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
            "event {} ({}) lacks `{field}`",
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
            "event {} names no stage",
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
