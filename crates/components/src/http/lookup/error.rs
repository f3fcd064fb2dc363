//! The errors of lookups.

use std::{io, time::Duration};

use super::super::HttpError;

/// Why a lookup returned no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LookupError {
    /// The name does not exist, or has no address.
    #[error("no such name")]
    NoSuch,
    /// No name server answered within this time.
    #[error("no answer")]
    Silent(Duration),
    /// There was no free permit: too many other names are being looked up.
    #[error("too many at once")]
    Busy,
    /// The name servers replied with an error.
    #[error("failed")]
    Failed,
}

impl LookupError {
    /// The error of a request to this host, with a remedy.
    pub(in crate::http) fn of_host(self, host: &str) -> HttpError {
        HttpError::Name(match self {
            LookupError::NoSuch => format!("The name `{host}` does not exist; check its spelling"),
            LookupError::Silent(after) => format!(
                "No name server answered for `{host}` within {} s; check the name and try again. \
                 If other names fail too, the name servers in /etc/resolv.conf do not answer",
                after.as_secs_f64()
            ),
            LookupError::Busy => format!(
                "`{host}` was not looked up: too many lookups are in progress; try again with \
                 fewer requests at once"
            ),
            LookupError::Failed => format!(
                "The name servers could not look up `{host}`; check the name and try again later"
            ),
        })
    }
}

impl From<LookupError> for io::Error {
    fn from(error: LookupError) -> Self {
        let kind = match error {
            LookupError::NoSuch => io::ErrorKind::NotFound,
            LookupError::Silent(_) => io::ErrorKind::TimedOut,
            LookupError::Busy => io::ErrorKind::ResourceBusy,
            LookupError::Failed => io::ErrorKind::Other,
        };
        io::Error::new(kind, error)
    }
}
