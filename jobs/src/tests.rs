//! Tests of workers on both databases, with real pipelines.

mod blocked;
mod clocks;
mod hand_over;
mod kit;
mod queues;
mod runs;
