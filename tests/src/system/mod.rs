//! What fault tests are made with: real processes, a sink and a hole to call, a place for data.

pub mod events;
pub mod hole;
pub mod place;
pub mod postgres;
pub mod process;
pub mod proxy;
pub mod random;
pub mod silent;
pub mod sink;
