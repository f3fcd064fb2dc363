//! The limits of runs, and what suits the machine.

use std::{path::Path, time::Duration};

/// Bytes of a mebibyte; limits are set in these.
pub const MIB: usize = 1024 * 1024;

/// What runs may use. Sizes are bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Values that all runs of the process hold.
    pub memory: usize,
    /// Values that the runs of one organization hold in this process.
    pub org_memory: usize,
    /// Values that one run holds.
    pub run_memory: usize,
    /// How long a stage waits for memory that other runs hold before it fails.
    pub memory_wait: Duration,
    /// The JSON of one output.
    pub value: usize,
    /// The artifacts (outputs over 64 KiB) of one run, each different one counted once.
    pub artifacts: usize,
    /// All outputs of one run: those in the journal and the artifacts.
    pub output: usize,
    /// Log lines of one run.
    pub log_lines: usize,
    /// Log lines of one run in bytes.
    pub log_bytes: usize,
    /// Log lines a second of one organization, on average over a minute.
    pub org_log_rate: usize,
    /// Threads for work that keeps a processor busy.
    pub cpu: usize,
    /// Attempts of all runs that wait for something outside, at once.
    pub in_flight: usize,
    /// Bytes of one run on their way to the journal, above which the run waits.
    pub backlog: usize,
}

impl Limits {
    /// What suits a machine with so much memory, in bytes, and so many processors.
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

    /// What suits this machine, or the part of it that a container gives.
    pub fn of_this_machine() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self::of(machine_memory(), processors)
    }

    /// Sets the memory of the process, and of what is inside it what would not fit any more.
    #[must_use]
    pub fn with_memory(mut self, bytes: usize) -> Self {
        self.memory = bytes;
        self.org_memory = bytes / 2;
        self.run_memory = self.run_memory.min(bytes / 4);
        self
    }
}

/// How many files and connections the process may have open.
fn open_files() -> usize {
    /// What systems give where nothing says more.
    const USUAL: usize = 1_024;
    std::fs::read_to_string("/proc/self/limits")
        .unwrap_or_default()
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))
        .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .unwrap_or(USUAL)
}

/// The smaller of what the machine has and what the control group allows.
fn machine_memory() -> usize {
    /// Assumed where nothing says more.
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
