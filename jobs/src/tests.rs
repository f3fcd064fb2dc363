//! Tests of workers on both databases, with real pipelines.

mod blocked;
mod claims;
mod clocks;
mod hand_over;
mod jobs;
mod kit;
mod quarantine;
mod queues;
mod runs;

/// Kinds of jobs that exist only in these tests.
pub const KINDS: &[domain::queue::Kind] = jobs::KINDS;
