//! What has to be signed, and by whom.

use openssl::nid::Nid;
use saml::{RefusalKind, SignedParts};

use crate::support::*;

fn assertion() -> String {
    signed(&Assertion::default().xml(), "_assertion", idp())
}

/// A message of which these parts are signed.
fn message(response: bool, assertion_too: bool) -> String {
    let assertion = match assertion_too {
        true => assertion(),
        false => Assertion::default().xml(),
    };
    let response_xml = Response::around(assertion).xml();
    match response {
        true => signed(&response_xml, "_response", idp()),
        false => response_xml,
    }
}

#[test]
fn a_good_answer_is_read_as_it_was_signed() {
    let verified = verify(&message(false, true)).unwrap();
    assert_eq!(verified.assertion_id, "_assertion");
    assert_eq!(verified.name_id.value, "alice@example.test");
    assert!(verified.name_id.format.ends_with(":emailAddress"));
    assert_eq!(verified.session_index.as_deref(), Some("_session"));
    assert_eq!(verified.in_response_to.as_deref(), Some(REQUEST));
    assert_eq!(
        verified.not_on_or_after.to_rfc3339(),
        "2026-01-15T12:05:00+00:00"
    );
    assert_eq!(
        verified.authn_instant.to_rfc3339(),
        "2026-01-15T11:58:00+00:00"
    );
    assert_eq!(verified.attributes["mail"], ["alice@example.test"]);
    assert_eq!(verified.attributes["groups"], ["eng", "ops & more"]);
    assert!(verified.seen.assertion_signed && !verified.seen.response_signed);
    assert_eq!(verified.seen.audiences, [SERVICE]);
}

#[test]
fn m01_the_parts_that_have_to_be_signed_are_signed() {
    use SignedParts::{Assertion, Both, Either, Response};
    for (response, assertion, accepted) in [
        (false, false, &[][..]),
        (false, true, &[Either, Assertion][..]),
        (true, false, &[Either, Response][..]),
        (true, true, &[Either, Assertion, Response, Both][..]),
    ] {
        let message = message(response, assertion);
        for required in [Either, Assertion, Response, Both] {
            let certificates = [idp().certificate.clone()];
            let mut expected = expected(&certificates, &[]);
            expected.signed = required;
            let verified = saml::verify(message.as_bytes(), &expected);
            let what = format!("{response} {assertion} {required:?}");
            match accepted.contains(&required) {
                true => assert!(verified.is_ok(), "{what}: {verified:?}"),
                false => {
                    let refusal = verified.expect_err(&what);
                    assert_eq!(refusal.kind, RefusalKind::Unsigned, "{what}");
                    assert!(refusal.field.ends_with("/Signature"), "{what}");
                }
            }
        }
    }
}

#[test]
fn m02_without_a_certificate_nothing_is_accepted() {
    for message in [message(false, true), message(true, false)] {
        let refusal = saml::verify(message.as_bytes(), &expected(&[], &[])).unwrap_err();
        assert_eq!(refusal.kind, RefusalKind::NoCertificate);
    }
}

#[test]
fn m03_only_the_given_certificates_count() {
    // Signed with another key: of somebody, or of the provider of another organization.
    let foreign = signed(&Assertion::default().xml(), "_assertion", other());
    let foreign = Response::around(foreign).xml();
    assert_eq!(refused(&foreign), RefusalKind::Signature);
    // A key since removed: the provider has a new one.
    let certificates = [other().certificate.clone()];
    let old = saml::verify(
        message(false, true).as_bytes(),
        &expected(&certificates, &[]),
    );
    assert_eq!(old.unwrap_err().kind, RefusalKind::Signature);
    // A key that the message itself brings along.
    let certificate = other().certificate.to_pem();
    let inner: String = certificate
        .lines()
        .filter(|line| !line.starts_with('-'))
        .collect();
    let template = Template {
        key_info: format!(
            "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{inner}</ds:X509Certificate>\
             </ds:X509Data></ds:KeyInfo>"
        ),
        ..Template::of("_assertion")
    };
    let pem = other().key.to_pem().unwrap();
    let key = openssl::pkey::PKey::private_key_from_pem(pem.as_bytes()).unwrap();
    let brought = signed_with(&Assertion::default().xml(), &template, &key);
    assert_eq!(
        refused(&Response::around(brought).xml()),
        RefusalKind::Signature
    );
}

#[test]
fn while_a_provider_replaces_its_key_both_are_accepted_in_any_order() {
    let (curve_key, curve_certificate) = curve(Nid::X9_62_PRIME256V1);
    let (_, longer) = curve(Nid::SECP384R1);
    let (new, old) = (other().certificate.clone(), idp().certificate.clone());
    let ecdsa = Template {
        method: "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256".to_owned(),
        ..Template::of("_assertion")
    };
    let with_curve = signed_with(&Assertion::default().xml(), &ecdsa, &curve_key);
    let with_curve = Response::around(with_curve).xml();
    // The assertion is signed with the old key, the response already with the new one.
    let mixed = signed(&Response::around(assertion()).xml(), "_response", other());
    let all = [longer, new, curve_certificate, old];
    for first in 0..all.len() {
        let (before, from) = all.split_at(first);
        let certificates = [from, before].concat();
        for message in [&message(true, true), &with_curve, &mixed] {
            let verified = saml::verify(message.as_bytes(), &expected(&certificates, &[]));
            assert!(verified.is_ok(), "{certificates:?}: {verified:?}");
        }
    }
}

#[test]
fn m10_what_was_verified_is_what_is_used() {
    // The response is signed, and its assertion is replaced.
    let good = message(true, false);
    let replaced = good.replace("alice@example.test", "admin@example.test");
    assert_eq!(refused(&replaced), RefusalKind::Signature);
    let replaced = message(true, true).replace("alice@example.test", "admin@example.test");
    assert_eq!(refused(&replaced), RefusalKind::Signature);
    // The assertion is signed, and the response around it says something else: it can only make
    // things worse.
    let around = |change: &dyn Fn(&mut Response)| {
        let mut response = Response::around(assertion());
        change(&mut response);
        verify(&response.xml()).map(|verified| verified.in_response_to)
    };
    let kind = |change: &dyn Fn(&mut Response)| around(change).unwrap_err().kind;
    let elsewhere = |r: &mut Response| {
        r.attributes = "Destination=\"https://evil.test\"".to_owned();
    };
    assert_eq!(kind(&elsewhere), RefusalKind::Destination);
    let other_request = |r: &mut Response| r.attributes = "InResponseTo=\"_other\"".to_owned();
    assert_eq!(kind(&other_request), RefusalKind::InResponseTo);
    let failed = |r: &mut Response| {
        r.status = Response::status("urn:oasis:names:tc:SAML:2.0:status:Responder");
    };
    assert_eq!(kind(&failed), RefusalKind::Status);
    // And it cannot make them better: what the assertion lacks, it does not replace.
    let silent = Assertion {
        confirmation: Assertion::confirmed(&format!(
            "NotOnOrAfter=\"{NOT_ON_OR_AFTER}\" Recipient=\"{ACS}\""
        )),
        ..Assertion::default()
    };
    let silent = signed(&silent.xml(), "_assertion", idp());
    assert_eq!(
        refused(&Response::around(silent).xml()),
        RefusalKind::InResponseTo
    );
    let nothing = |r: &mut Response| r.attributes = String::new();
    assert_eq!(around(&nothing).unwrap().as_deref(), Some(REQUEST));
}
