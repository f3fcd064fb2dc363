//! The resource limits of runs, as options and as the table `limits` of the configuration file.

use std::time::Duration;

use clap::Args;
use engine::limits::{Limits, MIB};
use serde::Deserialize;

/// The resource limits of runs. Defaults depend on the memory and the processors of the machine.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitArgs {
    /// Memory for the values of all runs of this process, in MB [default: 45% of the machine's]
    #[arg(long, env = "FLOWMASON_MEMORY_MB", value_name = "MB")]
    pub memory_mb: Option<usize>,

    /// Memory for the values of one organization's runs, in MB [default: half of the process's]
    #[arg(long, env = "FLOWMASON_ORG_MEMORY_MB", value_name = "MB")]
    pub org_memory_mb: Option<usize>,

    /// Memory for the values of one run, in MB [default: a quarter of the process's, at most 2048]
    #[arg(long, env = "FLOWMASON_RUN_MEMORY_MB", value_name = "MB")]
    pub run_memory_mb: Option<usize>,

    /// How long a stage waits for memory that other runs hold, in seconds [default: 10]
    #[arg(long, env = "FLOWMASON_MEMORY_WAIT_SECONDS", value_name = "S")]
    pub memory_wait_seconds: Option<u64>,

    /// Largest output of a stage, in MB of JSON [default: 32, less on small machines]
    #[arg(long, env = "FLOWMASON_VALUE_MB", value_name = "MB")]
    pub value_mb: Option<usize>,

    /// Total size of one run's distinct outputs over 64 kB, in MB [default: 256, less on small
    /// machines]
    #[arg(long, env = "FLOWMASON_RUN_ARTIFACTS_MB", value_name = "MB")]
    pub run_artifacts_mb: Option<usize>,

    /// Total size of one run's outputs, in MB [default: 768, less on small machines]
    #[arg(long, env = "FLOWMASON_RUN_OUTPUT_MB", value_name = "MB")]
    pub run_output_mb: Option<usize>,

    /// Most log lines of one run [default: 10000]
    #[arg(long, env = "FLOWMASON_RUN_LOG_LINES", value_name = "N")]
    pub run_log_lines: Option<usize>,

    /// Most log lines per second of one organization, averaged over a minute [default: 1000]
    #[arg(long, env = "FLOWMASON_ORG_LOG_LINES", value_name = "N")]
    pub org_log_lines: Option<usize>,

    /// Threads that evaluate expressions [default: one per processor]
    #[arg(long, env = "FLOWMASON_CPU_THREADS", value_name = "N")]
    pub cpu_threads: Option<usize>,

    /// Most stage attempts, of all runs, that wait for something outside at once [default: 2048,
    /// less on small machines and where the limit of open files is low]
    #[arg(long, env = "FLOWMASON_IN_FLIGHT", value_name = "N")]
    pub in_flight: Option<usize>,
}

impl LimitArgs {
    /// These values, with those of `other` as defaults.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            memory_mb: self.memory_mb.or(other.memory_mb),
            org_memory_mb: self.org_memory_mb.or(other.org_memory_mb),
            run_memory_mb: self.run_memory_mb.or(other.run_memory_mb),
            memory_wait_seconds: self.memory_wait_seconds.or(other.memory_wait_seconds),
            value_mb: self.value_mb.or(other.value_mb),
            run_artifacts_mb: self.run_artifacts_mb.or(other.run_artifacts_mb),
            run_output_mb: self.run_output_mb.or(other.run_output_mb),
            run_log_lines: self.run_log_lines.or(other.run_log_lines),
            org_log_lines: self.org_log_lines.or(other.org_log_lines),
            cpu_threads: self.cpu_threads.or(other.cpu_threads),
            in_flight: self.in_flight.or(other.in_flight),
        }
    }

    /// The resulting limits. An error names the option and its valid range.
    pub fn limits(&self) -> Result<Limits, String> {
        let numbers = [
            ("memory_mb", self.memory_mb),
            ("org_memory_mb", self.org_memory_mb),
            ("run_memory_mb", self.run_memory_mb),
            ("value_mb", self.value_mb),
            ("run_artifacts_mb", self.run_artifacts_mb),
            ("run_output_mb", self.run_output_mb),
            ("cpu_threads", self.cpu_threads),
            ("in_flight", self.in_flight),
        ];
        for (name, number) in numbers {
            if number.is_some_and(|number| !(1..=1 << 24).contains(&number)) {
                return Err(format!("{name}: is not between 1 and 16777216"));
            }
        }
        let mut limits = Limits::of_this_machine();
        if let Some(memory) = self.memory_mb {
            limits = limits.with_memory(memory * MIB);
        }
        let set = |limit: &mut usize, mb: Option<usize>| {
            if let Some(mb) = mb {
                *limit = mb * MIB;
            }
        };
        set(&mut limits.org_memory, self.org_memory_mb);
        set(&mut limits.run_memory, self.run_memory_mb);
        set(&mut limits.value, self.value_mb);
        set(&mut limits.artifacts, self.run_artifacts_mb);
        set(&mut limits.output, self.run_output_mb);
        if let Some(seconds) = self.memory_wait_seconds {
            limits.memory_wait = Duration::from_secs(seconds);
        }
        limits.log_lines = self.run_log_lines.unwrap_or(limits.log_lines);
        limits.org_log_rate = self.org_log_lines.unwrap_or(limits.org_log_rate);
        limits.cpu = self.cpu_threads.unwrap_or(limits.cpu);
        limits.in_flight = self.in_flight.unwrap_or(limits.in_flight);
        Ok(limits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn set_limits_apply_and_a_number_out_of_range_is_reported() {
        let limits = LimitArgs {
            memory_mb: Some(400),
            value_mb: Some(3),
            ..LimitArgs::default()
        };
        let file = LimitArgs {
            value_mb: Some(5),
            run_log_lines: Some(7),
            ..LimitArgs::default()
        };
        let limits = limits.or(file).limits().unwrap();
        assert_eq!((limits.memory, limits.value), (400 * MIB, 3 * MIB));
        assert_eq!(
            (limits.org_memory, limits.run_memory),
            (200 * MIB, 100 * MIB)
        );
        assert_eq!(limits.log_lines, 7);
        let none = LimitArgs {
            in_flight: Some(0),
            ..LimitArgs::default()
        };
        assert!(none.limits().unwrap_err().starts_with("in_flight: "));
    }
}
