//! The resources that the runs of one process share, and one run's share of them.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use parking_lot::Mutex;

use super::{Gate, Holder, Key, Limits, LogAllowance, Memory, Pool};

/// The number of organizations above which those without a driven run are forgotten.
const REMEMBERED: usize = 1_024;

/// What the runs of one process share. Cheap to clone.
#[derive(Clone)]
pub struct Shares(Arc<Inner>);

struct Inner {
    limits: Limits,
    memory: Memory,
    pool: Pool,
    turns: Gate,
    outside: Gate,
    orgs: Mutex<HashMap<Key, Arc<Org>>>,
}

struct Org {
    memory: Memory,
    logs: LogAllowance,
}

/// One run's share. Cheap to clone.
#[derive(Clone)]
pub struct RunShare {
    /// The organization that owns the run.
    pub key: Key,
    /// The run's memory account.
    pub memory: Memory,
    org: Arc<Org>,
    shares: Shares,
}

impl Shares {
    /// Shares with these limits.
    pub fn new(limits: Limits) -> Self {
        // Keep one processor free for other work: claims, commits and requests.
        let turns = limits.cpu.saturating_sub(1).max(1);
        Self(Arc::new(Inner {
            memory: Memory::process(limits.memory),
            pool: Pool::new(limits.cpu),
            turns: Gate::new(turns),
            outside: Gate::leaving_room(limits.in_flight),
            orgs: Mutex::default(),
            limits,
        }))
    }

    /// The shares of a program that serves a single user, with the limits of this machine.
    pub fn of_this_process() -> Self {
        static SHARES: OnceLock<Shares> = OnceLock::new();
        SHARES
            .get_or_init(|| Self::new(Limits::of_this_machine()))
            .clone()
    }

    /// The share of a new run of this organization.
    pub fn run(&self, key: Key) -> RunShare {
        let inner = &*self.0;
        let org = {
            let mut orgs = inner.orgs.lock();
            if orgs.len() > REMEMBERED {
                orgs.retain(|_, org| Arc::strong_count(org) > 1);
            }
            let new = || {
                Arc::new(Org {
                    memory: inner
                        .memory
                        .inside(Holder::Organization, inner.limits.org_memory),
                    logs: LogAllowance::new(inner.limits.org_log_rate),
                })
            };
            orgs.entry(key).or_insert_with(new).clone()
        };
        RunShare {
            key,
            memory: org.memory.inside(Holder::Run, inner.limits.run_memory),
            org,
            shares: self.clone(),
        }
    }

    /// The limits.
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// The process's memory account.
    pub fn memory(&self) -> &Memory {
        &self.0.memory
    }
}

impl RunShare {
    /// The limits.
    pub fn limits(&self) -> &Limits {
        self.shares.limits()
    }

    /// The threads for CPU-bound work.
    pub fn pool(&self) -> &Pool {
        &self.shares.0.pool
    }

    /// The gate for runs that use a processor for long.
    pub fn turns(&self) -> &Gate {
        &self.shares.0.turns
    }

    /// The gate for attempts that wait for something outside.
    pub fn outside(&self) -> &Gate {
        &self.shares.0.outside
    }

    /// The organization's allowance for log lines.
    pub fn logs(&self) -> &LogAllowance {
        &self.org.logs
    }
}
