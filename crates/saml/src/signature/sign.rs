//! Signing a message of this server's own.

use samael::crypto::{Crypto, CryptoProvider};

use super::{Algorithm, quiet};
use crate::{
    PrivateKey, SamlError,
    names::{DSIG, ENVELOPED, EXCLUSIVE},
    xml::write::Element,
};

/// The digest in the signatures of this server.
const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";

/// The message as XML with a signature, which stands behind the issuer.
pub(crate) fn signed(
    mut message: Element,
    id: &str,
    key: &PrivateKey,
) -> Result<String, SamlError> {
    message.insert_second(template(id));
    let der = key.inner().private_key_to_der();
    let der = der.map_err(|error| SamlError::signing(&error))?;
    quiet::be_quiet();
    Crypto::sign_xml(message.to_xml(), &der).map_err(|error| SamlError::Signing(error.to_string()))
}

/// A signature of the element with this id, before it is signed.
fn template(id: &str) -> Element {
    let method = |name, algorithm: &str| Element::new(name).with("Algorithm", algorithm);
    let transforms = Element::new("ds:Transforms")
        .child(method("ds:Transform", ENVELOPED))
        .child(method("ds:Transform", EXCLUSIVE));
    let reference = Element::new("ds:Reference")
        .with("URI", format!("#{id}"))
        .child(transforms)
        .child(method("ds:DigestMethod", SHA256))
        .child(Element::new("ds:DigestValue"));
    let info = Element::new("ds:SignedInfo")
        .child(method("ds:CanonicalizationMethod", EXCLUSIVE))
        .child(method("ds:SignatureMethod", Algorithm::OWN.name()))
        .child(reference);
    Element::new("ds:Signature")
        .with("xmlns:ds", DSIG)
        .child(info)
        .child(Element::new("ds:SignatureValue"))
}
