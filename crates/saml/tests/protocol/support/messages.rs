//! Messages before they are signed. Each part is a text, so a test can write anything there.

use chrono::{DateTime, Utc};

use super::{ACS, PROVIDER, SERVICE};

pub const REQUEST: &str = "_0123456789abcdef0123456789abcdef";
pub const NOT_ON_OR_AFTER: &str = "2026-01-15T12:05:00Z";

const SAML: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
const SAMLP: &str = "urn:oasis:names:tc:SAML:2.0:protocol";

/// The time of all tests.
pub fn now() -> DateTime<Utc> {
    "2026-01-15T12:00:00Z".parse().unwrap()
}

/// An assertion.
#[derive(Clone, Debug)]
pub struct Assertion {
    pub id: String,
    pub version: String,
    pub issued: String,
    pub issuer: String,
    pub name_id: String,
    pub confirmation: String,
    pub conditions: String,
    pub session: String,
    pub attributes: String,
}

impl Default for Assertion {
    fn default() -> Self {
        Self {
            id: "_assertion".to_owned(),
            version: "2.0".to_owned(),
            issued: "2026-01-15T11:59:59Z".to_owned(),
            issuer: format!("<saml:Issuer>{PROVIDER}</saml:Issuer>"),
            name_id: "<saml:NameID Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress\"\
                      >alice@example.test</saml:NameID>"
                .to_owned(),
            confirmation: Self::confirmed(&format!(
                "NotOnOrAfter=\"{NOT_ON_OR_AFTER}\" Recipient=\"{ACS}\" InResponseTo=\"{REQUEST}\""
            )),
            conditions: Self::conditions(
                "NotBefore=\"2026-01-15T11:59:00Z\" NotOnOrAfter=\"2026-01-15T12:05:00Z\"",
                &Self::audience(SERVICE),
            ),
            session: "<saml:AuthnStatement AuthnInstant=\"2026-01-15T11:58:00Z\" \
                      SessionIndex=\"_session\"><saml:AuthnContext><saml:AuthnContextClassRef>\
                      urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef>\
                      </saml:AuthnContext></saml:AuthnStatement>"
                .to_owned(),
            attributes: "<saml:AttributeStatement>\
                         <saml:Attribute Name=\"mail\"><saml:AttributeValue>alice@example.test\
                         </saml:AttributeValue></saml:Attribute>\
                         <saml:Attribute Name=\"groups\"><saml:AttributeValue>eng</saml:AttributeValue>\
                         <saml:AttributeValue>ops &amp; more</saml:AttributeValue></saml:Attribute>\
                         </saml:AttributeStatement>"
                .to_owned(),
        }
    }
}

impl Assertion {
    /// A confirmation whose data have these attributes.
    pub fn confirmed(data: &str) -> String {
        format!(
            "<saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\">\
             <saml:SubjectConfirmationData {data}/></saml:SubjectConfirmation>"
        )
    }

    /// Conditions with these attributes and children.
    pub fn conditions(attributes: &str, children: &str) -> String {
        format!("<saml:Conditions {attributes}>{children}</saml:Conditions>")
    }

    /// A restriction to this audience.
    pub fn audience(name: &str) -> String {
        format!(
            "<saml:AudienceRestriction><saml:Audience>{name}</saml:Audience>\
             </saml:AudienceRestriction>"
        )
    }

    pub fn named(name: &str) -> Self {
        let name_id = format!("<saml:NameID>{name}</saml:NameID>");
        Self {
            name_id,
            ..Self::default()
        }
    }

    pub fn xml(&self) -> String {
        format!(
            "<saml:Assertion xmlns:saml=\"{SAML}\" ID=\"{}\" Version=\"{}\" IssueInstant=\"{}\">{}\
             <saml:Subject>{}{}</saml:Subject>{}{}{}</saml:Assertion>",
            self.id,
            self.version,
            self.issued,
            self.issuer,
            self.name_id,
            self.confirmation,
            self.conditions,
            self.session,
            self.attributes
        )
    }
}

/// A response.
#[derive(Clone, Debug)]
pub struct Response {
    pub id: String,
    pub version: String,
    pub attributes: String,
    pub issuer: String,
    pub extensions: String,
    pub status: String,
    pub assertion: String,
}

impl Response {
    /// A good response around an assertion, or around anything else.
    pub fn around(assertion: impl Into<String>) -> Self {
        Self {
            id: "_response".to_owned(),
            version: "2.0".to_owned(),
            attributes: format!("Destination=\"{ACS}\" InResponseTo=\"{REQUEST}\""),
            issuer: format!("<saml:Issuer>{PROVIDER}</saml:Issuer>"),
            extensions: String::new(),
            status: Self::status("urn:oasis:names:tc:SAML:2.0:status:Success"),
            assertion: assertion.into(),
        }
    }

    pub fn status(code: &str) -> String {
        format!("<samlp:Status><samlp:StatusCode Value=\"{code}\"/></samlp:Status>")
    }

    pub fn xml(&self) -> String {
        format!(
            "<samlp:Response xmlns:samlp=\"{SAMLP}\" xmlns:saml=\"{SAML}\" ID=\"{}\" \
             Version=\"{}\" IssueInstant=\"2026-01-15T11:59:59Z\" {}>{}{}{}{}</samlp:Response>",
            self.id,
            self.version,
            self.attributes,
            self.issuer,
            self.extensions,
            self.status,
            self.assertion
        )
    }
}
