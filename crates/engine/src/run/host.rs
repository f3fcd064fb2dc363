//! The interface between a run and its host (server, command line, test).

use std::{collections::HashMap, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use types::{Clock, RunId};

use super::{Earlier, Event, Failure, RunStatus};
use crate::{
    Value,
    component::{BoxFuture, Chunk, Resources, Usage},
    limits::{RunShare, Shares},
    plan::Plan,
};

/// Events of one run that are written to the journal together.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// The number of the first event.
    pub first_seq: u64,
    /// The number of events.
    pub count: u32,
    /// The events as JSON lines.
    pub body: Vec<u8>,
    /// The run's progress after these events.
    pub summary: Progress,
}

/// A short description of a run, for its row.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    /// The state.
    pub status: RunStatus,
    /// Finished stages of the file. An inner stage counts when its control stage ends.
    pub stages_done: u32,
    /// All stages of the file.
    pub stages_total: u32,
    /// Whether a stage, inner or not, ended in these events. A run that keeps crashing but ends
    /// stages in between is making progress.
    pub progressed: bool,
    /// The number of the last event.
    pub last_seq: u64,
    /// The time of the last event.
    pub at: DateTime<Utc>,
    /// Model usage so far.
    pub usage: Usage,
    /// Why the run did not succeed; set in the segment that ends it.
    pub error: Option<Failure>,
    /// The run's output as JSON (or as a reference to an artifact); set in the segment that ends it
    /// successfully.
    pub output: Option<String>,
}

/// Why a journal rejected events.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// Another worker has taken over the run.
    #[error("another worker has taken over this run")]
    Fenced,
    /// The write failed.
    #[error("the journal could not be written: {0}")]
    Failed(String),
}

/// Stores the events of one run.
pub trait Journal: Send + Sync {
    /// Appends a segment; called in order. Must not block; the host may batch segments.
    fn append(&self, segment: Segment);
    /// Resolves once all events up to `seq` are durable.
    fn durable(&self, seq: u64) -> BoxFuture<'_, Result<(), JournalError>>;
}

/// An error of the artifact store.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the artifact store failed: {0}")]
pub struct ArtifactError(pub String);

/// Stores large values under the hash of their bytes.
pub trait Artifacts: Send + Sync {
    /// Stores bytes. `sha256` is their SHA-256 in hex.
    fn put<'a>(
        &'a self,
        sha256: &'a str,
        bytes: Vec<u8>,
    ) -> BoxFuture<'a, Result<(), ArtifactError>>;
    /// Returns the bytes with this SHA-256.
    fn get<'a>(&'a self, sha256: &'a str) -> BoxFuture<'a, Result<Vec<u8>, ArtifactError>>;
    /// Returns the bytes of several artifacts, in the order of their names. A remote store should
    /// answer them in one request.
    fn get_many<'a>(
        &'a self,
        names: &'a [String],
    ) -> BoxFuture<'a, Result<Vec<Vec<u8>>, ArtifactError>> {
        Box::pin(async move {
            let mut all = Vec::with_capacity(names.len());
            for name in names {
                all.push(self.get(name).await?);
            }
            Ok(all)
        })
    }
}

/// Receives text that a model is still writing.
pub type Live = Arc<dyn Fn(Chunk) + Send + Sync>;
/// Receives events.
pub type Observe = Arc<dyn Fn(&Event) + Send + Sync>;
/// Reads an environment variable.
pub type Env = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// Called when a run only sleeps and needs no slot. The returned value is dropped when the run
/// continues. `None`: nothing can hold the run while it sleeps, so it is parked.
pub type SleepHold = Arc<dyn Fn() -> Option<Box<dyn Send>> + Send + Sync>;

/// Everything that a host provides to a run.
#[derive(Clone)]
pub struct RunHost {
    /// Stores the events.
    pub journal: Arc<dyn Journal>,
    /// Stores large values.
    pub artifacts: Arc<dyn Artifacts>,
    /// The source of the events' times.
    pub clock: Clock,
    /// The resources available to components.
    pub resources: Resources,
    /// Receives text that a model is still writing.
    pub live: Option<Live>,
    /// Receives each event after it was appended to the journal.
    pub observe: Option<Observe>,
    /// Reads an environment variable; always returns `None` in a server.
    pub env: Env,
    /// The run's limits and its share of the process's resources.
    pub share: RunShare,
    /// The results of an earlier run that this one takes over where nothing changed.
    pub earlier: Option<Arc<Earlier>>,
    /// Called when the run only sleeps; see [`SleepHold`].
    pub rest: Option<SleepHold>,
    /// The maximum number of attempts in flight in this run.
    pub max_in_flight: usize,
    /// A run is parked if only timers are pending and the next is due later than this.
    pub park_after: Duration,
    /// How long attempts in flight may continue after [`Signal::Shutdown`].
    pub drain: Duration,
}

impl RunHost {
    /// A host with the default limits and no resources.
    pub fn new(journal: Arc<dyn Journal>, artifacts: Arc<dyn Artifacts>, clock: Clock) -> Self {
        Self {
            journal,
            artifacts,
            clock,
            resources: Resources::default(),
            live: None,
            observe: None,
            env: Arc::new(|_| None),
            share: Shares::of_this_process().run(0),
            earlier: None,
            rest: None,
            max_in_flight: 256,
            park_after: Duration::from_secs(1),
            drain: Duration::from_secs(10),
        }
    }
}

/// A run to drive.
#[derive(Clone)]
pub struct RunSpec {
    /// The run's id.
    pub run_id: RunId,
    /// The compiled pipeline version.
    pub plan: Arc<Plan>,
    /// The run's input; ignored if there is a history.
    pub input: Value,
    /// The run's time limit; `None`: the pipeline's own `timeout_ms`.
    pub timeout: Option<Duration>,
}

/// A request from the host to a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signal {
    /// End the run as cancelled.
    Cancel {
        /// The originator, if known.
        by: Option<String>,
        /// The reason, if given.
        reason: Option<String>,
    },
    /// Stop cleanly: nothing new starts, attempts in flight may end, the journal is flushed, and
    /// the run stays unfinished.
    Shutdown,
}

/// How a drive ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The run is finished and `run.finished` is durable.
    Finished(RunResult),
    /// Only timers are pending and all events are durable. Drive the run again with its whole
    /// history at `wake_at`, or when a signal arrives.
    Parked {
        /// When the next timer is due.
        wake_at: DateTime<Utc>,
    },
    /// Stopped after [`Signal::Shutdown`]; all events are durable.
    Stopped,
    /// Another worker has taken over the run; this one did nothing after it found out.
    Fenced,
    /// The journal or the artifact store failed. Drive the run again with its durable history.
    Failed(JournalError),
}

/// The result of a finished run.
#[derive(Clone, Debug, PartialEq)]
pub struct RunResult {
    /// Succeeded, failed or cancelled.
    pub status: RunStatus,
    /// The output; null unless the run succeeded.
    pub output: Value,
    /// The error; `None` if the run succeeded.
    pub error: Option<Failure>,
    /// The usage of all model calls.
    pub usage: Usage,
}

/// An artifact store in memory, for tests and for runs without a server.
#[derive(Debug, Default)]
pub struct MemoryArtifacts(Mutex<HashMap<String, Vec<u8>>>);

impl Artifacts for MemoryArtifacts {
    fn put<'a>(
        &'a self,
        sha256: &'a str,
        bytes: Vec<u8>,
    ) -> BoxFuture<'a, Result<(), ArtifactError>> {
        self.0.lock().insert(sha256.to_owned(), bytes);
        Box::pin(std::future::ready(Ok(())))
    }

    fn get<'a>(&'a self, sha256: &'a str) -> BoxFuture<'a, Result<Vec<u8>, ArtifactError>> {
        let found = self.0.lock().get(sha256).cloned();
        let found = found.ok_or_else(|| ArtifactError(format!("there is no artifact {sha256}")));
        Box::pin(std::future::ready(found))
    }
}

/// The SHA-256 of bytes in hex, which is the name of an artifact.
pub fn sha256_hex(bytes: &[u8]) -> String {
    types::hex(&Sha256::digest(bytes))
}
