//! M04, M05, M08: where everything is. There is one assertion, at one place, with the parts of the
//! standard, so nothing can be hidden next to, above or inside what is signed.

use roxmltree::{Document, Node};

use crate::{
    Refusal, RefusalKind,
    names::{ASSERTION, DSIG, PROTOCOL},
    refusal::quoted,
    xml::read::is,
};

const CHANGED: &str = "This is not what an identity provider sends; look for somebody who changes \
    its messages on their way";
const ONE: &str = "Configure the provider to send one assertion for one person";

/// The parts of a response, of an assertion of its own, or of one that was decrypted.
#[derive(Clone, Copy)]
pub(super) struct Layout<'a, 'i> {
    pub root: Node<'a, 'i>,
    /// The assertion or the encrypted assertion.
    pub held: Node<'a, 'i>,
}

impl<'a, 'i> Layout<'a, 'i> {
    /// The parts of a document, if they are where they must be.
    pub fn of(document: &'a Document<'i>) -> Result<Self, Refusal> {
        let root = document.root_element();
        let held = one_assertion(root)?;
        let outside = held != root;
        if outside && held.parent() != Some(root) {
            return Err(layout(
                "The assertion is not directly inside the response",
                CHANGED,
            ));
        }
        for node in root.descendants().filter(Node::is_element) {
            let name = node.tag_name().name();
            if name == "Signature" && !is_signature_of_a_part(node, root, held) {
                return Err(layout("A signature is at an unusual place", CHANGED));
            }
            if name == "Response" && node != root {
                return Err(layout("There is a response inside the response", CHANGED));
            }
        }
        if is(root, PROTOCOL, "Response") {
            parts(root, "Response", &RESPONSE)?;
        }
        if is(held, ASSERTION, "Assertion") {
            parts(held, "Assertion", &ASSERTED)?;
        }
        Ok(Self { root, held })
    }

    /// The assertion, if it is readable.
    pub fn plain(&self) -> Result<Node<'a, 'i>, Refusal> {
        match self.is_encrypted() {
            false => Ok(self.held),
            true => Err(layout("The assertion is encrypted twice", ONE)),
        }
    }

    pub fn is_encrypted(&self) -> bool {
        is(self.held, ASSERTION, "EncryptedAssertion")
    }
}

/// Whether it is a signature directly inside the response or the readable assertion.
fn is_signature_of_a_part(node: Node<'_, '_>, root: Node<'_, '_>, held: Node<'_, '_>) -> bool {
    let signs = |part: Node<'_, '_>| node.parent() == Some(part);
    let of_response = signs(root) && is(root, PROTOCOL, "Response");
    let of_assertion = signs(held) && is(held, ASSERTION, "Assertion");
    is(node, DSIG, "Signature") && (of_response || of_assertion)
}

/// The only element that is called an assertion, in whatever namespace.
fn one_assertion<'a, 'i>(root: Node<'a, 'i>) -> Result<Node<'a, 'i>, Refusal> {
    let called = |node: &Node<'_, '_>| {
        let name = node.tag_name().name();
        node.is_element() && matches!(name, "Assertion" | "EncryptedAssertion")
    };
    let mut all = root.descendants().filter(called);
    let Some(held) = all.next() else {
        return Err(layout("The response contains no assertion", ONE));
    };
    if all.next().is_some() {
        return Err(layout("The response contains more than one assertion", ONE));
    }
    match held.tag_name().namespace() {
        Some(ASSERTION) => Ok(held),
        other => {
            let other = quoted(other.unwrap_or_default());
            let problem = format!("The assertion is in the namespace {other}, not in SAML's");
            Err(Refusal::new(
                RefusalKind::Namespace,
                "Assertion",
                problem,
                CHANGED,
            ))
        }
    }
}

/// A part: its namespace, its name, and whether it may be there several times.
type Part = (&'static str, &'static str, bool);

const RESPONSE: [Part; 6] = [
    (ASSERTION, "Issuer", false),
    (DSIG, "Signature", false),
    (PROTOCOL, "Extensions", false),
    (PROTOCOL, "Status", false),
    (ASSERTION, "Assertion", false),
    (ASSERTION, "EncryptedAssertion", false),
];

const ASSERTED: [Part; 9] = [
    (ASSERTION, "Issuer", false),
    (DSIG, "Signature", false),
    (ASSERTION, "Subject", false),
    (ASSERTION, "Conditions", false),
    (ASSERTION, "Advice", false),
    (ASSERTION, "AuthnStatement", true),
    (ASSERTION, "AttributeStatement", true),
    (ASSERTION, "AuthzDecisionStatement", true),
    (ASSERTION, "Statement", true),
];

/// Checks that an element has only these parts.
fn parts(of: Node<'_, '_>, name: &str, known: &[Part]) -> Result<(), Refusal> {
    let mut found: Vec<&Part> = Vec::new();
    for child in of.children().filter(Node::is_element) {
        let part = known.iter().find(|(ns, name, _)| is(child, ns, name));
        let Some(part) = part else {
            let child = quoted(child.tag_name().name());
            let problem = format!("The element `{name}` contains an unknown element {child}");
            return Err(layout(&problem, CHANGED));
        };
        if !part.2 && found.contains(&part) {
            let problem = format!("The element `{name}` has more than one `{}`", part.1);
            return Err(layout(&problem, CHANGED));
        }
        found.push(part);
    }
    Ok(())
}

fn layout(problem: &str, mend: &'static str) -> Refusal {
    Refusal::new(RefusalKind::Layout, "Response", problem, mend)
}
