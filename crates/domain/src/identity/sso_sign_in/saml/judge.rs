//! Judges a response: the rules of the crate, and those that this server adds.

use saml::{Expected, Refusal, RefusalKind, SKEW, Verified, binding::decode_form};

use super::work::in_turn;
use crate::{
    App,
    error::Result,
    identity::{secret, sso_providers::SamlProvider, sso_sign_in::repo},
};

/// The verdict about a response.
pub type Verdict = std::result::Result<Verified, Refusal>;

/// Judges the field of a form. `request`: the id of the request that it has to answer. An accepted
/// assertion is used up.
pub async fn judge(
    app: &App,
    provider: &SamlProvider,
    field: &str,
    request: Option<&str>,
) -> Result<Verdict> {
    let (known, field, now) = (provider.clone(), field.to_owned(), app.clock().now());
    let request = request.map(str::to_owned);
    let verdict = in_turn(app, move || {
        let expected = Expected {
            provider: &known.entity_id,
            certificates: &known.certificates,
            signed: known.signed,
            service: &known.addresses.entity_id,
            acs: &known.addresses.acs,
            request: request.as_deref(),
            // What this server asked for is answered.
            unsolicited: known.unsolicited && request.is_none(),
            keys: &known.keys,
            now,
        };
        let verified = saml::verify(&decode_form(&field)?, &expected)?;
        lasting(verified)
    });
    match verdict.await? {
        Ok(verified) => once(app, provider, verified).await,
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// Refuses a name that is another one at each sign-in: nobody could be recognized by it.
fn lasting(verified: Verified) -> Verdict {
    if !verified.name_id.is_transient() {
        return Ok(verified);
    }
    Err(Refusal {
        kind: RefusalKind::Subject,
        field: "Assertion/Subject/NameID/@Format",
        problem: "The provider sends a name that is another one at each sign-in".to_owned(),
        sent: Some(verified.name_id.format),
        expected: Some("a name that stays the same".to_owned()),
        mend: "Configure the provider to send a persistent name id, or the email address",
        seen: Some(Box::new(verified.seen)),
    })
}

/// M15: uses the assertion up, for all processes.
async fn once(app: &App, provider: &SamlProvider, verified: Verified) -> Result<Verdict> {
    let hash = secret::hash(&verified.assertion_id);
    let until = verified.not_on_or_after.checked_add_signed(SKEW);
    let until = until.unwrap_or(verified.not_on_or_after);
    let tx = app.db().begin(&[provider.own.0]).await?;
    let first = repo::use_up(&tx, provider.own, hash, until).await?;
    tx.commit().await?;
    if first {
        return Ok(Ok(verified));
    }
    Ok(Err(Refusal {
        kind: RefusalKind::Replayed,
        field: "Assertion/@ID",
        problem: "The assertion was used before".to_owned(),
        sent: Some(verified.assertion_id.chars().take(200).collect()),
        expected: Some("an id that was not used before".to_owned()),
        mend: "Sign in again; if nobody has loaded a page twice, look for somebody who records the \
            provider's messages",
        seen: Some(Box::new(verified.seen)),
    }))
}

/// Whether only the provider can have caused a refusal, since its signature is checked before.
pub fn is_of_provider(kind: RefusalKind) -> bool {
    matches!(
        kind,
        RefusalKind::Issuer
            | RefusalKind::Destination
            | RefusalKind::Recipient
            | RefusalKind::Audience
            | RefusalKind::NotYetValid
            | RefusalKind::Expired
            | RefusalKind::Conditions
            | RefusalKind::InResponseTo
            | RefusalKind::Replayed
            | RefusalKind::Subject
    )
}
