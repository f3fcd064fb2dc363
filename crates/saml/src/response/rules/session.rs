//! M11: the person has proved who they are, and the provider's session is not over.

use chrono::{DateTime, Utc};

use crate::{
    Refusal, RefusalKind,
    names::ASSERTION,
    response::Facts,
    time::{has_come, is_to_come, missing},
    xml::read::{attribute, children, time},
};

const INSTANT: &str = "Assertion/AuthnStatement/@AuthnInstant";
const UNTIL: &str = "Assertion/AuthnStatement/@SessionNotOnOrAfter";

/// The provider's session.
pub(in crate::response) struct Session {
    pub index: Option<String>,
    pub since: DateTime<Utc>,
}

pub(in crate::response) fn check(facts: &Facts<'_, '_>) -> Result<Session, Refusal> {
    let now = facts.expected.now;
    let mut statements = children(facts.assertion, ASSERTION, "AuthnStatement");
    let Some(statement) = statements.next() else {
        return Err(Refusal::new(
            RefusalKind::Subject,
            "Assertion/AuthnStatement",
            "The assertion does not say that the person has signed in at the provider",
            "Configure the provider to use the profile of sign-in through a browser (Web SSO)",
        ));
    };
    let since = time(statement, "AuthnInstant", INSTANT)?;
    let since = since.ok_or_else(|| missing(INSTANT))?;
    has_come(since, now, INSTANT)?;
    if let Some(until) = time(statement, "SessionNotOnOrAfter", UNTIL)? {
        is_to_come(until, now, UNTIL)?;
    }
    Ok(Session {
        index: attribute(statement, "SessionIndex").map(str::to_owned),
        since,
    })
}
