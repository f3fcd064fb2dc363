//! Requests to sign somebody in.

use std::{collections::BTreeSet, io::Read};

use base64::{Engine, engine::general_purpose::STANDARD};
use saml::{AuthnRequest, RefusalKind, SamlError};
use url::Url;

use crate::support::*;

fn request(destination: &str) -> AuthnRequest<'_> {
    AuthnRequest {
        service: SERVICE,
        acs: ACS,
        destination,
        name_id_format: Some("urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"),
        force: false,
        now: now(),
    }
}

fn inflated(text: &str) -> String {
    let packed = STANDARD.decode(text).unwrap();
    let mut xml = String::new();
    flate2::read::DeflateDecoder::new(packed.as_slice())
        .read_to_string(&mut xml)
        .unwrap();
    xml
}

#[test]
fn a_request_travels_in_an_address() {
    let message = request("https://idp.example.test/sso?tenant=1").message();
    let url = message
        .redirect(Some("a b&c=ä"), Some(&service().key))
        .unwrap();
    let url = Url::parse(&url).unwrap();
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let names: Vec<&str> = pairs.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        ["tenant", "SAMLRequest", "RelayState", "SigAlg", "Signature"]
    );
    assert_eq!(pairs[2].1, "a b&c=ä");
    let xml = inflated(&pairs[1].1);
    let document = roxmltree::Document::parse(&xml).unwrap();
    let root = document.root_element();
    for (name, value) in [
        ("ID", message.id()),
        ("Version", "2.0"),
        ("IssueInstant", "2026-01-15T12:00:00Z"),
        ("Destination", "https://idp.example.test/sso?tenant=1"),
        ("AssertionConsumerServiceURL", ACS),
        (
            "ProtocolBinding",
            "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST",
        ),
    ] {
        assert_eq!(root.attribute(name), Some(value), "{name}");
    }
    let unsigned = message.redirect(None, None).unwrap();
    assert!(!unsigned.contains("Signature") && !unsigned.contains("RelayState"));
    let nowhere = request("nowhere").message().redirect(None, None);
    assert!(matches!(nowhere, Err(SamlError::Address { .. })));
}

#[test]
fn a_request_travels_in_a_form() {
    let message = request("https://idp.example.test/sso").message();
    let form = message.form(Some("state"), Some(&service().key)).unwrap();
    assert_eq!(form.action, "https://idp.example.test/sso");
    assert_eq!(form.fields[1], ("RelayState", "state".to_owned()));
    let xml = String::from_utf8(STANDARD.decode(&form.fields[0].1).unwrap()).unwrap();
    let document = roxmltree::Document::parse(&xml).unwrap();
    let names: Vec<&str> = document
        .root_element()
        .children()
        .map(|node| node.tag_name().name())
        .collect();
    assert_eq!(names, ["Issuer", "Signature", "NameIDPolicy"]);
    // The signature is right, as the same library sees it.
    use samael::crypto::{Crypto, CryptoProvider};
    let certificate = service().certificate.der().to_vec().into();
    Crypto::verify_signed_xml(&xml, &certificate, Some("ID")).unwrap();
    let changed = xml.replace(ACS, "https://evil.test");
    assert!(Crypto::verify_signed_xml(&changed, &certificate, Some("ID")).is_err());
}

#[test]
fn m14_ids_have_128_bits_that_differ_each_time() {
    let request = request("https://idp.example.test/sso");
    let ids: BTreeSet<String> = (0..1_000)
        .map(|_| request.message().id().to_owned())
        .collect();
    assert_eq!(ids.len(), 1_000);
    for id in &ids {
        assert_eq!(id.len(), 1 + 32);
        assert!(
            id.strip_prefix('_')
                .is_some_and(|hex| hex.chars().all(|c| c.is_ascii_hexdigit()))
        );
    }
    for at in 1..33 {
        let seen: BTreeSet<char> = ids.iter().filter_map(|id| id.chars().nth(at)).collect();
        assert_eq!(seen.len(), 16, "the character {at} is not random");
    }
}

#[test]
fn a_form_s_field_may_have_lines_and_is_bounded() {
    assert_eq!(
        saml::binding::decode_form("PGE+\r\nPC9hPg==\n").unwrap(),
        b"<a></a>"
    );
    let kind = |field: &str| saml::binding::decode_form(field).unwrap_err().kind;
    assert_eq!(kind("?"), RefusalKind::Malformed);
    assert_eq!(kind(&"A".repeat(1_500_001)), RefusalKind::TooLarge);
}
