//! The request with which a sign-in begins.

use chrono::{DateTime, Utc};

use crate::{
    binding::{Outgoing, id},
    names::{ASSERTION, HTTP_POST, PROTOCOL},
    time::written,
    xml::write::Element,
};

/// A request to sign somebody in.
#[derive(Clone, Copy, Debug)]
pub struct AuthnRequest<'a> {
    /// This server's entity id.
    pub service: &'a str,
    /// Where the response is to be sent.
    pub acs: &'a str,
    /// The provider's address, from its metadata.
    pub destination: &'a str,
    /// The kind of name to ask for; otherwise the provider chooses.
    pub name_id_format: Option<&'a str>,
    /// Whether the person has to prove again who they are.
    pub force: bool,
    /// The time.
    pub now: DateTime<Utc>,
}

impl AuthnRequest<'_> {
    /// The message, with a new id that cannot be guessed.
    pub fn message(&self) -> Outgoing {
        let id = id();
        let policy = Element::new("samlp:NameIDPolicy")
            .with_some("Format", self.name_id_format)
            .with("AllowCreate", "true");
        let element = Element::new("samlp:AuthnRequest")
            .with("xmlns:samlp", PROTOCOL)
            .with("xmlns:saml", ASSERTION)
            .with("ID", id.as_str())
            .with("Version", "2.0")
            .with("IssueInstant", written(self.now))
            .with("Destination", self.destination)
            .with_some("ForceAuthn", self.force.then_some("true"))
            .with("ProtocolBinding", HTTP_POST)
            .with("AssertionConsumerServiceURL", self.acs)
            .child(Element::new("saml:Issuer").text(self.service))
            .child(policy);
        Outgoing::request(id, self.destination, element)
    }
}
