//! Tests of workers on both databases, with real pipelines.

mod blocked;
mod clocks;
mod hand_over;
mod jobs;
mod kit;
mod quarantine;
mod queues;
mod runs;

/// Kinds of jobs that only these tests have.
pub const KINDS: &[domain::queue::Kind] = jobs::KINDS;
