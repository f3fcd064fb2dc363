//! What becomes of an event, and the form in which an endpoint gets it.

/// The status of an event for one endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageStatus {
    /// It waits for an attempt, perhaps after failed ones.
    Queued,
    /// The endpoint has accepted it.
    Delivered,
    /// The endpoint did not accept it in any attempt.
    Failed,
}

impl MessageStatus {
    /// All statuses.
    pub const ALL: [Self; 3] = [Self::Queued, Self::Delivered, Self::Failed];

    /// The name that is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }

    /// The status with this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// The form in which an endpoint gets events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The whole event as JSON.
    Standard,
    /// A sentence, as Slack's incoming webhooks expect it.
    Slack,
}

impl Format {
    /// All forms.
    pub const ALL: [Self; 2] = [Self::Standard, Self::Slack];

    /// The name that is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Slack => "slack",
        }
    }

    /// The form with this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == text)
    }
}
