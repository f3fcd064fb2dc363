//! Runs: starting, stopping, looking at them.

pub mod artifact;
pub mod entity;
pub mod journal;
pub mod signal;
pub mod timer;
