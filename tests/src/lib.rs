//! What the integration suite is made of: the checker of the run engine's invariants and the
//! fault tests with real processes.

pub mod checker;
pub mod kill;
