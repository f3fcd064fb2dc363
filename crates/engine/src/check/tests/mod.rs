//! Everything that is wrong is reported at once, with its position and how to fix it.

mod dependencies;
mod errors;
mod large;
mod mutated;
mod readable;
mod rendering;

use super::{Diagnostic, check, fixtures, parse};

/// The findings in a text.
fn found(text: &str) -> Vec<Diagnostic> {
    let registry = fixtures::registry();
    match parse(text, &registry) {
        Ok(pipeline) => check(&pipeline, &registry),
        Err(errors) => errors,
    }
}

/// The findings in a pipeline with these stages.
fn in_stages(stages: &str) -> Vec<Diagnostic> {
    found(&format!(r#"{{"name": "p", "stages": [{stages}]}}"#))
}

/// Code and path of each finding; warnings end in `?`.
fn short(found: &[Diagnostic]) -> Vec<String> {
    found
        .iter()
        .map(|d| {
            format!(
                "{} {}{}",
                d.code,
                d.path,
                if d.is_error() { "" } else { "?" }
            )
        })
        .collect()
}

#[track_caller]
fn clean(stages: &str) {
    let found = in_stages(stages);
    assert!(found.is_empty(), "{found:#?}");
}
