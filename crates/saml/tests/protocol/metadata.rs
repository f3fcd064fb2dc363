//! Metadata of providers, and of this server.

use saml::{Certificate, OwnMetadata, ProviderMetadata, RefusalKind, SamlError, binding::Binding};

use crate::support::*;

const REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
const POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";

fn key(used_for: &str, certificate: &str) -> String {
    format!(
        "<KeyDescriptor{used_for}><KeyInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><X509Data>\
         <X509Certificate>{certificate}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>"
    )
}

fn text(certificate: &Certificate) -> String {
    let pem = certificate.to_pem();
    pem.lines().filter(|line| !line.starts_with('-')).collect()
}

fn provider(keys: &str) -> String {
    format!(
        "<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"{PROVIDER}\">\
         <IDPSSODescriptor WantAuthnRequestsSigned=\"true\" \
         protocolSupportEnumeration=\"urn:x urn:oasis:names:tc:SAML:2.0:protocol\">{keys}\
         <SingleLogoutService Binding=\"{POST}\" Location=\"https://idp.example.test/slo\" \
         ResponseLocation=\"https://idp.example.test/slo/done\"/>\
         <SingleSignOnService Binding=\"urn:other\" Location=\"gopher://idp.example.test\"/>\
         <SingleSignOnService Binding=\"{REDIRECT}\" Location=\"https://idp.example.test/sso\"/>\
         <SingleSignOnService Binding=\"{POST}\" Location=\"http://127.0.0.1:7001/sso\"/>\
         </IDPSSODescriptor></EntityDescriptor>"
    )
}

fn read(xml: &str) -> Result<ProviderMetadata, RefusalKind> {
    ProviderMetadata::read(xml.as_bytes()).map_err(|refusal| refusal.kind)
}

#[test]
fn a_provider_s_metadata_are_read() {
    let one = text(&idp().certificate);
    let keys = [
        key(" use=\"signing\"", &one),
        key("", &text(&other().certificate)),
        key(" use=\"signing\"", &one),
        key(" use=\"encryption\"", &text(&service().certificate)),
    ]
    .concat();
    let found = read(&provider(&keys)).unwrap();
    assert_eq!(found.entity_id, PROVIDER);
    assert_eq!(
        found.certificates,
        [idp().certificate.clone(), other().certificate.clone()]
    );
    assert!(found.wants_signed_requests);
    let sso: Vec<_> = found
        .sso
        .iter()
        .map(|one| (one.binding, one.location.as_str()))
        .collect();
    assert_eq!(
        sso,
        [
            (Binding::Redirect, "https://idp.example.test/sso"),
            (Binding::Post, "http://127.0.0.1:7001/sso")
        ]
    );
    let done = found.slo[0].response_location.as_deref();
    assert_eq!(done, Some("https://idp.example.test/slo/done"));
    assert_eq!(found.warnings(now()), Vec::<String>::new());
    // In a file of a program for Windows, and in a list of one.
    let file = format!(
        "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n{}\r\n",
        provider(&keys)
    );
    assert_eq!(read(&file).as_ref(), Ok(&found));
    let list = format!(
        "<EntitiesDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\">{}\
         <EntityDescriptor entityID=\"urn:sp\"/></EntitiesDescriptor>",
        provider(&keys)
    );
    assert_eq!(read(&list).as_ref(), Ok(&found));
    // The earliest of the times at which the list, the entity and the provider's part end.
    let until = |part: &str, year: u16| format!("<{part} validUntil=\"{year}-06-01T00:00:00Z\" ");
    let list = list.replacen(
        "<EntitiesDescriptor ",
        &until("EntitiesDescriptor", 2026),
        1,
    );
    let ends = |xml: &str| read(xml).unwrap().valid_until.unwrap().to_rfc3339();
    assert_eq!(ends(&list), "2026-06-01T00:00:00+00:00");
    let list = list.replacen("<EntityDescriptor ", &until("EntityDescriptor", 2027), 1);
    assert_eq!(ends(&list), "2026-06-01T00:00:00+00:00");
    let list = list.replacen("<IDPSSODescriptor ", &until("IDPSSODescriptor", 2025), 1);
    assert_eq!(ends(&list), "2025-06-01T00:00:00+00:00");
}

#[test]
fn certificates_that_have_expired_are_reported() {
    let metadata = provider(&key("", &text(&idp().certificate)));
    let metadata = metadata.replace(" entityID", " validUntil=\"2026-06-01T00:00:00Z\" entityID");
    let found = read(&metadata).unwrap();
    let later = found.warnings(now() + chrono::TimeDelta::days(400));
    assert_eq!(later.len(), 2, "{later:?}");
    assert!(
        later[0].contains("expired on 2027-01-15T12:00:00Z"),
        "{later:?}"
    );
    assert!(later[1].contains("metadata expired"), "{later:?}");
    let earlier = found.warnings(now() - chrono::TimeDelta::days(400));
    assert!(earlier[0].contains("begins on 2026-01-14"), "{earlier:?}");
}

#[test]
fn m02_metadata_without_a_signing_certificate_are_refused() {
    let certificate = text(&idp().certificate);
    for keys in [
        String::new(),
        key(" use=\"encryption\"", &certificate),
        key(" use=\"signing\"", ""),
        key(" use=\"signing\"", "AAAA"),
        key(" use=\"signing\"", "!"),
        "<KeyDescriptor use=\"signing\"/>".to_owned(),
    ] {
        assert_eq!(
            read(&provider(&keys)),
            Err(RefusalKind::NoCertificate),
            "{keys}"
        );
    }
    // One that cannot be used does not hide the other.
    let keys = key("", "AAAA") + &key("", &certificate);
    let found = read(&provider(&keys)).unwrap();
    assert_eq!(found.certificates.len(), 1);
    assert_eq!(found.warnings(now()).len(), 1);
}

#[test]
fn other_documents_and_addresses_are_refused() {
    let good = provider(&key("", &text(&idp().certificate)));
    let metadata = Err(RefusalKind::Metadata);
    for (from, to) in [
        ("https://idp.example.test/sso", "javascript:alert(1)"),
        (
            "https://idp.example.test/sso",
            "http://idp.example.test/sso",
        ),
        (
            "https://idp.example.test/sso",
            "https://a:b@idp.example.test/sso",
        ),
        ("https://idp.example.test/slo/done", "data:text/html,x"),
        ("SingleSignOnService", "OtherService"),
        ("IDPSSODescriptor", "SPSSODescriptor"),
        ("SAML:2.0:protocol", "SAML:1.1:protocol"),
        (PROVIDER, ""),
        ("urn:oasis:names:tc:SAML:2.0:metadata", "urn:other"),
    ] {
        assert_eq!(read(&good.replace(from, to)), metadata, "{to}");
    }
    let two = format!(
        "<EntitiesDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\">{good}{good}\
         </EntitiesDescriptor>"
    );
    assert_eq!(read(&two), metadata);
    assert_eq!(
        read(&format!("<!DOCTYPE x>{good}")),
        Err(RefusalKind::Forbidden)
    );
    assert_eq!(read("<html><body/></html>"), metadata);
    assert_eq!(read(""), Err(RefusalKind::Malformed));
}

#[test]
fn this_server_s_metadata_say_what_providers_need() {
    let (signing, encryption) = (
        [service().certificate.clone()],
        [other().certificate.clone()],
    );
    let own = OwnMetadata {
        entity_id: "https://sp.example.test/a?b=1&c=2",
        acs: ACS,
        slo: Some(SLO),
        signing: &signing,
        encryption: &encryption,
        signs_requests: true,
        wants_signed_assertions: true,
        name_id_format: None,
    };
    let xml = own.to_xml();
    let document = roxmltree::Document::parse(&xml).unwrap();
    let root = document.root_element();
    assert_eq!(root.attribute("entityID"), Some(own.entity_id));
    let service_node = root.first_element_child().unwrap();
    assert_eq!(service_node.attribute("AuthnRequestsSigned"), Some("true"));
    assert_eq!(service_node.attribute("WantAssertionsSigned"), Some("true"));
    let found: Vec<(&str, Option<&str>, Option<&str>)> = service_node
        .children()
        .map(|node| {
            let name = node.tag_name().name();
            (
                name,
                node.attribute("use").or(node.attribute("Binding")),
                node.attribute("Location"),
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            ("KeyDescriptor", Some("signing"), None),
            ("KeyDescriptor", Some("encryption"), None),
            ("SingleLogoutService", Some(REDIRECT), Some(SLO)),
            ("SingleLogoutService", Some(POST), Some(SLO)),
            ("AssertionConsumerService", Some(POST), Some(ACS)),
        ]
    );
    let certificates = document
        .descendants()
        .filter(|node| node.has_tag_name("X509Certificate"));
    let certificates: Vec<_> = certificates.filter_map(|node| node.text()).collect();
    assert_eq!(certificates, [text(&signing[0]), text(&encryption[0])]);
}

#[test]
fn keys_and_certificates_survive_their_text() {
    let pair = service();
    let certificate = Certificate::from_text(&pair.certificate.to_pem()).unwrap();
    assert_eq!(certificate, pair.certificate);
    let key = saml::PrivateKey::from_pem(&pair.key.to_pem().unwrap()).unwrap();
    assert!(key.fits(&certificate));
    assert!(!key.fits(&other().certificate));
    assert_eq!(format!("{key:?}"), "PrivateKey(…)");
    // Of two in one text, none is chosen.
    let two = certificate.to_pem() + &other().certificate.to_pem();
    for wrong in [pair.key.to_pem().unwrap(), two] {
        assert!(matches!(
            Certificate::from_text(&wrong),
            Err(SamlError::Certificate(_))
        ));
    }
    assert!(matches!(
        saml::PrivateKey::from_pem("x"),
        Err(SamlError::Key(_))
    ));
}
