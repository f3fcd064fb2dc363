//! `cargo xtask bench`: measures the workloads against the limits of the same run.

use clap::Args;

use crate::error::Result;

/// Options of `bench`.
#[derive(Args)]
pub struct BenchArgs {
    /// Only these workloads, separated by commas
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// A third of the time, one repetition
    #[arg(long)]
    quick: bool,
}

/// Runs the workloads.
pub fn run(_args: &BenchArgs) -> Result {
    Err("no workload yet".into())
}
