//! What the integration suite is made of: the checker of the run engine's invariants, the fault
//! tests with real processes (`kill` at random moments, `faults` at chosen ones, both over
//! `system`), the attacks of one organization on another, and the tests of the command line.

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

/// Says something that is seen though the test passes: the harness keeps what `println` says.
fn say(text: &str) {
    use std::io::Write;
    // Without a place to say it the test goes on.
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// `flowmason`: named by `FLOWMASON_BIN`, else the one beside this test.
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
