//! What a provider sent, for people who test its settings. Nothing of it is proved.

use std::collections::BTreeMap;

use roxmltree::{Document, Node};

use crate::{
    decrypt,
    names::{ASSERTION, DSIG, PROTOCOL},
    refusal::short,
    xml::read::{attribute, children, is},
};

/// The most attributes, and values of one, that are shown.
const MOST: usize = 100;

/// What the provider sent, as far as it can be read. It must not be used to sign anybody in.
///
/// What was encrypted is there only if the provider had signed it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The response's issuer.
    pub response_issuer: Option<String>,
    /// The response's destination.
    pub destination: Option<String>,
    /// The request that is answered.
    pub in_response_to: Option<String>,
    /// The codes of the status, and the message.
    pub status: Vec<String>,
    /// Whether the response has a signature.
    pub response_signed: bool,
    /// Whether the assertion has a signature.
    pub assertion_signed: bool,
    /// Whether the assertion is encrypted.
    pub encrypted: bool,
    /// The algorithms of signatures and encryption.
    pub algorithms: Vec<String>,
    /// The assertion's issuer.
    pub issuer: Option<String>,
    /// The person.
    pub name_id: Option<String>,
    /// The kind of the person's name.
    pub name_id_format: Option<String>,
    /// The provider's name of the session.
    pub session_index: Option<String>,
    /// The times and the recipient in the conditions and the confirmations of the assertion.
    pub conditions: BTreeMap<String, String>,
    /// The services that the assertion is meant for.
    pub audiences: Vec<String>,
    /// The values of each attribute, by its name.
    pub attributes: BTreeMap<String, Vec<String>>,
}

impl Seen {
    /// Adds what is in a document.
    pub(super) fn read(&mut self, document: &Document<'_>) {
        let root = document.root_element();
        if is(root, PROTOCOL, "Response") {
            self.response(root);
        }
        let held = root.descendants();
        for held in held.filter(|node| node.tag_name().namespace() == Some(ASSERTION)) {
            match held.tag_name().name() {
                "Assertion" => {
                    self.assertion(held);
                    break;
                }
                "EncryptedAssertion" => {
                    self.encrypted = true;
                    self.algorithms.extend(decrypt::algorithms(held));
                    break;
                }
                _ => {}
            }
        }
        let methods = root
            .descendants()
            .filter(|node| is(*node, DSIG, "SignatureMethod"));
        let methods = methods.filter_map(|node| attribute(node, "Algorithm"));
        self.algorithms.extend(methods.take(2).map(short));
    }

    fn response(&mut self, response: Node<'_, '_>) {
        self.response_issuer = child_text(response, ASSERTION, "Issuer");
        self.destination = attribute(response, "Destination").map(short);
        self.in_response_to = attribute(response, "InResponseTo").map(short);
        self.response_signed = children(response, DSIG, "Signature").next().is_some();
        for status in children(response, PROTOCOL, "Status").take(1) {
            let codes = status.descendants();
            let codes = codes
                .filter(|node| is(*node, PROTOCOL, "StatusCode"))
                .take(4);
            self.status = codes
                .filter_map(|node| attribute(node, "Value"))
                .map(short)
                .collect();
            self.status
                .extend(child_text(status, PROTOCOL, "StatusMessage"));
        }
    }

    fn assertion(&mut self, assertion: Node<'_, '_>) {
        self.issuer = child_text(assertion, ASSERTION, "Issuer");
        self.assertion_signed = children(assertion, DSIG, "Signature").next().is_some();
        for node in assertion.descendants() {
            if node.tag_name().namespace() != Some(ASSERTION) {
                continue;
            }
            match node.tag_name().name() {
                "NameID" if self.name_id.is_none() => {
                    self.name_id = Some(all_text(node));
                    self.name_id_format = attribute(node, "Format").map(short);
                }
                "Audience" if self.audiences.len() < MOST => self.audiences.push(all_text(node)),
                "AuthnStatement" => {
                    self.session_index = attribute(node, "SessionIndex").map(short);
                    self.note(node, &["AuthnInstant", "SessionNotOnOrAfter"]);
                }
                "Conditions" => self.note(node, &["NotBefore", "NotOnOrAfter"]),
                "SubjectConfirmationData" => {
                    self.note(node, &["Recipient", "NotOnOrAfter", "InResponseTo"]);
                }
                "Attribute" if self.attributes.len() < MOST => self.attribute(node),
                _ => {}
            }
        }
    }

    /// Keeps attributes of an element under its name.
    fn note(&mut self, node: Node<'_, '_>, names: &[&str]) {
        for name in names {
            if let Some(value) = attribute(node, name) {
                let key = format!("{}/@{name}", node.tag_name().name());
                self.conditions.insert(key, short(value));
            }
        }
    }

    fn attribute(&mut self, node: Node<'_, '_>) {
        let name = attribute(node, "Name").map(short).unwrap_or_default();
        let values = children(node, ASSERTION, "AttributeValue");
        let values = values.map(all_text).take(MOST);
        self.attributes.entry(name).or_default().extend(values);
    }
}

fn child_text(node: Node<'_, '_>, namespace: &str, name: &str) -> Option<String> {
    children(node, namespace, name).next().map(all_text)
}

/// All text inside an element.
fn all_text(node: Node<'_, '_>) -> String {
    let texts = node.descendants().filter(|node| node.is_text());
    let text: String = texts.filter_map(|node| node.text()).collect();
    short(text.trim())
}
