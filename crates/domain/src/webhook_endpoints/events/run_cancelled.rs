//! `run.cancelled`.

use super::{EventType, runs};

/// The event type.
pub const TYPE: EventType = EventType {
    name: "run.cancelled",
    version: 1,
    description: "A run was cancelled. Runs of drafts are not announced.",
    run_status: Some("cancelled"),
    schema: runs::schema,
};
