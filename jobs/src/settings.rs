//! The settings of a worker. `serve` reads and checks the values.

use std::time::Duration;

use engine::limits::Limits;

/// A worker's configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerSettings {
    /// The worker's name in leases and logs. A suffix that is new at every start is added, since a
    /// name alone does not fence.
    pub name: String,
    /// How many runs are driven at once.
    pub slots: usize,
    /// How long a lease lasts without a renewal, and so how long a dead worker's runs wait.
    pub lease: Duration,
    /// How often the database is asked when nobody wakes the dispatcher.
    pub poll: Duration,
    /// What runs may use, each one and together.
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
