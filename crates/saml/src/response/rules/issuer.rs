//! M13: the message is from the provider that was asked. The assertion names it, and so does a
//! response that is signed; other responses may.

use crate::{Refusal, issuer::matches, response::Facts};

pub(in crate::response) fn check(facts: &Facts<'_, '_>) -> Result<(), Refusal> {
    let provider = facts.expected.provider;
    matches(
        facts.response,
        provider,
        "Response/Issuer",
        facts.response_signed,
    )?;
    matches(facts.assertion, provider, "Assertion/Issuer", true)
}
