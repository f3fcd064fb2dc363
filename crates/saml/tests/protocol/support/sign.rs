//! Signing, with every part of the signature as a test wants it.

use openssl::pkey::{PKey, Private};
use samael::crypto::{Crypto, CryptoProvider};
use saml::KeyPair;

pub const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
pub const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

/// A signature before it is signed.
#[derive(Clone, Debug)]
pub struct Template {
    pub uri: String,
    pub canonicalization: String,
    pub method: String,
    pub digest: String,
    /// The elements `Transform`.
    pub transforms: String,
    pub key_info: String,
    /// The elements behind the first reference.
    pub more: String,
}

impl Template {
    pub fn of(id: &str) -> Self {
        Self {
            uri: format!("#{id}"),
            canonicalization: EXCLUSIVE.to_owned(),
            method: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256".to_owned(),
            digest: "http://www.w3.org/2001/04/xmlenc#sha256".to_owned(),
            transforms: Self::transform(ENVELOPED) + &Self::transform(EXCLUSIVE),
            key_info: String::new(),
            more: String::new(),
        }
    }

    pub fn transform(name: &str) -> String {
        format!("<ds:Transform Algorithm=\"{name}\"/>")
    }

    pub fn reference(&self) -> String {
        format!(
            "<ds:Reference URI=\"{}\"><ds:Transforms>{}</ds:Transforms><ds:DigestMethod \
             Algorithm=\"{}\"/><ds:DigestValue/></ds:Reference>",
            self.uri, self.transforms, self.digest
        )
    }

    pub fn xml(&self) -> String {
        format!(
            "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo>\
             <ds:CanonicalizationMethod Algorithm=\"{}\"/><ds:SignatureMethod Algorithm=\"{}\"/>\
             {}{}</ds:SignedInfo><ds:SignatureValue/>{}</ds:Signature>",
            self.canonicalization,
            self.method,
            self.reference(),
            self.more,
            self.key_info
        )
    }
}

/// The message with a good signature of the element with this id, behind the first issuer.
pub fn signed(xml: &str, id: &str, pair: &KeyPair) -> String {
    let pem = pair.key.to_pem().unwrap();
    let key = PKey::private_key_from_pem(pem.as_bytes()).unwrap();
    signed_with(xml, &Template::of(id), &key)
}

/// The message with this signature behind the first issuer.
pub fn signed_with(xml: &str, template: &Template, key: &PKey<Private>) -> String {
    let end = "</saml:Issuer>";
    let at = xml.find(end).unwrap() + end.len();
    let (before, behind) = xml.split_at(at);
    let xml = format!("{before}{}{behind}", template.xml());
    let der = key.private_key_to_der().unwrap();
    let signed = Crypto::sign_xml(&xml, &der);
    bare(&signed.unwrap_or_else(|error| panic!("{error}: {xml}")))
}

/// The message without its XML declaration, so that it can be put into another one.
pub fn bare(xml: &str) -> String {
    let at = xml.find("?>").map_or(0, |at| at + 2);
    xml[at..].trim().to_owned()
}
