//! M01: what has to be signed is signed.

use crate::{
    Refusal, RefusalKind,
    response::{SignedParts, evidence::Evidence},
};

pub(in crate::response) fn check(
    evidence: &Evidence,
    required: SignedParts,
) -> Result<(), Refusal> {
    let (response, assertion) = (evidence.response_signed, evidence.assertion_signed);
    let missing = match required {
        SignedParts::Either if !response && !assertion => "assertion",
        SignedParts::Assertion | SignedParts::Both if !assertion => "assertion",
        SignedParts::Response | SignedParts::Both if !response => "response",
        _ => return Ok(()),
    };
    let problem = format!("The {missing} is not signed");
    let field = match missing {
        "assertion" => "Assertion/Signature",
        _ => "Response/Signature",
    };
    let mend = "Configure the provider to sign it, or change which parts have to be signed here";
    Err(Refusal::new(RefusalKind::Unsigned, field, problem, mend))
}
