//! The status of a mail.

use std::fmt;

/// The status of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailStatus {
    /// It is waiting for an attempt, perhaps after failed ones.
    Queued,
    /// The mail server has accepted it.
    Sent,
    /// The mail server refused it, or did not accept it in any attempt.
    Failed,
    /// The mailbox does not exist.
    Bounced,
    /// It was not sent, because an earlier mail to the address bounced.
    Suppressed,
    /// Its link expired or was replaced, or its recipient lost the right to it, before the mail server
    /// accepted it.
    Expired,
}

impl MailStatus {
    /// All statuses.
    pub const ALL: [Self; 6] = [
        Self::Queued,
        Self::Sent,
        Self::Failed,
        Self::Bounced,
        Self::Suppressed,
        Self::Expired,
    ];

    /// The name that is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Bounced => "bounced",
            Self::Suppressed => "suppressed",
            Self::Expired => "expired",
        }
    }

    /// The status with this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// Whether the mail was not delivered and a person can send it again.
    pub const fn is_dead(self) -> bool {
        matches!(self, Self::Failed | Self::Bounced | Self::Suppressed)
    }
}

impl fmt::Display for MailStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
