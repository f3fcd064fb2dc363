//! How signatures are made.

use openssl::{
    nid::Nid,
    pkey::{PKey, Private},
};
use saml::{RefusalKind, Verified};

use crate::support::*;

fn key() -> PKey<Private> {
    let pem = idp().key.to_pem().unwrap();
    PKey::private_key_from_pem(pem.as_bytes()).unwrap()
}

fn message(template: &Template) -> String {
    Response::around(signed_with(&Assertion::default().xml(), template, &key())).xml()
}

fn default() -> Template {
    Template::of("_assertion")
}

#[test]
fn m06_only_exclusive_canonicalization_and_leaving_the_signature_out_are_accepted() {
    const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
    const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
    const WITH_COMMENTS: &str = "http://www.w3.org/2001/10/xml-exc-c14n#WithComments";
    const XPATH: &str = "http://www.w3.org/TR/1999/REC-xpath-19991116";
    let transform = Template::transform;
    let xpath = format!(
        "<ds:Transform Algorithm=\"{XPATH}\"><ds:XPath>not(ancestor-or-self::ds:Signature)\
         </ds:XPath></ds:Transform>"
    );
    let xslt = "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116\">\
                <xsl:stylesheet xmlns:xsl=\"http://www.w3.org/1999/XSL/Transform\" \
                version=\"1.0\"/></ds:Transform>";
    let enveloped = transform(ENVELOPED);
    // The library can sign all of these, so they would verify.
    for transforms in [
        enveloped.clone() + &xpath + &transform(EXCLUSIVE),
        enveloped.clone() + &transform(WITH_COMMENTS),
        enveloped.clone() + &transform("http://www.w3.org/TR/2001/REC-xml-c14n-20010315"),
        enveloped.clone(),
    ] {
        let template = Template {
            transforms: transforms.clone(),
            ..default()
        };
        assert_eq!(
            refused(&message(&template)),
            RefusalKind::Transform,
            "{transforms}"
        );
    }
    // These are put into a signed message, where they are refused before the library follows them.
    let good = message(&default());
    let both = enveloped.clone() + &transform(EXCLUSIVE);
    for transforms in [
        enveloped.clone() + xslt + &transform(EXCLUSIVE),
        enveloped.clone() + &transform("http://www.w3.org/2000/09/xmldsig#base64"),
        enveloped.clone() + &transform("http://www.w3.org/2001/04/xmldsig-more/xptr"),
        enveloped.clone() + &transform("urn:unknown"),
        both.clone() + &transform(EXCLUSIVE),
        transform(EXCLUSIVE) + &enveloped,
        transform(EXCLUSIVE),
        String::new(),
    ] {
        assert!(good.contains(&both));
        let changed = good.replace(&both, &transforms);
        assert_eq!(refused(&changed), RefusalKind::Transform, "{transforms}");
    }
    for name in [WITH_COMMENTS, "urn:unknown", ""] {
        let method = format!("<ds:CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\"/>");
        assert!(good.contains(&method));
        let changed = good.replace(&method, &method.replace(EXCLUSIVE, name));
        assert_eq!(refused(&changed), RefusalKind::Transform, "{name}");
    }
    let relative = good.replace("<saml:Subject>", "<saml:Subject xmlns:x=\"relative\">");
    assert_eq!(refused(&relative), RefusalKind::Namespace);
}

#[test]
fn a_list_of_prefixes_is_accepted_as_many_providers_send_one() {
    let with_prefixes = "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\">\
        <ec:InclusiveNamespaces xmlns:ec=\"http://www.w3.org/2001/10/xml-exc-c14n#\" \
        PrefixList=\"saml xs\"/></ds:Transform>";
    let enveloped = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
    let template = Template {
        transforms: Template::transform(enveloped) + with_prefixes,
        ..default()
    };
    let verified: Verified = verify(&message(&template)).unwrap();
    assert_eq!(verified.name_id.value, "alice@example.test");
}

#[test]
fn m09_weak_algorithms_are_refused() {
    const SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
    // Signed for real.
    for (method, digest) in [
        (
            "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
            "http://www.w3.org/2000/09/xmldsig#sha1",
        ),
        (SHA256, "http://www.w3.org/2000/09/xmldsig#sha1"),
        (SHA256, "http://www.w3.org/2001/04/xmldsig-more#md5"),
    ] {
        let template = Template {
            method: method.to_owned(),
            digest: digest.to_owned(),
            ..default()
        };
        let refusal = verify(&message(&template)).unwrap_err();
        assert_eq!(refusal.kind, RefusalKind::Algorithm, "{method} {digest}");
        assert!(
            refusal
                .sent
                .is_some_and(|sent| sent == method || sent == digest)
        );
    }
    let good = message(&default());
    for method in [
        "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
        "http://www.w3.org/2000/09/xmldsig#dsa-sha1",
        "none",
        "",
    ] {
        let changed = good.replace(SHA256, method);
        assert_eq!(refused(&changed), RefusalKind::Algorithm, "{method}");
    }
    let parameter = good.replace(
        &format!("<ds:SignatureMethod Algorithm=\"{SHA256}\"/>"),
        &format!(
            "<ds:SignatureMethod Algorithm=\"{SHA256}\"><ds:HMACOutputLength>1\
             </ds:HMACOutputLength></ds:SignatureMethod>"
        ),
    );
    assert_eq!(refused(&parameter), RefusalKind::Algorithm);
}

#[test]
fn strong_algorithms_are_accepted() {
    for (method, digest) in [
        ("rsa-sha256", "http://www.w3.org/2001/04/xmlenc#sha256"),
        (
            "rsa-sha384",
            "http://www.w3.org/2001/04/xmldsig-more#sha384",
        ),
        ("rsa-sha512", "http://www.w3.org/2001/04/xmlenc#sha512"),
    ] {
        let template = Template {
            method: format!("http://www.w3.org/2001/04/xmldsig-more#{method}"),
            digest: digest.to_owned(),
            ..default()
        };
        assert!(verify(&message(&template)).is_ok(), "{method}");
    }
    for (name, method) in [
        (Nid::X9_62_PRIME256V1, "ecdsa-sha256"),
        (Nid::SECP384R1, "ecdsa-sha384"),
        (Nid::SECP521R1, "ecdsa-sha512"),
    ] {
        let (key, certificate) = curve(name);
        let template = Template {
            method: format!("http://www.w3.org/2001/04/xmldsig-more#{method}"),
            ..default()
        };
        let assertion = signed_with(&Assertion::default().xml(), &template, &key);
        let message = Response::around(assertion).xml();
        let certificates = [certificate];
        let verified = saml::verify(message.as_bytes(), &expected(&certificates, &[]));
        assert!(verified.is_ok(), "{method}: {verified:?}");
    }
}
