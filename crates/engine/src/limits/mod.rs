//! What a run may use, and how the runs of one process share it.
//!
//! [`Limits`] are the numbers, [`Shares`] is what one process has of memory, processor and
//! attempts in flight, [`RunShare`] is one run's part of it. Knows no run: the driver decides
//! who is charged and when.

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
