//! Ids of elements, so that a reference to one can mean one element only.

use std::collections::HashSet;

use roxmltree::{Document, Node};

use crate::{Refusal, RefusalKind, refusal::quoted};

const MEND: &str = "This is not what an identity provider sends; look for somebody who changes \
    its messages on their way";

/// Checks that no id appears twice, also in other capitals, and that no element has two.
pub(crate) fn check(document: &Document<'_>) -> Result<(), Refusal> {
    let mut ids = HashSet::new();
    for node in document.descendants().filter(Node::is_element) {
        let mut own = node
            .attributes()
            .filter(|attribute| attribute.name().eq_ignore_ascii_case("id"));
        let Some(id) = own.next() else { continue };
        if own.next().is_some() {
            return refuse(RefusalKind::Namespace, "an element has two ids");
        }
        if id.namespace().is_some() {
            return refuse(
                RefusalKind::Namespace,
                "an element has an id in a namespace",
            );
        }
        if id.name() == "ID" && !is_name(id.value()) {
            let problem = format!("The id {} is not an XML name", quoted(id.value()));
            let mend = "Configure the provider to send ids that begin with a letter or `_`";
            return Err(Refusal::new(RefusalKind::Layout, "@ID", problem, mend));
        }
        if !ids.insert(id.value().to_ascii_lowercase()) {
            let id = quoted(id.value());
            return refuse(
                RefusalKind::Layout,
                &format!("two elements have the id {id}"),
            );
        }
    }
    Ok(())
}

/// Whether the library can refer to it.
fn is_name(id: &str) -> bool {
    id.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && id.chars().all(|c| c.is_alphanumeric() || "._-".contains(c))
}

fn refuse(kind: RefusalKind, what: &str) -> Result<(), Refusal> {
    let problem = format!("In the message, {what}");
    Err(Refusal::new(kind, "@ID", problem, MEND))
}
