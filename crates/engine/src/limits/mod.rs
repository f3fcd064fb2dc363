//! The resources that runs may use, and how the runs of one process share them.
//!
//! [`Limits`] holds the limits, [`Shares`] the memory, processors and attempts in flight of one
//! process, and [`RunShare`] one run's share of them. This module does not know runs: the driver
//! decides who is charged and when.

mod attempt;
mod fair;
mod gate;
mod logs;
mod memory;
mod numbers;
mod pool;
mod shares;
#[cfg(test)]
mod tests;

pub use attempt::{attempt, charge, owner};
pub use fair::{Fair, Key};
pub use gate::{Gate, Permit};
pub use logs::LogAllowance;
pub use memory::{Full, Grant, Holder, Memory};
pub use numbers::{Limits, MIB};
pub use pool::{Pool, Task, TaskError};
pub use shares::{RunShare, Shares};
