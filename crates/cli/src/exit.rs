//! The exit codes. They are documented in `--help` and are stable.

use std::process::ExitCode;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Success.
    Ok = 0,
    /// The run failed, or a server refused a request or cannot be reached.
    RunFailed = 1,
    /// The command line is invalid; clap exits with the same code.
    Usage = 2,
    /// A pipeline or an input is invalid, or a file cannot be read or written.
    Invalid = 3,
    /// A model provider or an environment variable is not set up, or nobody is signed in.
    NotSetUp = 4,
    /// `plan --against … --exit-code`: something is new, gone or changed.
    Differs = 5,
    /// The run was cancelled with Ctrl+C.
    Cancelled = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// The section of `--help` about the exit codes.
pub const HELP: &str = "Exit codes:
  0    success
  1    the run failed, or the server refused or cannot be reached
  2    the command line is invalid
  3    a pipeline or an input is invalid, or a file cannot be read or written
  4    a model provider or an environment variable is not set up, or you are not signed in
  5    `plan --against OLD --exit-code`: something is new, gone or changed
  130  cancelled with Ctrl+C";

/// How `diff` and `merge` end: as the commands of the same names do, which programs expect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compared {
    /// No difference, or everything was merged.
    Same = 0,
    /// There are differences, conflicts, or errors that the merge has made.
    Different = 1,
    /// A file cannot be read or written, or is not JSON.
    Failed = 2,
}

impl From<Compared> for ExitCode {
    fn from(end: Compared) -> Self {
        ExitCode::from(end as u8)
    }
}

/// The section of the `--help` of `diff` about the exit codes.
pub const DIFF_HELP: &str = "Exit codes:
  0    the pipelines mean the same
  1    they differ
  2    the command line is invalid, or a file cannot be read or is not JSON";

/// The section of the `--help` of `merge` about the exit codes.
pub const MERGE_HELP: &str = "Exit codes:
  0    merged
  1    there are conflicts, or the merged pipeline has errors that neither side has
  2    the command line is invalid, or a file cannot be read or written or is not JSON";
