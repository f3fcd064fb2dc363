//! The version of the protocol, and that the assertion has a name.

use roxmltree::Node;

use crate::{Refusal, RefusalKind, response::Facts, xml::read::attribute};

const MEND: &str = "Configure the provider to use SAML 2.0";

pub(in crate::response) fn check(facts: &Facts<'_, '_>) -> Result<(), Refusal> {
    let parts = [
        (facts.response, "Response/@Version"),
        (facts.assertion, "Assertion/@Version"),
    ];
    for (part, field) in parts {
        let sent = attribute(part, "Version");
        if sent != Some("2.0") {
            let kind = RefusalKind::Version;
            return Err(Refusal::differs(kind, field, sent, "2.0", MEND));
        }
    }
    Ok(())
}

/// The assertion's id.
pub(in crate::response) fn id(assertion: Node<'_, '_>) -> Result<String, Refusal> {
    match attribute(assertion, "ID") {
        Some(id) if !id.is_empty() && id.len() <= 256 => Ok(id.to_owned()),
        sent => Err(Refusal::needs(
            RefusalKind::Layout,
            "Assertion/@ID",
            sent,
            "a name of at most 256 bytes",
            MEND,
        )),
    }
}
