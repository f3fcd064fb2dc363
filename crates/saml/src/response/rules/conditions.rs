//! M11: the assertion has conditions, they are met now, and all of them are understood.

use chrono::{DateTime, Utc};
use roxmltree::Node;

use crate::{
    Refusal, RefusalKind,
    names::ASSERTION,
    refusal::quoted,
    response::Facts,
    time::{has_come, is_to_come, missing},
    xml::read::{child, is, time},
};

pub(super) const FIELD: &str = "Assertion/Conditions";

/// What may be a condition. Assertions are accepted once, and never passed on.
const KNOWN: [&str; 3] = ["AudienceRestriction", "OneTimeUse", "ProxyRestriction"];

/// Returns until when they are met, if they say so.
pub(in crate::response) fn check(facts: &Facts<'_, '_>) -> Result<Option<DateTime<Utc>>, Refusal> {
    let now = facts.expected.now;
    let issued = "Assertion/@IssueInstant";
    let at = time(facts.assertion, "IssueInstant", issued)?;
    has_come(at.ok_or_else(|| missing(issued))?, now, issued)?;
    let conditions = of(facts.assertion)?;
    let field = "Assertion/Conditions/@NotBefore";
    if let Some(from) = time(conditions, "NotBefore", field)? {
        has_come(from, now, field)?;
    }
    let field = "Assertion/Conditions/@NotOnOrAfter";
    let until = time(conditions, "NotOnOrAfter", field)?;
    if let Some(until) = until {
        is_to_come(until, now, field)?;
    }
    for condition in conditions.children().filter(Node::is_element) {
        if !KNOWN.iter().any(|name| is(condition, ASSERTION, name)) {
            let name = quoted(condition.tag_name().name());
            let problem = format!("The assertion has a condition that is not known here: {name}");
            let mend = "Configure the provider to leave this condition out";
            return Err(Refusal::new(RefusalKind::Conditions, FIELD, problem, mend));
        }
    }
    Ok(until)
}

/// The conditions of an assertion.
pub(super) fn of<'a, 'i>(assertion: Node<'a, 'i>) -> Result<Node<'a, 'i>, Refusal> {
    child(assertion, ASSERTION, "Conditions", FIELD)?.ok_or_else(|| {
        Refusal::new(
            RefusalKind::Conditions,
            FIELD,
            "The assertion has no conditions, so it would be valid anywhere",
            "Configure the provider to send conditions with the audience, as SAML requires",
        )
    })
}
