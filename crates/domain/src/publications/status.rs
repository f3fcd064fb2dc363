//! The status of a publication.

use std::fmt;

/// The status of a publication. Whether it is the current one is not part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublicationStatus {
    /// It waits for a second person.
    Requested,
    /// The version was published.
    Published,
    /// A second person refused it.
    Refused,
    /// Nobody approved it in time.
    Expired,
}

impl PublicationStatus {
    /// The name, as stored. An expired request is stored as `requested` for some minutes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Published => "published",
            Self::Refused => "refused",
            Self::Expired => "expired",
        }
    }

    /// The status with this stored name; `None` if there is none.
    pub fn parse(text: &str) -> Option<Self> {
        let stored = [
            Self::Requested,
            Self::Published,
            Self::Refused,
            Self::Expired,
        ];
        stored.into_iter().find(|status| status.as_str() == text)
    }
}

impl fmt::Display for PublicationStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
