//! `run.succeeded`.

use super::{EventType, runs};

/// The event type.
pub const TYPE: EventType = EventType {
    name: "run.succeeded",
    version: 1,
    description: "A run has succeeded. Runs of drafts are not announced.",
    run_status: Some("succeeded"),
    schema: runs::schema,
};
