//! This server's metadata.

use crate::{
    Certificate,
    binding::Binding,
    encoding,
    names::{DSIG, METADATA, PROTOCOL},
    xml::write::Element,
};

/// What this server says about itself to a provider.
#[derive(Clone, Copy, Debug)]
pub struct OwnMetadata<'a> {
    /// Its name.
    pub entity_id: &'a str,
    /// Where it receives responses, by a form.
    pub acs: &'a str,
    /// Where it receives messages about logging out.
    pub slo: Option<&'a str>,
    /// What it signs with: two while one is replaced.
    pub signing: &'a [Certificate],
    /// What providers may encrypt with.
    pub encryption: &'a [Certificate],
    /// Whether it signs its requests.
    pub signs_requests: bool,
    /// Whether it wants assertions to be signed.
    pub wants_signed_assertions: bool,
    /// The kind of name that it asks for.
    pub name_id_format: Option<&'a str>,
}

/// What this server asks providers to encrypt with, the best first.
const ENCRYPTION: [&str; 3] = [
    "http://www.w3.org/2009/xmlenc11#aes256-gcm",
    "http://www.w3.org/2009/xmlenc11#aes128-gcm",
    "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p",
];

impl OwnMetadata<'_> {
    /// The metadata as XML.
    pub fn to_xml(&self) -> String {
        let methods =
            ENCRYPTION.map(|name| Element::new("md:EncryptionMethod").with("Algorithm", name));
        let signing = self.signing.iter().map(|one| key("signing", one));
        let encryption = self.encryption.iter();
        let encryption = encryption.map(|one| key("encryption", one).children(methods.clone()));
        let slo = self.slo.into_iter().flat_map(|location| {
            [Binding::Redirect, Binding::Post]
                .map(|binding| endpoint("md:SingleLogoutService", binding, location))
        });
        let format = self.name_id_format.into_iter();
        let format = format.map(|format| Element::new("md:NameIDFormat").text(format));
        let acs = endpoint("md:AssertionConsumerService", Binding::Post, self.acs)
            .with("index", "0")
            .with("isDefault", "true");
        let service = Element::new("md:SPSSODescriptor")
            .with("AuthnRequestsSigned", self.signs_requests.to_string())
            .with(
                "WantAssertionsSigned",
                self.wants_signed_assertions.to_string(),
            )
            .with("protocolSupportEnumeration", PROTOCOL)
            .children(signing)
            .children(encryption)
            .children(slo)
            .children(format)
            .child(acs);
        Element::new("md:EntityDescriptor")
            .with("xmlns:md", METADATA)
            .with("entityID", self.entity_id)
            .child(service)
            .to_xml()
    }
}

fn key(used_for: &str, certificate: &Certificate) -> Element {
    let text = encoding::encode(certificate.der());
    let text = Element::new("ds:X509Certificate").text(text);
    let info = Element::new("ds:KeyInfo")
        .with("xmlns:ds", DSIG)
        .child(Element::new("ds:X509Data").child(text));
    Element::new("md:KeyDescriptor")
        .with("use", used_for)
        .child(info)
}

fn endpoint(name: &'static str, binding: Binding, location: &str) -> Element {
    Element::new(name)
        .with("Binding", binding.name())
        .with("Location", location)
}
