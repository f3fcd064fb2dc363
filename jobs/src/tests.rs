//! Tests of workers on both engines, with real pipelines.

mod blocked;
mod hand_over;
mod kit;
mod queues;
mod runs;
