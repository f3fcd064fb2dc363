//! M07: who the person is. The whole text counts, or nothing.

use crate::{NameId, Refusal, RefusalKind, names::ASSERTION, response::Facts, xml::read::child};

const FIELD: &str = "Assertion/Subject/NameID";

pub(in crate::response) fn check(facts: &Facts<'_, '_>) -> Result<NameId, Refusal> {
    let subject = child(facts.assertion, ASSERTION, "Subject", "Assertion/Subject")?;
    let name = match subject {
        Some(subject) => child(subject, ASSERTION, "NameID", FIELD)?,
        None => None,
    };
    match name {
        Some(name) => NameId::read(name, FIELD),
        None => Err(Refusal::needs(
            RefusalKind::Subject,
            FIELD,
            None,
            "the name of a person",
            "Configure the provider to send a name id, and not encrypt it by itself",
        )),
    }
}
