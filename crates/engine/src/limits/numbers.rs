//! The limits of runs, and defaults that fit the machine.

use std::{path::Path, time::Duration};

/// The bytes of a mebibyte, the unit in which limits are configured.
pub const MIB: usize = 1024 * 1024;

/// The limits of runs. Sizes are in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The maximum memory for the values of all runs of the process.
    pub memory: usize,
    /// The maximum memory for the values of one organization's runs in this process.
    pub org_memory: usize,
    /// The maximum memory for the values of one run.
    pub run_memory: usize,
    /// How long a stage waits for memory that other runs hold before it fails.
    pub memory_wait: Duration,
    /// The maximum length of one output's JSON.
    pub value: usize,
    /// The maximum total size of one run's artifacts (outputs over 64 KiB). Equal ones count once.
    pub artifacts: usize,
    /// The maximum total size of one run's outputs, in the journal and in artifacts.
    pub output: usize,
    /// The maximum number of log lines of one run.
    pub log_lines: usize,
    /// The maximum total size of one run's log lines.
    pub log_bytes: usize,
    /// The maximum number of log lines a second of one organization, averaged over a minute.
    pub org_log_rate: usize,
    /// The number of threads for CPU-bound work.
    pub cpu: usize,
    /// The maximum number of attempts, of all runs, that wait for something outside at once.
    pub in_flight: usize,
    /// The size of a run's events that are not durable yet, above which the run waits.
    pub backlog: usize,
}

impl Limits {
    /// Default limits for a machine with `memory` bytes and `processors` processors.
    pub fn of(memory: usize, processors: usize) -> Self {
        let all = memory / 100 * 45;
        Self {
            memory: all,
            org_memory: all / 2,
            run_memory: (all / 4).clamp(64 * MIB, 2048 * MIB),
            memory_wait: Duration::from_secs(10),
            value: (memory / 64).clamp(8 * MIB, 32 * MIB),
            artifacts: (memory / 64).clamp(64 * MIB, 256 * MIB),
            output: (memory / 32).clamp(128 * MIB, 1024 * MIB),
            log_lines: 10_000,
            log_bytes: 4 * MIB,
            org_log_rate: 1_000,
            cpu: processors.max(1),
            in_flight: (memory / (4 * MIB)).clamp(256, 2_048).min(open_files() / 2),
            backlog: (memory / 4_096).clamp(MIB / 4, 2 * MIB),
        }
    }

    /// Default limits for this machine, or for the container's part of it.
    pub fn of_this_machine() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self::of(machine_memory(), processors)
    }

    /// Sets the memory limit of the process, and lowers the limits inside it to fit.
    #[must_use]
    pub fn with_memory(mut self, bytes: usize) -> Self {
        self.memory = bytes;
        self.org_memory = bytes / 2;
        self.run_memory = self.run_memory.min(bytes / 4);
        self
    }
}

/// The maximum number of files and connections that the process may have open.
fn open_files() -> usize {
    /// The common default, used if the limit cannot be read.
    const USUAL: usize = 1_024;
    std::fs::read_to_string("/proc/self/limits")
        .unwrap_or_default()
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))
        .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .unwrap_or(USUAL)
}

/// The memory of the machine or the limit of the control group, whichever is lower, in bytes.
fn machine_memory() -> usize {
    /// Used if neither can be read.
    const USUAL: usize = 2048 * MIB;
    let read = |path: &str| std::fs::read_to_string(Path::new(path)).unwrap_or_default();
    let kilobytes = read("/proc/meminfo")
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))
        .and_then(|rest| rest.trim().trim_end_matches("kB").trim().parse().ok())
        .map(|kilobytes: usize| kilobytes.saturating_mul(1024));
    let groups = [
        "/sys/fs/cgroup/memory.max",
        "/sys/fs/cgroup/memory/memory.limit_in_bytes",
    ];
    let group = groups
        .iter()
        .filter_map(|path| read(path).trim().parse::<usize>().ok())
        .min();
    kilobytes.into_iter().chain(group).min().unwrap_or(USUAL)
}
