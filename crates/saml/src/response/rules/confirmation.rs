//! M11, M13: whoever brings the assertion may use it: here, and now.

use chrono::{DateTime, Utc};
use roxmltree::Node;

use crate::{
    Refusal, RefusalKind,
    names::{ASSERTION, BEARER},
    response::Facts,
    time::{has_come, is_to_come, missing},
    xml::read::{attribute, child, children, time},
};

const CONFIRMATION: &str = "Assertion/Subject/SubjectConfirmation";
const DATA: &str = "Assertion/Subject/SubjectConfirmation/SubjectConfirmationData";
const NOT_BEFORE: &str = "SubjectConfirmationData/@NotBefore";
const NOT_ON_OR_AFTER: &str = "SubjectConfirmationData/@NotOnOrAfter";
const RECIPIENT: &str = "SubjectConfirmationData/@Recipient";

/// A confirmation that holds.
pub(in crate::response) struct Confirmed {
    /// Until when any of them does.
    pub until: DateTime<Utc>,
    /// The request that is answered.
    pub in_response_to: Option<String>,
}

pub(in crate::response) fn check(facts: &Facts<'_, '_>) -> Result<Confirmed, Refusal> {
    let subject = child(facts.assertion, ASSERTION, "Subject", "Assertion/Subject")?;
    let confirmations = subject
        .into_iter()
        .flat_map(|subject| children(subject, ASSERTION, "SubjectConfirmation"))
        .filter(|confirmation| attribute(*confirmation, "Method") == Some(BEARER));
    let mut held: Option<Confirmed> = None;
    let mut refused = None;
    for confirmation in confirmations {
        match one(confirmation, facts) {
            Ok(one) => {
                let until = held
                    .as_ref()
                    .map_or(one.until, |held| held.until.max(one.until));
                let first = held.unwrap_or(one);
                held = Some(Confirmed { until, ..first });
            }
            Err(refusal) => refused = refused.or(Some(refusal)),
        }
    }
    held.ok_or_else(|| {
        refused.unwrap_or_else(|| {
            let mend =
                "Configure the provider to use the profile of sign-in through a browser (Web SSO)";
            Refusal::differs(RefusalKind::Subject, CONFIRMATION, None, BEARER, mend)
        })
    })
}

fn one(confirmation: Node<'_, '_>, facts: &Facts<'_, '_>) -> Result<Confirmed, Refusal> {
    let now = facts.expected.now;
    let data = child(confirmation, ASSERTION, "SubjectConfirmationData", DATA)?;
    let data = data.ok_or_else(|| missing(NOT_ON_OR_AFTER))?;
    let recipient = attribute(data, "Recipient");
    if recipient != Some(facts.expected.acs) {
        return Err(Refusal::differs(
            RefusalKind::Recipient,
            RECIPIENT,
            recipient,
            facts.expected.acs,
            "Enter this server's ACS URL at the provider exactly as it is shown here",
        ));
    }
    let until = time(data, "NotOnOrAfter", NOT_ON_OR_AFTER)?;
    let until = until.ok_or_else(|| missing(NOT_ON_OR_AFTER))?;
    is_to_come(until, now, NOT_ON_OR_AFTER)?;
    if let Some(from) = time(data, "NotBefore", NOT_BEFORE)? {
        has_come(from, now, NOT_BEFORE)?;
    }
    Ok(Confirmed {
        until,
        in_response_to: attribute(data, "InResponseTo").map(str::to_owned),
    })
}
