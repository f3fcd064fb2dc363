//! What is known about a pipeline without a model: what `explain` and `lint` say.

use engine::{
    advice,
    check::{self, Diagnostic},
    component::Registry,
};

/// What can be said about a text.
pub fn about(source: &str, name: &str, registry: &Registry) -> String {
    let pipeline = match check::parse(source, registry) {
        Ok(pipeline) => pipeline,
        Err(found) => return check::render(&found, name, source),
    };
    let shown = advice::without_secrets(&pipeline);
    let mut found = check::check(&pipeline, registry);
    found.retain(Diagnostic::is_error);
    if !found.is_empty() {
        return check::render(&found, name, &shown);
    }
    let mut out = advice::explain(&pipeline, registry).text();
    let findings = advice::findings(&pipeline, registry);
    if !findings.is_empty() {
        out.push('\n');
        out.push_str(&advice::render(&findings, name, &shown));
    }
    out
}
