//! Tests of the host on both databases: claims, fencing, group commit, timers, signals, reading.

mod claims;
mod commits;
mod kit;
mod long;
mod reading;
mod tokens;
mod waking;
