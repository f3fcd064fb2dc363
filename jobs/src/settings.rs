//! The settings of a worker. `serve` reads and checks the values.

use std::time::Duration;

use engine::limits::Limits;

/// A worker's configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerSettings {
    /// The worker's name in leases and logs. A suffix that is unique per start is added, because a
    /// reused name would not fence earlier processes.
    pub name: String,
    /// How many runs are driven concurrently.
    pub slots: usize,
    /// How long a lease lasts without a renewal, and therefore how long the runs of a dead worker
    /// wait.
    pub lease: Duration,
    /// How often the database is polled when nothing wakes the dispatcher.
    pub poll: Duration,
    /// The limits of runs, per run and in total.
    pub limits: Limits,
}

impl Default for WorkerSettings {
    fn default() -> Self {
        Self {
            name: "worker".to_owned(),
            slots: 256,
            lease: Duration::from_secs(10),
            poll: Duration::from_secs(1),
            limits: Limits::of_this_machine(),
        }
    }
}
