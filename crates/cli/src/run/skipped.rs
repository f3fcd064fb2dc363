//! Why a stage was skipped, in words. The journal stores a code for each reason.

use engine::run::SkipReason;

/// The text shown instead of a result. A code that this version does not know is shown as it is.
pub fn words(code: &str) -> String {
    let why = match SkipReason::parse(code) {
        // The run ended first; no decision was made about the stage.
        Some(SkipReason::RunEnded) => return "not started".to_owned(),
        Some(SkipReason::Dependency) => "none of its dependencies produced a result",
        Some(SkipReason::Branch) => "its branch was not chosen",
        Some(SkipReason::NotNeeded) => "no error occurred, so there was nothing to catch",
        Some(SkipReason::ScopeFailed) => "another stage in the same branch failed first",
        Some(SkipReason::NotSelected) => "the run executes only one other stage",
        None => code,
    };
    format!("skipped: {why}")
}
