//! Why a command failed.

use crate::exit::Exit;

/// A failure: what to print, and how the program ends.
#[derive(Debug)]
pub struct Failed {
    pub exit: Exit,
    pub message: String,
}

impl Failed {
    /// The server refused something, or cannot be reached.
    pub fn refused(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::RunFailed,
            message: message.into(),
        }
    }

    /// A file cannot be read or written.
    pub fn file(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Invalid,
            message: message.into(),
        }
    }

    /// Something has to be set up first.
    pub fn set_up(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::NotSetUp,
            message: message.into(),
        }
    }

    /// Nobody is signed in.
    pub fn signed_out(server: &str) -> Self {
        Self::set_up(format!(
            "You are not signed in to {server}; run `flowmason login --server {server}`, or set \
             FLOWMASON_API_KEY"
        ))
    }
}
