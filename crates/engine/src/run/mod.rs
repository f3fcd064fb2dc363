//! Runs: the journal's events, the state machine and the driver.
//!
//! `state` is pure: events change it, and it returns the next command. `drive` carries out the
//! commands: it resolves inputs, calls bodies and writes events. Storage is behind [`Journal`].

mod artifact;
mod backoff;
mod drive;
mod earlier;
mod encode;
mod ending;
mod event;
mod host;
mod input;
pub mod local;
mod one_stage;
mod recorded;
mod reuse;
mod selected;
mod skip;
mod state;
mod subjects;
#[cfg(test)]
pub(crate) mod tests;
mod view;

pub use artifact::{
    ArtifactRef, INLINE_LIMIT, RowValue, artifact_bytes, artifact_ref, load_artifacts,
};
pub use drive::drive;
pub use earlier::Earlier;
pub use encode::encode;
pub use ending::failed_segment;
pub use event::{
    DecodeError, Event, EventBody, FORMAT, Failure, Reused, RunStatus, Unchanged, decode,
};
pub use host::{
    ArtifactError, Artifacts, Env, Journal, JournalError, Live, MemoryArtifacts, Observe, Outcome,
    Progress, RunHost, RunResult, RunSpec, Segment, Signal, SleepHold, sha256_hex,
};
pub use input::{InputSources, stage_input};
pub use one_stage::OneStage;
pub use recorded::{Asked, Recorded};
pub use reuse::{
    NotReusable, ReusedEvents, TakenSegment, from_failed, from_start, only_stage, unchanged_since,
};
pub use selected::{Begin, OldRun, Pinned, Selection, selected};
pub use skip::SkipReason;
pub use subjects::{Subjects, Wanted};
pub use view::{AttemptView, RunView, StageRun, StageRunStatus};
