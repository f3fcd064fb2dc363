//! The form of a signature: of the element that contains it, of all of it, and of nothing else.
//!
//! An element `Signature` that has any other form than the one here is refused, wherever it is, so
//! the library never meets an instruction that it would follow.

use roxmltree::Node;

use super::algorithm::{Algorithm, accepts_digest};
use crate::{
    Refusal, RefusalKind, encoding,
    names::{DSIG, ENVELOPED, EXCLUSIVE},
    refusal::quoted,
    xml::read::{attribute, is, text},
};

const SIGN_WHOLE: &str = "Configure the provider to sign the whole assertion or response, as SAML requires: \
    enveloped, with exclusive canonicalization";
const STRONGER: &str = "Configure the provider to sign with RSA-SHA256 (or ECDSA-SHA256) and digests of \
    SHA-256";
const CHANGED: &str = "This is not what an identity provider sends; look for somebody who changes \
    its messages on their way";

/// A signature of an accepted form. Whether it is right is not known yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Signature {
    pub algorithm: Algorithm,
    /// In bytes.
    pub length: usize,
}

/// The signature of an element, if it has one.
pub(crate) fn of(signed: Node<'_, '_>) -> Result<Option<Signature>, Refusal> {
    let mut all = signed
        .children()
        .filter(|child| is(*child, DSIG, "Signature"));
    let Some(signature) = all.next() else {
        return Ok(None);
    };
    if all.next().is_some() {
        return Err(layout("Signature", "An element has two signatures"));
    }
    let parts = elements(signature);
    let names: Vec<&str> = parts.iter().map(|part| part.tag_name().name()).collect();
    let usual = matches!(
        names.as_slice(),
        ["SignedInfo", "SignatureValue"] | ["SignedInfo", "SignatureValue", "KeyInfo"]
    );
    let [info, value, ..] = parts[..] else {
        return Err(layout("Signature", "A signature has unusual parts"));
    };
    if !usual
        || !parts
            .iter()
            .all(|part| named(*part, part.tag_name().name()))
    {
        return Err(layout("Signature", "A signature has unusual parts"));
    }
    let value = encoding::decode(&text(value, "Signature/SignatureValue")?);
    let length = value.map_or(0, |value| value.len());
    let [canonicalization, method, reference] = elements(info)[..] else {
        return Err(layout(
            "Signature/SignedInfo",
            "A signature does not sign exactly one element",
        ));
    };
    if !named(canonicalization, "CanonicalizationMethod")
        || !named(method, "SignatureMethod")
        || !named(reference, "Reference")
    {
        return Err(layout(
            "Signature/SignedInfo",
            "A signature has unusual parts",
        ));
    }
    canonical(canonicalization)?;
    let algorithm = algorithm(method)?;
    refers_to(reference, signed)?;
    self::reference(reference)?;
    Ok(Some(Signature { algorithm, length }))
}

/// M06: how the signature's own text is written.
fn canonical(method: Node<'_, '_>) -> Result<(), Refusal> {
    let name = attribute(method, "Algorithm").unwrap_or_default();
    match name == EXCLUSIVE && only_prefixes(method) {
        true => Ok(()),
        false => Err(transform(name)),
    }
}

/// M09: what it is signed with.
fn algorithm(method: Node<'_, '_>) -> Result<Algorithm, Refusal> {
    let name = attribute(method, "Algorithm").unwrap_or_default();
    match Algorithm::named(name) {
        Some(algorithm) if elements(method).is_empty() => Ok(algorithm),
        _ => Err(weak("Signature/SignedInfo/SignatureMethod", name)),
    }
}

/// M05: the signature refers to the element that contains it.
fn refers_to(reference: Node<'_, '_>, signed: Node<'_, '_>) -> Result<(), Refusal> {
    let uri = attribute(reference, "URI");
    let id = attribute(signed, "ID").unwrap_or_default();
    let expected = format!("#{id}");
    match uri == Some(expected.as_str()) && !id.is_empty() {
        true => Ok(()),
        false => Err(Refusal::differs(
            RefusalKind::Reference,
            "Signature/SignedInfo/Reference/@URI",
            uri,
            &expected,
            CHANGED,
        )),
    }
}

/// M06, M09: all of the element is signed, without the signature, and with an accepted digest.
fn reference(reference: Node<'_, '_>) -> Result<(), Refusal> {
    let [transforms, method, value] = elements(reference)[..] else {
        return Err(transform("none"));
    };
    if !named(transforms, "Transforms")
        || !named(method, "DigestMethod")
        || !named(value, "DigestValue")
    {
        return Err(layout(
            "Signature/SignedInfo/Reference",
            "A signature has unusual parts",
        ));
    }
    let steps = elements(transforms);
    let names: Vec<&str> = steps
        .iter()
        .map(|step| attribute(*step, "Algorithm").unwrap_or_default())
        .collect();
    let whole = steps.iter().all(|step| named(*step, "Transform"))
        && names == [ENVELOPED, EXCLUSIVE]
        && steps
            .first()
            .is_some_and(|first| elements(*first).is_empty())
        && steps.last().is_some_and(|last| only_prefixes(*last));
    if !whole {
        return Err(transform(&names.join(" ")));
    }
    let digest = attribute(method, "Algorithm").unwrap_or_default();
    match accepts_digest(digest) && elements(method).is_empty() {
        true => Ok(()),
        false => Err(weak("Signature/SignedInfo/Reference/DigestMethod", digest)),
    }
}

/// Whether a canonicalization has no parameter, or only the one for prefixes.
fn only_prefixes(method: Node<'_, '_>) -> bool {
    match elements(method)[..] {
        [] => true,
        [prefixes] => is(prefixes, EXCLUSIVE, "InclusiveNamespaces"),
        _ => false,
    }
}

fn named(node: Node<'_, '_>, name: &str) -> bool {
    is(node, DSIG, name)
}

fn elements<'a, 'i>(node: Node<'a, 'i>) -> Vec<Node<'a, 'i>> {
    node.children().filter(Node::is_element).collect()
}

fn layout(field: &'static str, problem: &str) -> Refusal {
    Refusal::new(RefusalKind::Layout, field, problem, CHANGED)
}

fn transform(name: &str) -> Refusal {
    let problem = format!("A signature transforms what it signs: {}", quoted(name));
    let field = "Signature/SignedInfo/Reference/Transforms";
    Refusal::new(RefusalKind::Transform, field, problem, SIGN_WHOLE).sent(name)
}

fn weak(field: &'static str, name: &str) -> Refusal {
    let problem = format!(
        "The algorithm {} of a signature is not accepted",
        quoted(name)
    );
    Refusal::new(RefusalKind::Algorithm, field, problem, STRONGER).sent(name)
}
