//! Signatures that are right, at a place where they should not be.

use saml::RefusalKind;

use crate::support::*;

fn good() -> String {
    signed(&Assertion::default().xml(), "_assertion", idp())
}

fn evil() -> String {
    Assertion {
        id: "_evil".to_owned(),
        ..Assertion::named("admin@example.test")
    }
    .xml()
}

/// A text without its element `Signature`, and that element.
fn split(signed: &str) -> (String, String) {
    let begin = signed.find("<ds:Signature ").unwrap();
    let end = signed.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
    let (before, rest) = signed.split_at(begin);
    let (signature, behind) = rest.split_at(end - begin);
    (format!("{before}{behind}"), signature.to_owned())
}

/// A text with something behind its first issuer.
fn with(xml: &str, more: &str) -> String {
    xml.replacen("</saml:Issuer>", &format!("</saml:Issuer>{more}"), 1)
}

fn around(assertions: &str) -> String {
    Response::around(assertions).xml()
}

#[test]
fn m04_a_signature_that_was_wrapped_never_signs_another_name_in() {
    let (bare_good, signature) = split(&good());
    let signed_response = signed(&around(&Assertion::default().xml()), "_response", idp());
    let (bare_response, of_response) = split(&signed_response);
    let evil_response = Response {
        id: "_evil_response".to_owned(),
        ..Response::around(evil())
    }
    .xml();
    let object = |inner: &str| {
        let inner = format!("<ds:Object>{inner}</ds:Object></ds:Signature>");
        signature.replace("</ds:Signature>", &inner)
    };
    let inside_signature =
        |inner: &str| of_response.replace("</ds:Signature>", &format!("{inner}</ds:Signature>"));
    let extended = Response {
        extensions: format!("<samlp:Extensions>{}</samlp:Extensions>", evil()),
        ..Response::around(good())
    };
    let wrapped = [
        // 1, 2: the signed response is copied into the signature of another, or in front of it.
        with(&evil_response, &inside_signature(&bare_response)),
        with(&evil_response, &format!("{bare_response}{of_response}")),
        // 3: another assertion in front of the signed one; behind it as well.
        around(&(evil() + &good())),
        around(&(good() + &evil())),
        // 4: the signed assertion inside the other one.
        around(&with(&evil(), &good())),
        around(&evil().replace("</saml:Assertion>", &(good() + "</saml:Assertion>"))),
        // 5: the signature in the other assertion, the signed one behind it.
        around(&(with(&evil(), &signature) + &bare_good)),
        // 6: the signed assertion inside the signature in the other one.
        around(&with(
            &evil(),
            &signature.replace("</ds:Signature>", &(bare_good.clone() + "</ds:Signature>")),
        )),
        // 7: the other assertion among the extensions.
        extended.xml(),
        // 8: the signed assertion in an object of the signature in the other one.
        around(&with(&evil(), &object(&bare_good))),
        // The other assertion in an object of the signature in the signed one.
        around(&with(&bare_good, &object(&evil()))),
        // The signature of the assertion as that of the response.
        with(&around(&bare_good), &signature),
    ];
    for (number, message) in wrapped.iter().enumerate() {
        let refusal = verify(message).expect_err(&format!("{number}: {message}"));
        let kinds = [
            RefusalKind::Layout,
            RefusalKind::Reference,
            RefusalKind::TooLarge,
        ];
        assert!(kinds.contains(&refusal.kind), "{number}: {refusal:?}");
    }
}

#[test]
fn m05_a_signature_is_of_its_own_element_and_alone() {
    use RefusalKind::{Layout, Reference};
    let (bare_good, signature) = split(&good());
    let second = Assertion {
        id: "_second".to_owned(),
        ..Assertion::default()
    };
    let second = signed(&second.xml(), "_second", idp());
    assert_eq!(refused(&around(&(good() + &second))), Layout);
    assert_eq!(refused(&around(&with(&good(), &signature))), Layout);
    // Of a sibling: the response's signature is one of the assertion.
    assert_eq!(refused(&with(&around(&bare_good), &signature)), Reference);
    for (uri, kind) in [
        ("", Reference),
        ("#_unknown", Reference),
        ("#_ASSERTION", Reference),
        ("#xpointer(id('_assertion'))", Reference),
        ("_assertion", Reference),
        ("https://evil.test/#_assertion", Reference),
    ] {
        let signature = signature.replace("\"#_assertion\"", &format!("\"{uri}\""));
        assert_eq!(
            refused(&around(&with(&bare_good, &signature))),
            kind,
            "{uri}"
        );
    }
    let missing = signature.replace("URI=\"#_assertion\"", "");
    assert_eq!(refused(&around(&with(&bare_good, &missing))), Reference);
    // The same id twice, also in other capitals.
    for id in ["_assertion", "_ASSERTION"] {
        let mut twice = Response::around(good());
        twice.status = twice
            .status
            .replace("<samlp:Status>", &format!("<samlp:Status ID=\"{id}\">"));
        assert_eq!(refused(&twice.xml()), Layout, "{id}");
    }
    // In an encrypted assertion, which nobody signs.
    let hidden = encrypted(
        good().as_bytes(),
        &service().certificate,
        &Encryption::default(),
    );
    let opened = "<saml:EncryptedAssertion ID=\"_assertion\">".to_owned() + &signature;
    let hidden = hidden.replace("<saml:EncryptedAssertion>", &opened);
    assert_eq!(refused(&around(&hidden)), Layout);
    // Another message, or an assertion without a response.
    for other in [
        good(),
        around(&good()).replace("samlp:Response", "samlp:ArtifactResponse"),
    ] {
        let refusal = verify(&other).unwrap_err();
        assert_eq!(refusal.kind, Layout);
        assert!(refusal.problem.contains("is not a response"), "{refusal}");
    }
    // An id to which nothing can refer.
    let number = good().replace("_assertion", "1-assertion");
    assert_eq!(refused(&around(&number)), Layout);
    // Two references, of which one is right.
    let template = Template::of("_assertion");
    let more = Template {
        more: template.reference(),
        ..template
    };
    let pem = idp().key.to_pem().unwrap();
    let key = openssl::pkey::PKey::private_key_from_pem(pem.as_bytes()).unwrap();
    let two = signed_with(&Assertion::default().xml(), &more, &key);
    assert_eq!(refused(&around(&two)), Layout);
}
