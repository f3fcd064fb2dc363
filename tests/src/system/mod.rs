//! Building blocks of fault tests: real processes, servers for them to call, a database proxy, and
//! places for data.

pub mod events;
pub mod hole;
pub mod place;
pub mod postgres;
pub mod process;
pub mod proxy;
pub mod random;
pub mod silent;
pub mod sink;
