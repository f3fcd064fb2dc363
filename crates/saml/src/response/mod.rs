//! The provider's answer: from bytes of the network to a person, or to a refusal.

mod evidence;
mod expected;
mod layout;
mod rules;
mod seen;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use roxmltree::Node;

pub use expected::{Expected, SignedParts};
pub use seen::Seen;

use crate::{NameId, Refusal, xml::strict};
use evidence::Evidence;
use layout::Layout;

/// What the provider says about a person, after all checks. All of it was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The assertion's id. It must be accepted once only, so it has to be kept until
    /// [`Verified::not_on_or_after`] and [`crate::SKEW`] have passed.
    pub assertion_id: String,
    /// Until when the assertion is accepted, without the skew.
    pub not_on_or_after: DateTime<Utc>,
    /// The person.
    pub name_id: NameId,
    /// The provider's name of the session, for logging out.
    pub session_index: Option<String>,
    /// The values of each attribute, by its name.
    pub attributes: BTreeMap<String, Vec<String>>,
    /// When the person has proved who they are.
    pub authn_instant: DateTime<Utc>,
    /// The request that this answers; `None` if the provider began.
    pub in_response_to: Option<String>,
    /// Everything that was sent, for a test of the settings.
    pub seen: Seen,
}

/// Checks a response, which is the decoded content of the field `SAMLResponse`.
///
/// # Errors
/// The first check that it did not pass. [`Refusal::seen`] tells what else was sent.
pub fn verify(response: &[u8], expected: &Expected<'_>) -> Result<Verified, Refusal> {
    let mut seen = Seen::default();
    match judge(response, expected, &mut seen) {
        Ok(verified) => Ok(Verified { seen, ..verified }),
        Err(refusal) => Err(refusal.with(seen)),
    }
}

fn judge(response: &[u8], expected: &Expected<'_>, seen: &mut Seen) -> Result<Verified, Refusal> {
    let sent = strict::parse(response)?;
    seen.read(&sent);
    rules::status::check(sent.root_element())?;
    let evidence = Evidence::of(&sent, expected)?;
    rules::signed::check(&evidence, expected.signed)?;
    // From here on, only what was verified is read, with the exception of an unsigned response
    // around a signed assertion. That one can make things worse, but never better.
    let response = strict::parse(evidence.response.as_bytes())?;
    let assertion = evidence.assertion.as_deref().map(str::as_bytes);
    let assertion = assertion.map(strict::parse).transpose()?;
    // What was encrypted is shown only if the provider has signed it: somebody else who has the
    // encrypted text could read it here otherwise.
    if let Some(document) = assertion.as_ref().filter(|_| seen.encrypted) {
        seen.read(document);
        seen.assertion_signed = evidence.assertion_signed;
    }
    let facts = Facts {
        response: response.root_element(),
        response_signed: evidence.response_signed,
        assertion: match &assertion {
            Some(document) => Layout::of(document)?.plain()?,
            None => Layout::of(&response)?.plain()?,
        },
        expected,
    };
    facts.verified()
}

/// What the rules look at.
struct Facts<'a, 'i> {
    response: Node<'a, 'i>,
    /// Whether the provider has signed the response, so that what it says counts.
    response_signed: bool,
    assertion: Node<'a, 'i>,
    expected: &'a Expected<'a>,
}

impl Facts<'_, '_> {
    fn verified(&self) -> Result<Verified, Refusal> {
        rules::version::check(self)?;
        rules::issuer::check(self)?;
        rules::destination::check(self)?;
        let until = rules::conditions::check(self)?;
        rules::audience::check(self)?;
        let confirmed = rules::confirmation::check(self)?;
        let in_response_to = rules::in_response_to::check(self, &confirmed)?;
        let session = rules::session::check(self)?;
        Ok(Verified {
            assertion_id: rules::version::id(self.assertion)?,
            not_on_or_after: until.map_or(confirmed.until, |until| until.min(confirmed.until)),
            name_id: rules::subject::check(self)?,
            session_index: session.index,
            attributes: rules::attributes::read(self.assertion)?,
            authn_instant: session.since,
            in_response_to,
            seen: Seen::default(),
        })
    }
}
