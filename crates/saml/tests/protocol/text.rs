//! Texts and names that readers could understand differently.

use saml::RefusalKind;

use crate::support::*;

fn named(name: &str) -> Result<String, RefusalKind> {
    let assertion = Assertion {
        attributes: format!(
            "<saml:AttributeStatement><saml:Attribute Name=\"mail\"><saml:AttributeValue>{name}\
             </saml:AttributeValue></saml:Attribute></saml:AttributeStatement>"
        ),
        ..Assertion::named(name)
    };
    let message = Response::around(signed(&assertion.xml(), "_assertion", idp())).xml();
    let verified = verify(&message).map_err(|refusal| refusal.kind)?;
    assert_eq!(
        verified.attributes["mail"],
        [verified.name_id.value.as_str()]
    );
    Ok(verified.name_id.value)
}

#[test]
fn m07_a_text_counts_as_a_whole_or_not_at_all() {
    let whole = "admin@b.example.evil.example";
    assert_eq!(
        named("admin@b.example<!-- -->.evil.example").as_deref(),
        Ok(whole)
    );
    assert_eq!(
        named("admin@b.example<![CDATA[.evil.example]]>").as_deref(),
        Ok(whole)
    );
    assert_eq!(
        named("<![CDATA[admin@b.example]]>.evil.example").as_deref(),
        Ok(whole)
    );
    assert_eq!(
        named("admin@b.example<?x y?>.evil.example"),
        Err(RefusalKind::Forbidden)
    );
    assert_eq!(
        named("admin@b.example<saml:x/>.evil.example"),
        Err(RefusalKind::Text)
    );
    // A comment that is put into a signed text does not change it, nor what is read.
    let good = signed(&Assertion::default().xml(), "_assertion", idp());
    let commented = good.replace("alice@example", "alice<!-- -->@example");
    let verified = verify(&Response::around(commented).xml()).unwrap();
    assert_eq!(verified.name_id.value, "alice@example.test");
    let control = Response::around(good.replace("alice", "ali\u{7}ce")).xml();
    assert_eq!(refused(&control), RefusalKind::Malformed);
    for control in ["&#10;", "&#x85;", "&#x9b;"] {
        assert!(named(&format!("alice{control}admin")).is_err(), "{control}");
    }
    assert_eq!(named(""), Err(RefusalKind::Subject));
    assert_eq!(named(&"x".repeat(1_025)), Err(RefusalKind::Subject));
    assert_eq!(named("\n  alice  \n").as_deref(), Ok("alice"));
    assert_eq!(
        named("\u{a0}alice\u{3000}").as_deref(),
        Ok("\u{a0}alice\u{3000}")
    );
}

#[test]
fn m07_what_is_hidden_in_an_encrypted_text_is_refused() {
    // Its text is not canonicalized if the response is what is signed.
    for name in ["admin<!-- -->@evil", "admin<?x?>@evil"] {
        let plain = Assertion::named(name).xml();
        let hidden = encrypted(
            plain.as_bytes(),
            &service().certificate,
            &Encryption::default(),
        );
        let message = signed(&Response::around(hidden).xml(), "_response", idp());
        let kind = refused(&message);
        assert!(
            matches!(kind, RefusalKind::Text | RefusalKind::Decryption),
            "{name}"
        );
    }
}

#[test]
fn m08_names_mean_the_same_to_every_reader() {
    use RefusalKind::{Layout, Namespace};
    const SAML: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
    let sign = |xml: &str| signed(xml, "_assertion", idp());
    let good = Assertion::default().xml();
    // A prefix gets another meaning further down.
    let rebound = good.replace("<saml:NameID ", "<saml:NameID xmlns:saml=\"urn:evil\" ");
    assert_eq!(refused(&Response::around(sign(&rebound)).xml()), Namespace);
    // The assertion is in another namespace: by its prefix, or by default.
    for (from, to) in [(SAML, "urn:evil"), ("<saml:Assertion ", "<Assertion ")] {
        let other = Response::around(sign(&good)).xml();
        let at = other.find("<saml:Assertion ").unwrap();
        let (before, rest) = other.split_at(at);
        let other = match from == SAML {
            true => format!("{before}{}", rest.replacen(from, to, 1)),
            false => format!(
                "{before}{}",
                rest.replacen(from, "<Assertion xmlns=\"urn:evil\" ", 1)
                    .replacen("</saml:Assertion>", "</Assertion>", 1)
            ),
        };
        assert_eq!(refused(&other), Namespace, "{to}");
    }
    // An id in two namespaces.
    for id in [
        "x:ID=\"_evil\"",
        "xml:id=\"_evil\"",
        "Id=\"_evil\"",
        "x:Id=\"_assertion\"",
    ] {
        let polluted = sign(&good).replacen(
            "ID=\"_assertion\"",
            &format!("xmlns:x=\"urn:x\" {id} ID=\"_assertion\""),
            1,
        );
        let kind = refused(&Response::around(polluted).xml());
        assert!(matches!(kind, Namespace | Layout), "{id}: {kind:?}");
    }
    // Another attribute in two namespaces: only the plain one counts.
    let recipient = format!("Recipient=\"{ACS}\"");
    let evil = "Recipient=\"https://evil.test\" xmlns:x=\"urn:x\" x:".to_owned() + &recipient;
    let polluted = sign(&good.replace(&recipient, &evil));
    assert_eq!(
        refused(&Response::around(polluted).xml()),
        RefusalKind::Recipient
    );
    // Two issuers.
    let issuer = format!("<saml:Issuer>{PROVIDER}</saml:Issuer>");
    let two = good.replace(
        &issuer,
        &format!("{issuer}<saml:Issuer>urn:evil</saml:Issuer>"),
    );
    assert_eq!(refused(&Response::around(sign(&two)).xml()), Layout);
    let mut two = Response::around(sign(&good));
    two.issuer = two.issuer.repeat(2);
    assert_eq!(refused(&two.xml()), Layout);
}

#[test]
fn prefixes_are_free_and_may_be_numbered_anew_in_each_part() {
    let plain = Assertion::default()
        .xml()
        .replace("saml:", "ns1:")
        .replace("xmlns:saml", "xmlns:ns1");
    let hidden = signed(
        &plain.replace("ns1:Issuer>", "saml:Issuer>").replace(
            "<ns1:Assertion ",
            "<ns1:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ",
        ),
        "_assertion",
        idp(),
    );
    let response = Response::around(hidden).xml().replace(
        "<samlp:Response ",
        "<samlp:Response xmlns:ns1=\"urn:oasis:names:tc:SAML:2.0:protocol\" ",
    );
    assert_eq!(
        verify(&response).unwrap().name_id.value,
        "alice@example.test"
    );
    // Some providers use the default namespace for the assertion.
    let default = Assertion::default()
        .xml()
        .replace("<saml:", "<")
        .replace("</saml:", "</");
    let default = default.replace("xmlns:saml=", "xmlns=");
    let response = Response::around(default).xml();
    let response = signed(&response, "_response", idp());
    assert_eq!(
        verify(&response).unwrap().name_id.value,
        "alice@example.test"
    );
}
