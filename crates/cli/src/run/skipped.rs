//! Why a stage did not run, in words; the journal has a code for each reason.

use engine::run::SkipReason;

/// What is shown instead of a result. A reason of a newer program is shown by its code.
pub fn words(code: &str) -> String {
    let why = match SkipReason::parse(code) {
        // Nothing decided against it.
        Some(SkipReason::RunEnded) => return "not started".to_owned(),
        Some(SkipReason::Dependency) => "none of its dependencies produced a result",
        Some(SkipReason::Branch) => "its branch was not chosen",
        Some(SkipReason::NotNeeded) => "there was nothing to catch",
        Some(SkipReason::ScopeFailed) => "another stage in the same branch failed first",
        Some(SkipReason::NotSelected) => "the run executes only one other stage",
        None => code,
    };
    format!("skipped: {why}")
}
