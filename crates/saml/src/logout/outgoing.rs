//! Messages about logging out that this server sends.

use chrono::{DateTime, Utc};

use crate::{
    NameId,
    binding::{Outgoing, id},
    names::{ASSERTION, PROTOCOL, SUCCESS},
    time::written,
    xml::write::Element,
};

/// A request to end the provider's session of a person.
#[derive(Clone, Copy, Debug)]
pub struct NewLogoutRequest<'a> {
    /// This server's entity id.
    pub service: &'a str,
    /// The provider's address, from its metadata.
    pub destination: &'a str,
    /// The person, exactly as the provider named them.
    pub name_id: &'a NameId,
    /// The provider's name of the session.
    pub session_index: Option<&'a str>,
    /// The time.
    pub now: DateTime<Utc>,
}

impl NewLogoutRequest<'_> {
    /// The message, with a new id that cannot be guessed.
    pub fn message(&self) -> Outgoing {
        let (id, element) = begun(
            "samlp:LogoutRequest",
            self.service,
            self.destination,
            self.now,
        );
        let session = self.session_index.into_iter();
        let session = session.map(|index| Element::new("samlp:SessionIndex").text(index));
        let element = element.child(self.name_id.element()).children(session);
        Outgoing::request(id, self.destination, element)
    }
}

/// The response to a provider's request.
#[derive(Clone, Copy, Debug)]
pub struct NewLogoutResponse<'a> {
    /// This server's entity id.
    pub service: &'a str,
    /// The provider's address, from its metadata.
    pub destination: &'a str,
    /// The request's id.
    pub in_response_to: &'a str,
    /// Whether the session has ended here.
    pub success: bool,
    /// The time.
    pub now: DateTime<Utc>,
}

impl NewLogoutResponse<'_> {
    /// The message.
    pub fn message(&self) -> Outgoing {
        let (id, element) = begun(
            "samlp:LogoutResponse",
            self.service,
            self.destination,
            self.now,
        );
        let code = match self.success {
            true => SUCCESS,
            false => "urn:oasis:names:tc:SAML:2.0:status:Responder",
        };
        let code = Element::new("samlp:StatusCode").with("Value", code);
        let element = element
            .with("InResponseTo", self.in_response_to)
            .child(Element::new("samlp:Status").child(code));
        Outgoing::response(id, self.destination, element)
    }
}

/// What both messages begin with.
fn begun(
    name: &'static str,
    service: &str,
    destination: &str,
    now: DateTime<Utc>,
) -> (String, Element) {
    let id = id();
    let element = Element::new(name)
        .with("xmlns:samlp", PROTOCOL)
        .with("xmlns:saml", ASSERTION)
        .with("ID", id.as_str())
        .with("Version", "2.0")
        .with("IssueInstant", written(now))
        .with("Destination", destination)
        .child(Element::new("saml:Issuer").text(service));
    (id, element)
}
