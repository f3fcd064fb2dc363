//! Control-flow components: each returns a directive for the executor and has no side effects
//! itself.

pub mod conditional;
pub mod foreach;
pub mod return_;
pub mod router;
#[cfg(test)]
mod tests;
pub mod trycatch;
pub mod wait;
