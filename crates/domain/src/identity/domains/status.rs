//! The state of a claim, and why a check found no proof.

/// The state of a domain that an organization claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DomainStatus {
    /// The record was never found.
    Pending,
    /// The record was found at the last check that had an answer.
    Proved,
    /// The record of a proved domain is missing. It counts as proved for a while.
    Missing,
    /// The record was missing for too long, so the domain is no longer proved.
    Lost,
}

/// Why a check found no proof. Stored by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// There is no TXT record of the name.
    NoRecord,
    /// There are TXT records of the name, but none has the value.
    OtherValue,
    /// No name server answered in time.
    NoAnswer,
    /// The name servers answered with an error.
    ServerFailed,
    /// The record was found, but another organization has proved the domain.
    ProvedElsewhere,
}

impl Problem {
    const ALL: [Self; 5] = [
        Self::NoRecord,
        Self::OtherValue,
        Self::NoAnswer,
        Self::ServerFailed,
        Self::ProvedElsewhere,
    ];

    /// The name that is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoRecord => "no_record",
            Self::OtherValue => "other_value",
            Self::NoAnswer => "no_answer",
            Self::ServerFailed => "server_failed",
            Self::ProvedElsewhere => "proved_elsewhere",
        }
    }

    /// The problem with this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }

    /// Whether the name servers said that there is no proof, and not merely nothing.
    pub const fn is_certain(self) -> bool {
        matches!(self, Self::NoRecord | Self::OtherValue)
    }
}
