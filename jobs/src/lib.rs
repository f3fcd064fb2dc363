//! Background work: workers that drive runs, and the job queue's handlers.
//!
//! [`Worker::start`] is one worker process. Its dispatcher claims runs in batches and drives each
//! in a slot; its lease renewer renews the leases; apalis carries what is not a run: the wake-up job
//! below the live messages, and the tick that seals the audit log and looks after what is due.
//! Nothing in here writes a journal: that is `domain::host`.

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "test code"))]

mod chunks;
mod dispatch;
mod drive;
mod kinds;
mod lease_renewer;
mod purge;
mod quarantine;
mod queue;
mod reconciler;
mod settings;
mod setup;
mod shared;
mod slots;
mod supervise;
mod worker;

pub use settings::WorkerSettings;
pub use setup::{SetupError, setup};
pub use supervise::Health;
pub use worker::Worker;

#[cfg(test)]
mod tests;
