//! M14: the response answers the request that this browser has open.

use super::confirmation::Confirmed;
use crate::{Refusal, RefusalKind, response::Facts, xml::read::attribute};

const RESPONSE: &str = "Response/@InResponseTo";
const CONFIRMATION: &str = "SubjectConfirmationData/@InResponseTo";

/// Returns the request that is answered. Only a part that is signed can tell.
pub(in crate::response) fn check(
    facts: &Facts<'_, '_>,
    confirmed: &Confirmed,
) -> Result<Option<String>, Refusal> {
    let expected = facts.expected;
    let response = attribute(facts.response, "InResponseTo");
    let confirmation = confirmed.in_response_to.as_deref();
    for (sent, field) in [(response, RESPONSE), (confirmation, CONFIRMATION)] {
        if sent.is_some() && sent != expected.request {
            return Err(other(field, sent, expected.request));
        }
    }
    let signed = response.filter(|_| facts.response_signed);
    match confirmation.or(signed) {
        None if !expected.unsolicited => Err(other(CONFIRMATION, None, expected.request)),
        answered => Ok(answered.map(str::to_owned)),
    }
}

fn other(field: &'static str, sent: Option<&str>, request: Option<&str>) -> Refusal {
    let mend = match sent {
        Some(_) => "Sign in again, in one browser and within some minutes",
        None => {
            "Begin at this server's sign-in page, or allow this provider to begin a sign-in \
             (unsolicited responses)"
        }
    };
    let kind = RefusalKind::InResponseTo;
    match request {
        Some(request) => Refusal::differs(kind, field, sent, request, mend),
        None => {
            let open = "the id of a request that is open in this browser";
            Refusal::needs(kind, field, sent, open, mend)
        }
    }
}
