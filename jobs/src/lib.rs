//! Background work: workers that drive runs, and the handlers of the job queue.
//!
//! [`Worker::start`] starts the worker of a process. Its dispatcher claims runs in batches and
//! drives each in a slot; its lease renewer renews the leases. apalis transports everything that is
//! not a run: the wake-up job (the fallback for live messages), the tick (which seals the audit log
//! and wakes due runs) and organizations' jobs. Journals are written by `domain::host`, not here.

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
mod scheduler;
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
