//! What a host (server, command line, test) gives a run and gets back.

use std::{collections::HashMap, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use types::{Clock, RunId};

use super::{Event, Failure, RunStatus};
use crate::{
    Value,
    component::{BoxFuture, Chunk, Resources, Usage},
    limits::{RunShare, Shares},
    plan::Plan,
};

/// Events of one run that go to the journal together.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// The number of the first event.
    pub first_seq: u64,
    /// How many events.
    pub count: u32,
    /// The events as JSON lines.
    pub body: Vec<u8>,
    /// The run after these events.
    pub summary: Progress,
}

/// A run in short, for its row.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    /// The state.
    pub status: RunStatus,
    /// Stages of the file with an end (an inner stage counts when its control stage ends).
    pub stages_done: u32,
    /// Stages of the file.
    pub stages_total: u32,
    /// Whether a stage ended in these events, inner stages included: a run that dies again and
    /// again between such segments goes on.
    pub progressed: bool,
    /// The number of the last event.
    pub last_seq: u64,
    /// The time of the last event.
    pub at: DateTime<Utc>,
    /// Model usage so far.
    pub usage: Usage,
    /// Why the run did not succeed; set by the segment that ends it.
    pub error: Option<Failure>,
    /// The run's output as JSON (or a reference to an artifact); set by the segment that ends it
    /// with success.
    pub output: Option<String>,
}

/// Why a journal took nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// Another process drives the run now.
    #[error("another worker drives this run now")]
    Fenced,
    /// It could not be written.
    #[error("the journal could not be written: {0}")]
    Failed(String),
}

/// Where the events of one run go.
pub trait Journal: Send + Sync {
    /// Takes a segment, in order. Does not block; the host may batch.
    fn append(&self, segment: Segment);
    /// Resolves when every event up to `seq` is durable.
    fn durable(&self, seq: u64) -> BoxFuture<'_, Result<(), JournalError>>;
}

/// Why the artifact store failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the artifact store failed: {0}")]
pub struct ArtifactError(pub String);

/// Where large values go, by the hash of their bytes.
pub trait Artifacts: Send + Sync {
    /// Stores bytes, whose SHA-256 in hex the caller knows.
    fn put<'a>(
        &'a self,
        sha256: &'a str,
        bytes: Vec<u8>,
    ) -> BoxFuture<'a, Result<(), ArtifactError>>;
    /// The bytes with this SHA-256.
    fn get<'a>(&'a self, sha256: &'a str) -> BoxFuture<'a, Result<Vec<u8>, ArtifactError>>;
    /// The bytes of several, in the order of their names. A store that is far away answers them
    /// together.
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
/// Sees events.
pub type Observe = Arc<dyn Fn(&Event) + Send + Sync>;
/// Reads a variable of the environment.
pub type Env = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// Asked when a run only sleeps for a while and needs no slot: gives what ends when it goes on, or
/// `None` when there is no place to rest in and the run is to be parked.
pub type Rest = Arc<dyn Fn() -> Option<Box<dyn Send>> + Send + Sync>;

/// What a host provides to a run.
#[derive(Clone)]
pub struct RunHost {
    /// Takes the events.
    pub journal: Arc<dyn Journal>,
    /// Takes large values.
    pub artifacts: Arc<dyn Artifacts>,
    /// Gives the events' times.
    pub clock: Clock,
    /// Resources for components.
    pub resources: Resources,
    /// Receives text that a model is still writing.
    pub live: Option<Live>,
    /// Receives every event after it went to the journal.
    pub observe: Option<Observe>,
    /// Reads a variable of the environment; gives `None` in a server.
    pub env: Env,
    /// What the run may use, and its part of what the process has.
    pub share: RunShare,
    /// Where a run sleeps that is not parked.
    pub rest: Option<Rest>,
    /// How many attempts may be in flight at once in this run.
    pub max_in_flight: usize,
    /// With nothing but timers left, a run whose next one is further away than this is parked.
    pub park_after: Duration,
    /// How long attempts in flight may take to end after [`Signal::Shutdown`].
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
            rest: None,
            max_in_flight: 256,
            park_after: Duration::from_secs(1),
            drain: Duration::from_secs(10),
        }
    }
}

/// What is to be run.
#[derive(Clone)]
pub struct RunSpec {
    /// The run.
    pub run_id: RunId,
    /// The compiled version.
    pub plan: Arc<Plan>,
    /// The input; used only when there is no history.
    pub input: Value,
    /// How long the run may take; the pipeline's own `timeout_ms` otherwise.
    pub timeout: Option<Duration>,
}

/// What a host may ask of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signal {
    /// End the run as cancelled.
    Cancel {
        /// Who.
        by: Option<String>,
        /// Why.
        reason: Option<String>,
    },
    /// Stop at a clean point: nothing new starts, what is in flight may end, the journal is
    /// flushed, the run is not finished.
    Shutdown,
}

/// How driving a run ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The run is finished and `run.finished` is durable.
    Finished(RunResult),
    /// Only timers are left and all events are durable: drive again with the whole history at
    /// `wake_at`, or when a signal comes.
    Parked {
        /// The next timer.
        wake_at: DateTime<Utc>,
    },
    /// After [`Signal::Shutdown`]; all events are durable.
    Stopped,
    /// Another process drives the run; nothing was done after that was known.
    Fenced,
    /// The journal or the artifact store failed: drive again with the durable history.
    Failed(JournalError),
}

/// The end of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct RunResult {
    /// Succeeded, failed or cancelled.
    pub status: RunStatus,
    /// The output; null unless succeeded.
    pub output: Value,
    /// Why not succeeded.
    pub error: Option<Failure>,
    /// What all model calls used.
    pub usage: Usage,
}

/// Artifacts in memory: for tests and for runs without a server.
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

/// The SHA-256 of bytes in hex: the name of an artifact.
pub fn sha256_hex(bytes: &[u8]) -> String {
    types::hex(&Sha256::digest(bytes))
}
