//! Exit codes. They are documented in `--help` and do not change.

use std::process::ExitCode;

/// Exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Ok = 0,
    /// The run failed.
    RunFailed = 1,
    /// The command line is wrong; clap ends with the same number.
    Usage = 2,
    /// A pipeline or an input is wrong, or a file cannot be read or written.
    Invalid = 3,
    /// A model provider or a variable is not set up.
    NotSetUp = 4,
    /// Cancelled by Ctrl+C.
    Cancelled = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// The part of `--help` about them.
pub const HELP: &str = "Exit codes:
  0    done
  1    the run failed
  2    wrong use of the command line
  3    a pipeline or an input is wrong, or a file cannot be read or written
  4    a model provider or an environment variable is not set up
  130  cancelled by Ctrl+C";
