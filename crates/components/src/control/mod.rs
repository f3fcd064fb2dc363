//! Control-flow components: each tells the executor what to do next and does nothing itself.

pub mod conditional;
pub mod foreach;
pub mod return_;
pub mod router;
#[cfg(test)]
mod tests;
pub mod trycatch;
pub mod wait;
