//! The integration suite: one binary, every shared case on SQLite and on PostgreSQL with Redis.
//!
//! Cases are plain functions that are listed in their module's `CASES`. The harness gives each one
//! a fresh application with its own database. `FLOWMASON_TEST_POSTGRES` and `FLOWMASON_TEST_REDIS`
//! name the servers. Without them, the PostgreSQL half is skipped with a message; with `CI=true`,
//! that is a failure.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "test code")]
#![allow(clippy::disallowed_methods, reason = "test code")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "test code"
)]
#![allow(missing_docs, reason = "test code")]

mod cases;
mod harness;

fn main() -> std::process::ExitCode {
    harness::suite::run(&cases::all())
}
