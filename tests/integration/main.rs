//! The integration suite: one binary, every shared case on SQLite and on PostgreSQL with Redis.
//!
//! Cases are plain functions listed in their module's `CASES`; the harness gives each a fresh
//! application with a database of its own. `FLOWMASON_TEST_POSTGRES` and `FLOWMASON_TEST_REDIS`
//! name the servers; without them the PostgreSQL half is skipped by name, with `CI=true` that is
//! a failure.

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
