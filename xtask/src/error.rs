//! The error type of all commands: a sentence that says what to do.

/// A sentence for the person at the terminal.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// The result of a command.
pub type Result<T = ()> = std::result::Result<T, Error>;
