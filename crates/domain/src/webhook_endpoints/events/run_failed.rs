//! `run.failed`.

use super::{EventType, runs};

/// The event type.
pub const TYPE: EventType = EventType {
    name: "run.failed",
    version: 1,
    description: "A run has failed. Runs of drafts are not announced.",
    run_status: Some("failed"),
    schema: runs::schema,
};
