//! Why a stage did not run, in words; the journal has a code for each reason.

/// What is shown instead of a result. A reason of a later format is shown as it is.
pub fn words(reason: &str) -> String {
    let why = match reason {
        // Nothing decided against it.
        "run_ended" => return "not started".to_owned(),
        "dependency" => "nothing that it depends on has a result",
        "branch" => "its branch was not chosen",
        "not_needed" => "nothing had to be caught",
        "scope_failed" => "a stage beside it failed first",
        "not_selected" => "the run is for one other stage",
        other => other,
    };
    format!("skipped: {why}")
}
