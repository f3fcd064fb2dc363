//! Building blocks of the integration suite: the checker of the run engine's invariants, the fault
//! tests with real processes (`kill` at random moments, `faults` at chosen ones, both over
//! `system`), the attacks of one organization on another, the tests of the command line
//! (`diff_and_merge`: also with real git; `watch`: runs that reuse results), and the evaluation of
//! the co-pilot.

#![allow(clippy::disallowed_methods, reason = "test code")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "test code")]

#[cfg(test)]
mod attack;
pub mod checker;
#[cfg(test)]
mod faults;
pub mod kill;
pub mod system;

#[cfg(test)]
mod command_line;
#[cfg(test)]
mod copilot;
#[cfg(test)]
mod diff_and_merge;
#[cfg(test)]
mod watch;

/// Prints a text even if the test passes. The harness captures the output of `println`.
fn say(text: &str) {
    use std::io::Write;
    // If standard error is closed, the test continues.
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// The path of `flowmason`: `FLOWMASON_BIN`, or the program built beside this test.
#[cfg(test)]
fn program() -> Option<std::path::PathBuf> {
    if let Some(named) = std::env::var_os("FLOWMASON_BIN") {
        return Some(named.into());
    }
    let test = std::env::current_exe().ok()?;
    // …/debug/deps/tests-…
    let built = test.parent()?.parent()?.join("flowmason");
    built.exists().then_some(built)
}
