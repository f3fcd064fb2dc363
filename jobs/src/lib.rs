//! Background work: workers that drive runs, and the job queue's handlers.
//!
//! [`Worker::start`] is one worker process. Its dispatcher claims runs in batches and drives each
//! in a slot; its lease renewer renews the leases. apalis carries what is not a run: the wake-up job,
//! which backs up the live messages, the tick, which seals the audit log and wakes what is due, and
//! organizations' jobs. Nothing in here writes a journal: `domain::host` does.

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
