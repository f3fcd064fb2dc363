//! M12: the assertion is meant for this service. Each restriction has to name it.

use super::conditions;
use crate::{
    Refusal, RefusalKind,
    names::ASSERTION,
    response::Facts,
    xml::read::{children, text},
};

const FIELD: &str = "Assertion/Conditions/AudienceRestriction/Audience";

pub(in crate::response) fn check(facts: &Facts<'_, '_>) -> Result<(), Refusal> {
    let service = facts.expected.service;
    let conditions = conditions::of(facts.assertion)?;
    let mut restrictions = children(conditions, ASSERTION, "AudienceRestriction").peekable();
    if restrictions.peek().is_none() {
        return Err(other(None, service));
    }
    for restriction in restrictions {
        let audiences = children(restriction, ASSERTION, "Audience");
        let audiences: Result<Vec<String>, Refusal> =
            audiences.map(|audience| text(audience, FIELD)).collect();
        let audiences = audiences?;
        if !audiences.iter().any(|audience| audience == service) {
            return Err(other(Some(&audiences.join(", ")), service));
        }
    }
    Ok(())
}

fn other(sent: Option<&str>, service: &str) -> Refusal {
    let mend = "Enter this server's entity id as the audience at the provider, exactly as it is \
        shown here";
    Refusal::differs(RefusalKind::Audience, FIELD, sent, service, mend)
}
