//! When, where and for whom an assertion counts.

use chrono::{DateTime, TimeDelta, Utc};
use saml::{Refusal, RefusalKind, Verified};

use crate::support::*;

/// The answer to an assertion that was changed before it was signed.
fn with(change: impl FnOnce(&mut Assertion)) -> Result<Verified, Refusal> {
    let mut assertion = Assertion::default();
    change(&mut assertion);
    let signed = signed(&assertion.xml(), "_assertion", idp());
    verify(&Response::around(signed).xml())
}

/// The answer to a response that was changed before it was signed.
fn with_response(change: impl FnOnce(&mut Response)) -> Result<Verified, Refusal> {
    let mut response = Response::around(Assertion::default().xml());
    change(&mut response);
    verify(&signed(&response.xml(), "_response", idp()))
}

#[track_caller]
fn kind(answer: Result<Verified, Refusal>) -> RefusalKind {
    answer.expect_err("accepted").kind
}

fn at(now: DateTime<Utc>) -> Result<Verified, Refusal> {
    let signed = signed(&Assertion::default().xml(), "_assertion", idp());
    let certificates = [idp().certificate.clone()];
    let mut expected = expected(&certificates, &[]);
    expected.now = now;
    saml::verify(Response::around(signed).xml().as_bytes(), &expected)
}

#[test]
fn m11_an_assertion_counts_in_its_time_with_two_minutes_more() {
    use RefusalKind::{Conditions, Expired, NotYetValid, Time};
    let until: DateTime<Utc> = NOT_ON_OR_AFTER.parse().unwrap();
    let (second, skew) = (TimeDelta::seconds(1), TimeDelta::minutes(2));
    assert!(at(until + skew - second).is_ok());
    assert_eq!(kind(at(until + skew)), Expired);
    assert_eq!(kind(at(until + skew + second)), Expired);
    let issued: DateTime<Utc> = "2026-01-15T11:59:59Z".parse().unwrap();
    assert!(at(issued - skew).is_ok());
    assert_eq!(kind(at(issued - skew - second)), NotYetValid);

    let audience = Assertion::audience(SERVICE);
    let conditions = |attributes: &str| {
        let conditions = Assertion::conditions(attributes, &audience);
        with(|assertion| assertion.conditions = conditions)
    };
    assert!(conditions("").is_ok());
    assert!(conditions("NotBefore=\"2026-01-15T12:02:00Z\"").is_ok());
    assert_eq!(
        kind(conditions("NotBefore=\"2026-01-15T12:02:01Z\"")),
        NotYetValid
    );
    assert!(conditions("NotOnOrAfter=\"2026-01-15T11:58:01Z\"").is_ok());
    assert_eq!(
        kind(conditions("NotOnOrAfter=\"2026-01-15T11:58:00Z\"")),
        Expired
    );
    for no_time in ["", "tomorrow", "2026-01-15", "2026-01-15T12:00:00"] {
        let not_on_or_after = format!("NotOnOrAfter=\"{no_time}\"");
        assert_eq!(kind(conditions(&not_on_or_after)), Time, "{no_time}");
    }
    assert_eq!(kind(with(|a| a.conditions.clear())), Conditions);
    let unknown = format!("{audience}<saml:Condition/>");
    let unknown = with(|a| a.conditions = Assertion::conditions("", &unknown));
    assert_eq!(kind(unknown), Conditions);
    let once = format!("{audience}<saml:OneTimeUse/>");
    assert!(with(|a| a.conditions = Assertion::conditions("", &once)).is_ok());

    let confirmed = |times: &str| {
        let data = format!("{times} Recipient=\"{ACS}\" InResponseTo=\"{REQUEST}\"");
        with(|a| a.confirmation = Assertion::confirmed(&data))
    };
    assert_eq!(kind(confirmed("")), Time);
    assert_eq!(
        kind(confirmed("NotOnOrAfter=\"2026-01-15T11:58:00Z\"")),
        Expired
    );
    let later = "NotBefore=\"2026-01-15T12:02:01Z\" NotOnOrAfter=\"2026-01-15T12:05:00Z\"";
    assert_eq!(kind(confirmed(later)), NotYetValid);

    let session =
        |attributes: &str| with(|a| a.session = format!("<saml:AuthnStatement {attributes}/>"));
    assert!(session("AuthnInstant=\"2026-01-15T12:02:00Z\"").is_ok());
    assert_eq!(
        kind(session("AuthnInstant=\"2026-01-15T12:02:01Z\"")),
        NotYetValid
    );
    assert_eq!(kind(session("")), Time);
    let over = "AuthnInstant=\"2026-01-15T09:00:00Z\" SessionNotOnOrAfter=\"2026-01-15T11:00:00Z\"";
    assert_eq!(kind(session(over)), Expired);
    assert_eq!(kind(with(|a| a.session.clear())), RefusalKind::Subject);
}

#[test]
fn the_latest_time_at_which_an_assertion_would_be_accepted_is_reported() {
    let data = |time: &str| {
        Assertion::confirmed(&format!(
            "NotOnOrAfter=\"{time}\" Recipient=\"{ACS}\" InResponseTo=\"{REQUEST}\""
        ))
    };
    let two = data("2026-01-15T12:01:00Z") + &data("2026-01-15T12:03:00Z");
    let verified = with(|a| a.confirmation = two).unwrap();
    assert_eq!(
        verified.not_on_or_after.to_rfc3339(),
        "2026-01-15T12:03:00+00:00"
    );
    let long = data("2026-01-16T12:00:00Z");
    let verified = with(|a| a.confirmation = long).unwrap();
    assert_eq!(
        verified.not_on_or_after.to_rfc3339(),
        "2026-01-15T12:05:00+00:00"
    );
}

#[test]
fn m12_an_assertion_is_meant_for_this_service() {
    let (ours, other) = (
        Assertion::audience(SERVICE),
        Assertion::audience("urn:other:sp"),
    );
    let several = format!(
        "<saml:AudienceRestriction><saml:Audience>urn:other:sp</saml:Audience><saml:Audience>{}\
         </saml:Audience></saml:AudienceRestriction>",
        "urn:another"
    );
    let with_ours = several.replace("urn:another", SERVICE);
    let slash = Assertion::audience(&format!("{SERVICE}/"));
    let upper = Assertion::audience(&SERVICE.to_uppercase());
    let both = format!("{ours}{other}");
    for (restrictions, accepted) in [
        (&ours, true),
        (&with_ours, true),
        (&String::new(), false),
        (&other, false),
        (&several, false),
        (&both, false),
        (&slash, false),
        (&upper, false),
    ] {
        let conditions = Assertion::conditions("", restrictions);
        let answer = with(|assertion| assertion.conditions = conditions);
        match accepted {
            true => assert!(answer.is_ok(), "{restrictions}"),
            false => {
                let refusal = answer.expect_err(restrictions);
                assert_eq!(refusal.kind, RefusalKind::Audience, "{restrictions}");
                assert_eq!(refusal.expected.as_deref(), Some(SERVICE));
            }
        }
    }
}

#[test]
fn m13_a_message_is_from_this_provider_for_this_address_and_a_success() {
    use RefusalKind::{Destination, Issuer, Recipient, Status, Subject};
    let confirmed = |recipient: &str| {
        let rest = format!("NotOnOrAfter=\"{NOT_ON_OR_AFTER}\" InResponseTo=\"{REQUEST}\"");
        with(|a| a.confirmation = Assertion::confirmed(&format!("{rest} {recipient}")))
    };
    assert_eq!(kind(confirmed("")), Recipient);
    assert_eq!(
        kind(confirmed("Recipient=\"https://evil.test/acs\"")),
        Recipient
    );
    let holder = "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key";
    let bearer = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
    let other_method = with(|a| a.confirmation = a.confirmation.replace(bearer, holder));
    assert_eq!(kind(other_method), Subject);
    // One of several is enough.
    let two = with(|a| {
        let other = Assertion::confirmed("Recipient=\"https://evil.test/acs\"");
        a.confirmation = other + &a.confirmation;
    });
    assert!(two.is_ok());

    let destination = |destination: &str| {
        with_response(|r| r.attributes = format!("{destination} InResponseTo=\"{REQUEST}\""))
    };
    assert_eq!(
        kind(destination("Destination=\"https://evil.test/acs\"")),
        Destination
    );
    assert_eq!(kind(destination("")), Destination);

    let other = "<saml:Issuer>urn:evil:idp</saml:Issuer>";
    let format = format!(
        "<saml:Issuer Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent\">{PROVIDER}\
         </saml:Issuer>"
    );
    for issuer in [other, &format] {
        assert_eq!(kind(with(|a| a.issuer = issuer.to_owned())), Issuer);
        assert_eq!(
            kind(with_response(|r| r.issuer = issuer.to_owned())),
            Issuer
        );
    }
    // Missing: in the assertion, and in a response that is signed.
    let nameless = |r: &mut Response| {
        r.assertion = Assertion {
            issuer: String::new(),
            ..Assertion::default()
        }
        .xml();
    };
    assert_eq!(kind(with_response(nameless)), Issuer);
    let signed_response = with_response(|_| {}).unwrap();
    assert!(signed_response.seen.response_signed);
    let good = signed(&Assertion::default().xml(), "_assertion", idp());
    let silent = Response {
        issuer: String::new(),
        ..Response::around(good)
    };
    assert!(
        verify(&silent.xml()).is_ok(),
        "an unsigned response need not name it"
    );

    let denied = with_response(|r| {
        r.assertion.clear();
        r.status = "<samlp:Status><samlp:StatusCode \
            Value=\"urn:oasis:names:tc:SAML:2.0:status:Responder\"><samlp:StatusCode \
            Value=\"urn:oasis:names:tc:SAML:2.0:status:RequestDenied\"/></samlp:StatusCode>\
            <samlp:StatusMessage>Not you</samlp:StatusMessage></samlp:Status>"
            .to_owned();
    })
    .unwrap_err();
    assert_eq!(denied.kind, Status);
    assert!(denied.to_string().contains("RequestDenied"), "{denied}");
    assert_eq!(
        denied.seen.unwrap().status.last().map(String::as_str),
        Some("Not you")
    );
    assert_eq!(kind(with_response(|r| r.status.clear())), Status);
}

#[test]
fn m14_a_response_answers_the_request_of_this_browser() {
    let answer = |sent: Option<&str>, request: Option<&str>, unsolicited: bool| {
        let attribute = sent.map_or(String::new(), |sent| format!("InResponseTo=\"{sent}\""));
        let assertion = Assertion {
            confirmation: Assertion::confirmed(&format!(
                "NotOnOrAfter=\"{NOT_ON_OR_AFTER}\" Recipient=\"{ACS}\" {attribute}"
            )),
            ..Assertion::default()
        };
        let mut response = Response::around(signed(&assertion.xml(), "_assertion", idp()));
        response.attributes = format!("Destination=\"{ACS}\" {attribute}");
        let certificates = [idp().certificate.clone()];
        let mut expected = expected(&certificates, &[]);
        (expected.request, expected.unsolicited) = (request, unsolicited);
        let verified = saml::verify(response.xml().as_bytes(), &expected);
        verified.map(|verified| verified.in_response_to)
    };
    let same = answer(Some("_a"), Some("_a"), false);
    assert_eq!(same.unwrap().as_deref(), Some("_a"));
    // Unknown; of another browser; used, so that there is none anymore; none at all.
    for (sent, request) in [
        (Some("_unknown"), Some("_a")),
        (Some("_b"), Some("_a")),
        (Some("_a"), None),
        (None, Some("_a")),
        (None, None),
    ] {
        let refusal = answer(sent, request, false).unwrap_err();
        assert_eq!(
            refusal.kind,
            RefusalKind::InResponseTo,
            "{sent:?} {request:?}"
        );
        assert_eq!(refusal.sent.as_deref(), sent);
    }
    assert_eq!(answer(None, None, true).unwrap(), None);
    // Also a provider that may begin cannot answer a request that there is not.
    assert!(answer(Some("_a"), None, true).is_err());
    assert!(answer(Some("_b"), Some("_a"), true).is_err());
}

#[test]
fn another_version_is_refused() {
    let version = RefusalKind::Version;
    assert_eq!(kind(with(|a| a.version = "1.1".to_owned())), version);
    assert_eq!(
        kind(with_response(|r| r.version = "2.1".to_owned())),
        version
    );
}

#[test]
fn a_refusal_says_what_was_sent_and_how_to_mend_it() {
    let other = "<saml:Issuer>urn:evil:idp</saml:Issuer>".to_owned();
    let refusal = with(|assertion| assertion.issuer = other).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        format!(
            "The field `Assertion/Issuer` is `urn:evil:idp`, expected `{PROVIDER}`. Enter the \
             provider's entity id here exactly as its metadata has it."
        )
    );
    assert_eq!(refusal.kind.as_str(), "issuer");
    let seen = refusal.seen.unwrap();
    assert_eq!(seen.issuer.as_deref(), Some("urn:evil:idp"));
    assert_eq!(seen.name_id.as_deref(), Some("alice@example.test"));
    assert_eq!(seen.attributes["groups"], ["eng", "ops & more"]);
    assert_eq!(seen.conditions["SubjectConfirmationData/@Recipient"], ACS);
}
