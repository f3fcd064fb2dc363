//! Encrypted assertions.

use openssl::{hash::MessageDigest, rsa::Padding};
use saml::{KeyPair, Refusal, RefusalKind, SignedParts, Verified};

use crate::support::*;

fn around(plain: &[u8], how: &Encryption) -> String {
    Response::around(encrypted(plain, &service().certificate, how)).xml()
}

fn signed_plain() -> String {
    signed(&Assertion::default().xml(), "_assertion", idp())
}

#[test]
fn an_encrypted_assertion_is_read_whatever_is_signed() {
    let how = Encryption::default();
    let inside = around(signed_plain().as_bytes(), &how);
    let outside = signed(
        &around(Assertion::default().xml().as_bytes(), &how),
        "_response",
        idp(),
    );
    let both = signed(&inside, "_response", idp());
    for (message, required) in [
        (&inside, SignedParts::Assertion),
        (&outside, SignedParts::Response),
        (&both, SignedParts::Both),
    ] {
        let certificates = [idp().certificate.clone()];
        let keys = [service().key.clone()];
        let mut expected = expected(&certificates, &keys);
        expected.signed = required;
        let verified = saml::verify(message.as_bytes(), &expected).unwrap();
        assert_eq!(verified.name_id.value, "alice@example.test");
        assert!(verified.seen.encrypted);
        assert_eq!(verified.seen.attributes["groups"], ["eng", "ops & more"]);
        assert!(
            verified
                .seen
                .algorithms
                .iter()
                .any(|one| one.ends_with("aes256-gcm"))
        );
    }
    // Encrypted is not signed: anybody can encrypt.
    let neither = around(Assertion::default().xml().as_bytes(), &how);
    let wrong = signed(&Assertion::default().xml(), "_assertion", other());
    let wrong = around(wrong.as_bytes(), &how);
    for (message, kind) in [
        (&neither, RefusalKind::Unsigned),
        (&wrong, RefusalKind::Signature),
    ] {
        let refusal = verify(message).unwrap_err();
        assert_eq!(refusal.kind, kind);
        // Whoever finds an encrypted assertion must not learn here what it hides.
        let seen = refusal.seen.unwrap();
        assert!(seen.encrypted && seen.name_id.is_none() && seen.attributes.is_empty());
    }
}

#[test]
fn all_accepted_ways_to_encrypt_work() {
    let oaep = "http://www.w3.org/2009/xmlenc11#rsa-oaep";
    let digest = "<ds:DigestMethod xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" \
        Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/>";
    let mask = "<xenc11:MGF xmlns:xenc11=\"http://www.w3.org/2009/xmlenc11#\" \
        Algorithm=\"http://www.w3.org/2009/xmlenc11#mgf1sha256\"/>";
    let sha256 = MessageDigest::sha256();
    for how in [
        Encryption {
            method: "http://www.w3.org/2009/xmlenc11#aes128-gcm".to_owned(),
            ..Encryption::default()
        },
        Encryption {
            key_parameters: digest.to_owned(),
            oaep: sha256,
            ..Encryption::default()
        },
        Encryption {
            key_method: oaep.to_owned(),
            key_parameters: format!("{digest}{mask}"),
            oaep: sha256,
            mask: sha256,
            ..Encryption::default()
        },
        Encryption {
            key_method: oaep.to_owned(),
            ..Encryption::default()
        },
    ] {
        assert!(
            verify(&around(signed_plain().as_bytes(), &how)).is_ok(),
            "{}",
            how.key_method
        );
    }
}

#[test]
fn the_key_may_stand_beside_the_text() {
    let inside = around(signed_plain().as_bytes(), &Encryption::default());
    let begin = inside.find("<xenc:EncryptedKey>").unwrap();
    let end = inside.find("</xenc:EncryptedKey>").unwrap() + "</xenc:EncryptedKey>".len();
    let key = &inside[begin..end];
    let declared = "<xenc:EncryptedKey xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\">";
    let moved = key.replacen("<xenc:EncryptedKey>", declared, 1);
    let after = format!("</xenc:EncryptedData>{moved}");
    let beside = inside
        .replace(key, "")
        .replace("</xenc:EncryptedData>", &after);
    assert_eq!(verify(&beside).unwrap().name_id.value, "alice@example.test");
    // Of two keys it would not be clear which one counts.
    let two = inside.replace("</xenc:EncryptedData>", &after);
    assert_eq!(refused(&two), RefusalKind::Decryption);
}

#[test]
fn while_this_server_replaces_its_key_both_decrypt() {
    let message = around(signed_plain().as_bytes(), &Encryption::default());
    let certificates = [idp().certificate.clone()];
    let pairs: [&KeyPair; 2] = [other(), service()];
    let keys = pairs.map(|pair| pair.key.clone());
    assert!(saml::verify(message.as_bytes(), &expected(&certificates, &keys)).is_ok());
}

#[test]
fn a_decrypted_assertion_has_the_namespaces_of_its_place() {
    // It uses a prefix that only the response declares.
    let plain = Assertion::default();
    let declaration = " xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"";
    let plain = plain.xml().replace(declaration, "");
    let message = around(plain.as_bytes(), &Encryption::default());
    let message = signed(&message, "_response", idp());
    assert_eq!(
        verify(&message).unwrap().name_id.value,
        "alice@example.test"
    );
}

#[test]
fn m19_every_cause_has_the_same_refusal() {
    let plain = signed_plain();
    let plain = plain.as_bytes();
    let bytes = |bytes: &[u8]| Encryption {
        bytes: Some(bytes.to_vec()),
        ..Encryption::default()
    };
    let good = around(plain, &Encryption::default());
    let method = |method: &str| Encryption {
        method: method.to_owned(),
        ..Encryption::default()
    };
    let old_padding = Encryption {
        key_method: "http://www.w3.org/2001/04/xmlenc#rsa-1_5".to_owned(),
        padding: Padding::PKCS1,
        ..Encryption::default()
    };
    let mut messages = vec![
        (
            "shorter than vector and tag",
            around(plain, &bytes(&[1; 27])),
        ),
        ("shorter than the vector", around(plain, &bytes(&[1; 3]))),
        ("empty", around(plain, &bytes(&[]))),
        ("a wrong tag", around(plain, &bytes(&[1; 64]))),
        ("not UTF-8", around(b"<a>\xff</a>", &Encryption::default())),
        ("no `<`", around(b"alice", &Encryption::default())),
        ("nothing", around(b"", &Encryption::default())),
        ("not well-formed", around(b"<a>", &Encryption::default())),
        (
            "a document type",
            around(b"<!DOCTYPE a><a/>", &Encryption::default()),
        ),
        (
            "an end of the place",
            around(b"</Decrypted><Decrypted>", &Encryption::default()),
        ),
        ("huge", around(&vec![b'<'; 700_000], &Encryption::default())),
        (
            "CBC",
            around(
                plain,
                &method("http://www.w3.org/2001/04/xmlenc#aes256-cbc"),
            ),
        ),
        (
            "CBC",
            around(
                plain,
                &method("http://www.w3.org/2001/04/xmlenc#aes128-cbc"),
            ),
        ),
        ("RSA 1.5", around(plain, &old_padding)),
        ("unknown", good.replace("aes256-gcm", "aes256-xyz")),
        ("shorter key", good.replace("aes256-gcm", "aes128-gcm")),
        (
            "unknown for the key",
            good.replace("rsa-oaep-mgf1p", "rsa-oaep-xyz"),
        ),
        (
            "a digest that is not known",
            good.replace(
                "rsa-oaep-mgf1p\">",
                "rsa-oaep-mgf1p\"><DigestMethod Algorithm=\"md5\"/>",
            ),
        ),
        ("no key", good.replace("EncryptedKey", "OtherKey")),
        ("no value", good.replace("CipherValue", "OtherValue")),
        ("no data", good.replace("EncryptedData", "OtherData")),
        (
            "no base64",
            good.replace("</xenc:CipherValue>", "!</xenc:CipherValue>"),
        ),
    ];
    let two = signed_plain() + &signed_plain().replace("_assertion", "_second");
    let twice = encrypted(plain, &service().certificate, &Encryption::default());
    let other_element = signed_plain().replace("saml:Assertion", "saml:Advice");
    for inside in [
        two,
        twice,
        other_element,
        signed_plain() + "alice",
        "<a/>".to_owned(),
    ] {
        let message = around(inside.as_bytes(), &Encryption::default());
        messages.push(("not one assertion", message));
    }
    let elsewhere = encrypted(plain, &other().certificate, &Encryption::default());
    messages.push(("for another key", Response::around(elsewhere).xml()));
    let own: Refusal = verify(&good.replace("aes256-gcm", "none")).unwrap_err();
    for (what, message) in &messages {
        let refusal = verify(message).expect_err(what);
        assert_eq!(refusal.kind, RefusalKind::Decryption, "{what}");
        let without_seen = |refusal: &Refusal| Refusal {
            seen: None,
            ..refusal.clone()
        };
        assert_eq!(without_seen(&refusal), without_seen(&own), "{what}");
        let seen = refusal.seen.unwrap();
        assert!(seen.name_id.is_none() && seen.encrypted, "{what}");
    }
    let without_keys = saml::verify(
        good.as_bytes(),
        &expected(&[idp().certificate.clone()], &[]),
    );
    assert_eq!(without_keys.unwrap_err().to_string(), own.to_string());
}

#[test]
fn m19_any_change_of_the_encrypted_bytes_is_refused_in_the_same_way() {
    let good = around(signed_plain().as_bytes(), &Encryption::default());
    let begin = good.rfind("<xenc:CipherValue>").unwrap() + "<xenc:CipherValue>".len();
    let end = good.rfind("</xenc:CipherValue>").unwrap();
    let answer = |message: &str| -> Result<Verified, RefusalKind> {
        verify(message).map_err(|refusal| refusal.kind)
    };
    for at in (begin..end).step_by(97) {
        let mut bytes = good.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        // The last character of base64 has bits that do not count.
        let kind = answer(&changed).expect_err("accepted");
        assert_eq!(kind, RefusalKind::Decryption, "{at}");
    }
}
