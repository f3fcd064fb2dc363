//! Responses of real identity providers, recorded: what they contain, and that good ones are
//! accepted. See `recorded/README.md`.

use chrono::{DateTime, Utc};
use saml::{
    Certificate, Expected, PrivateKey, ProviderMetadata, Refusal, RefusalKind, SignedParts,
    Verified, binding::Binding,
};

macro_rules! recorded {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("recorded/", $name, ".xml")))),*]
    };
}

const METADATA: &str = include_str!("recorded/pysaml2/metadata.xml");
const CURVE: &str = include_str!("recorded/ec.pem");
const KEY: &str = include_str!("recorded/sp.key");

fn at() -> DateTime<Utc> {
    "2026-11-30T00:53:00Z".parse().unwrap()
}

fn certificates() -> Vec<Certificate> {
    let mut all = ProviderMetadata::read(METADATA.as_bytes())
        .unwrap()
        .certificates;
    all.push(Certificate::from_text(CURVE).unwrap());
    all
}

fn verify(message: &str, signed: SignedParts) -> Result<Verified, Refusal> {
    let expected = Expected {
        provider: "urn:test:idp",
        certificates: &certificates(),
        signed,
        service: "urn:test:sp",
        acs: "http://127.0.0.1:9999/acs",
        request: Some("_0123456789abcdef0123456789abcdef"),
        unsolicited: false,
        keys: &[PrivateKey::from_pem(KEY).unwrap()],
        now: at(),
    };
    saml::verify(message.as_bytes(), &expected)
}

/// A response that is accepted.
pub fn good() -> Verified {
    verify(include_str!("recorded/pysaml2/both.xml"), SignedParts::Both).unwrap()
}

#[test]
fn real_metadata_are_read() {
    let metadata = ProviderMetadata::read(METADATA.as_bytes()).unwrap();
    assert_eq!(metadata.entity_id, "urn:test:idp");
    assert_eq!(metadata.certificates.len(), 1);
    let bindings: Vec<Binding> = metadata.sso.iter().map(|one| one.binding).collect();
    assert_eq!(bindings, [Binding::Post, Binding::Redirect]);
    assert_eq!(metadata.sso[0].location, "http://127.0.0.1:7001/sso");
    assert!(metadata.warnings(at()).is_empty());
}

#[test]
fn real_responses_are_accepted() {
    for (name, message) in recorded![
        "pysaml2/assertion",
        "pysaml2/response",
        "pysaml2/both",
        "pysaml2/enc",
        "pysaml2/encresp",
        "pysaml2/ecdsa",
        "saml-idp/assertion",
        "saml-idp/both",
        "saml-idp/enc",
        "saml-idp/encresp",
    ] {
        let signed = match name.rsplit('/').next().unwrap() {
            "response" => SignedParts::Response,
            "both" | "encresp" => SignedParts::Both,
            _ => SignedParts::Assertion,
        };
        let verified = verify(message, signed).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(verified.name_id.value, "alice@example.test", "{name}");
        assert!(verified.name_id.format.ends_with(":emailAddress"), "{name}");
        assert_eq!(
            verified.in_response_to.as_deref(),
            Some("_0123456789abcdef0123456789abcdef"),
            "{name}"
        );
        assert!(verified.session_index.is_some(), "{name}");
        assert!(verified.not_on_or_after > at(), "{name}");
        if name.starts_with("pysaml2") {
            let groups = verified
                .attributes
                .values()
                .find(|values| values.len() == 2);
            assert_eq!(
                groups.unwrap(),
                &["eng", "ops"],
                "{name}: {:?}",
                verified.attributes
            );
        } else {
            let all: Vec<&String> = verified.attributes.values().flatten().collect();
            assert!(
                all.contains(&&"alice@example.test".to_owned()),
                "{name}: {all:?}"
            );
        }
    }
}

#[test]
fn real_signatures_around_wrong_messages_are_refused() {
    use RefusalKind::{
        Algorithm, Audience, Destination, Expired, InResponseTo, Issuer, Signature, Unsigned,
    };
    let kinds = [
        Unsigned,
        Signature,
        Expired,
        Audience,
        Destination,
        InResponseTo,
        Issuer,
        Signature,
        Algorithm,
        InResponseTo,
        Audience,
    ];
    let messages = recorded![
        "pysaml2/unsigned",
        "pysaml2/wrongkey",
        "pysaml2/expired",
        "pysaml2/wrongaud",
        "pysaml2/wrongdest",
        "pysaml2/wrongirt",
        "pysaml2/wrongiss",
        "pysaml2/tampered",
        "pysaml2/sha1",
        "pysaml2/unsolicited",
        "saml-idp/wrongaud",
    ];
    for ((name, message), kind) in messages.into_iter().zip(kinds) {
        let refusal = verify(message, SignedParts::Either).expect_err(name);
        assert_eq!(refusal.kind, kind, "{name}: {refusal}");
        assert!(refusal.seen.unwrap().issuer.is_some(), "{name}");
    }
}
