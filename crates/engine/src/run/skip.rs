//! Why a stage was skipped, as recorded in `stage.skipped` and shown in a run's view.

/// Why a stage was skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SkipReason {
    /// None of its dependencies has a result.
    Dependency,
    /// Its branch was not chosen.
    Branch,
    /// There was no error to catch.
    NotNeeded,
    /// A stage of the same scope failed.
    ScopeFailed,
    /// The run executes another single stage only.
    NotSelected,
    /// The run ended before the stage started. Used in views only; the journal has no event for it.
    RunEnded,
}

impl SkipReason {
    /// All reasons.
    pub const ALL: [Self; 6] = [
        Self::Dependency,
        Self::Branch,
        Self::NotNeeded,
        Self::ScopeFailed,
        Self::NotSelected,
        Self::RunEnded,
    ];

    /// The stable code of the reason.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dependency => "dependency",
            Self::Branch => "branch",
            Self::NotNeeded => "not_needed",
            Self::ScopeFailed => "scope_failed",
            Self::NotSelected => "not_selected",
            Self::RunEnded => "run_ended",
        }
    }

    /// The reason with this code; `None` if a newer program wrote it.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == code)
    }
}
