//! Why a stage does not run, as it stands in `stage.skipped` and in a run's view.

/// Why a stage does not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SkipReason {
    /// None of the stages that it depends on has a result.
    Dependency,
    /// Its branch was not chosen.
    Branch,
    /// Nothing was to be caught.
    NotNeeded,
    /// A stage of the same scope failed.
    ScopeFailed,
    /// The run is for one other stage.
    NotSelected,
    /// The run ended before it began. In views only: the journal has no event for it.
    RunEnded,
}

impl SkipReason {
    /// Every reason that there is.
    pub const ALL: [Self; 6] = [
        Self::Dependency,
        Self::Branch,
        Self::NotNeeded,
        Self::ScopeFailed,
        Self::NotSelected,
        Self::RunEnded,
    ];

    /// The reason's code.
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

    /// The reason with this code. `None`: it is of a newer program.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == code)
    }
}
