//! M13: the response was sent to this address. A signed one says so; an unsigned one must not say
//! something else.

use crate::{Refusal, RefusalKind, response::Facts, xml::read::attribute};

pub(in crate::response) fn check(facts: &Facts<'_, '_>) -> Result<(), Refusal> {
    let sent = attribute(facts.response, "Destination");
    if sent == Some(facts.expected.acs) || sent.is_none() && !facts.response_signed {
        return Ok(());
    }
    Err(Refusal::differs(
        RefusalKind::Destination,
        "Response/@Destination",
        sent,
        facts.expected.acs,
        "Enter this server's ACS URL at the provider exactly as it is shown here",
    ))
}
