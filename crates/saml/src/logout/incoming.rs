//! Messages about logging out that a provider sends.

use chrono::{DateTime, TimeDelta, Utc};
use roxmltree::{Document, Node};

use crate::{
    Certificate, NameId, Refusal, RefusalKind,
    binding::Query,
    issuer::matches,
    names::{ASSERTION, PROTOCOL, SUCCESS},
    signature,
    time::{has_come, is_to_come, missing},
    xml::{
        read::{attribute, child, children, is, text, time},
        strict,
    },
};

/// The oldest message. It was made a moment ago.
const OLDEST: TimeDelta = TimeDelta::minutes(5);

const MEND: &str = "Configure the provider to use the profile of single log-out of SAML 2.0";

/// A message that has arrived.
#[derive(Clone, Debug)]
pub enum Received<'a> {
    /// In the query of an address.
    Redirect(&'a Query<'a>),
    /// In a form: what [`crate::binding::decode_form`] returned.
    Form(&'a [u8]),
}

/// What a message about logging out must fit.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The provider's entity id.
    pub provider: &'a str,
    /// The provider's signing certificates.
    pub certificates: &'a [Certificate],
    /// The address to which the message was sent.
    pub slo: &'a str,
    /// The time.
    pub now: DateTime<Utc>,
}

/// A request of the provider to end sessions of a person. It was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutRequest {
    /// Its id, which the response has to name.
    pub id: String,
    /// The person.
    pub name_id: NameId,
    /// The provider's names of the sessions to end; none means all.
    pub session_indexes: Vec<String>,
    /// When it expires. Whoever receives it remembers its id until then and [`crate::SKEW`] have passed.
    pub expires_at: DateTime<Utc>,
}

/// The provider's response to a request of this server. It was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutResponse {
    /// Whether the provider says that all sessions have ended.
    pub success: bool,
}

/// Checks a request.
///
/// # Errors
/// The first check that it did not pass.
pub fn request(received: &Received<'_>, expected: &Expected<'_>) -> Result<LogoutRequest, Refusal> {
    let proved = proved(received, expected.certificates)?;
    let document = strict::parse(&proved)?;
    let (root, expires_at) = checked(&document, "LogoutRequest", expected)?;
    let field = "LogoutRequest/@NotOnOrAfter";
    if let Some(until) = time(root, "NotOnOrAfter", field)? {
        is_to_come(until, expected.now, field)?;
    }
    let field = "LogoutRequest/NameID";
    let Some(name) = child(root, ASSERTION, "NameID", field)? else {
        let words = "the name of a person, not encrypted";
        let kind = RefusalKind::Subject;
        return Err(Refusal::needs(kind, field, None, words, MEND));
    };
    let indexes = children(root, PROTOCOL, "SessionIndex");
    let indexes: Result<Vec<String>, Refusal> = indexes
        .map(|index| text(index, "LogoutRequest/SessionIndex"))
        .collect();
    Ok(LogoutRequest {
        id: attribute(root, "ID").unwrap_or_default().to_owned(),
        name_id: NameId::read(name, field)?,
        session_indexes: indexes?,
        expires_at,
    })
}

/// Checks the response to the request with this id.
///
/// # Errors
/// The first check that it did not pass.
pub fn response(
    received: &Received<'_>,
    expected: &Expected<'_>,
    request: &str,
) -> Result<LogoutResponse, Refusal> {
    let proved = proved(received, expected.certificates)?;
    let document = strict::parse(&proved)?;
    let (root, _) = checked(&document, "LogoutResponse", expected)?;
    let sent = attribute(root, "InResponseTo");
    if sent != Some(request) {
        let field = "LogoutResponse/@InResponseTo";
        let kind = RefusalKind::InResponseTo;
        return Err(Refusal::differs(kind, field, sent, request, MEND));
    }
    let field = "LogoutResponse/Status";
    let code = match child(root, PROTOCOL, "Status", field)? {
        Some(status) => child(status, PROTOCOL, "StatusCode", field)?,
        None => None,
    };
    let partial = code.is_some_and(|code| children(code, PROTOCOL, "StatusCode").next().is_some());
    let value = code.and_then(|code| attribute(code, "Value"));
    Ok(LogoutResponse {
        success: value == Some(SUCCESS) && !partial,
    })
}

/// The bytes of the message that the signature is of.
fn proved(received: &Received<'_>, certificates: &[Certificate]) -> Result<Vec<u8>, Refusal> {
    let bytes = match received {
        Received::Redirect(query) => {
            query.verify(certificates)?;
            return query.unverified_message();
        }
        Received::Form(bytes) => bytes,
    };
    let document = strict::parse(bytes)?;
    let root = document.root_element();
    let all = root.descendants();
    let all = all.filter(|node| node.tag_name().name() == "Signature");
    if all.filter(|node| node.parent() != Some(root)).count() > 0 {
        let problem = "A signature is at an unusual place";
        return Err(Refusal::new(
            RefusalKind::Layout,
            "Signature",
            problem,
            MEND,
        ));
    }
    let Some(signature) = signature::of(root)? else {
        return Err(Refusal::new(
            RefusalKind::Unsigned,
            "Signature",
            "The message is not signed",
            "Configure the provider to sign its messages about logging out",
        ));
    };
    let verified = signature::verified(root, &[signature], certificates)?;
    Ok(verified.into_bytes())
}

/// The message, if it is the right one, from the provider, for this address, and new; and when it is not
/// new any more.
fn checked<'a, 'i>(
    document: &'a Document<'i>,
    name: &'static str,
    expected: &Expected<'_>,
) -> Result<(Node<'a, 'i>, DateTime<Utc>), Refusal> {
    let root = document.root_element();
    if !is(root, PROTOCOL, name) {
        let sent = Some(root.tag_name().name());
        return Err(Refusal::differs(
            RefusalKind::Layout,
            "message",
            sent,
            name,
            MEND,
        ));
    }
    let version = attribute(root, "Version");
    if version != Some("2.0") {
        let kind = RefusalKind::Version;
        return Err(Refusal::differs(kind, "@Version", version, "2.0", MEND));
    }
    matches(root, expected.provider, "Issuer", true)?;
    let destination = attribute(root, "Destination");
    if destination != Some(expected.slo) {
        return Err(Refusal::differs(
            RefusalKind::Destination,
            "@Destination",
            destination,
            expected.slo,
            "Enter this server's address for logging out at the provider exactly as it is shown \
             here",
        ));
    }
    let field = "@IssueInstant";
    let issued = time(root, "IssueInstant", field)?.ok_or_else(|| missing(field))?;
    has_come(issued, expected.now, field)?;
    let until = issued.checked_add_signed(OLDEST).unwrap_or(issued);
    is_to_come(until, expected.now, field)?;
    Ok((root, until))
}
