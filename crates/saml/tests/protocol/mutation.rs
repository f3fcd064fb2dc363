//! Good messages that are changed at random: never a panic, and never another person.

use std::sync::LazyLock;

use proptest::prelude::*;
use saml::{
    ProviderMetadata,
    binding::{Query, decode_form},
    logout::{self, Received},
};

use crate::support::*;

/// Good messages of every kind.
static GOOD: LazyLock<Vec<String>> = LazyLock::new(|| {
    let plain = Assertion::default().xml();
    let inside = signed(&plain, "_assertion", idp());
    let hidden = encrypted(
        inside.as_bytes(),
        &service().certificate,
        &Encryption::default(),
    );
    let response = |inner: &str| Response::around(inner).xml();
    vec![
        response(&inside),
        signed(&response(&plain), "_response", idp()),
        signed(&response(&inside), "_response", idp()),
        response(&hidden),
        signed(&response(&hidden), "_response", idp()),
    ]
});

/// One change of a message.
#[derive(Clone, Debug)]
enum Change {
    Replace(u8),
    Insert(String),
    Remove(usize),
    Repeat(usize),
    Move(usize, usize),
    /// The parts of elements are exchanged.
    Swap(usize),
}

fn change() -> impl Strategy<Value = Change> {
    let tokens = prop::sample::select(vec![
        "<!-- -->",
        "<![CDATA[x]]>",
        "<!DOCTYPE x>",
        "<?x y?>",
        "<saml:Issuer>",
        "</saml:NameID>",
        "<saml:NameID>admin@example.test</saml:NameID>",
        " ID=\"_assertion\"",
        " xmlns=\"urn:x\"",
        " xmlns:saml=\"urn:x\"",
        "<ds:Object/>",
        "<saml:Assertion/>",
        "&#0;",
        "&amp;",
        "\u{feff}",
        "\0",
        "é",
        ">",
        "\"",
    ]);
    prop_oneof![
        any::<u8>().prop_map(Change::Replace),
        tokens.prop_map(|token| Change::Insert(token.to_owned())),
        (1..200usize).prop_map(Change::Remove),
        (1..400usize).prop_map(Change::Repeat),
        ((1..400usize), any::<usize>()).prop_map(|(length, to)| Change::Move(length, to)),
        any::<usize>().prop_map(Change::Swap),
    ]
}

fn changed(mut bytes: Vec<u8>, at: usize, change: &Change) -> Vec<u8> {
    if bytes.is_empty() {
        return bytes;
    }
    let at = at % bytes.len();
    let until = |length: usize| (at + length).min(bytes.len());
    match change {
        Change::Replace(byte) => bytes[at] = *byte,
        Change::Insert(token) => drop(bytes.splice(at..at, token.bytes())),
        Change::Remove(length) => drop(bytes.drain(at..until(*length))),
        Change::Repeat(length) => {
            let part = bytes[at..until(*length)].to_vec();
            drop(bytes.splice(at..at, part));
        }
        Change::Move(length, to) => {
            let part: Vec<u8> = bytes.drain(at..until(*length)).collect();
            let to = to % (bytes.len() + 1);
            drop(bytes.splice(to..to, part));
        }
        Change::Swap(other) => {
            let other = other % bytes.len();
            bytes.swap(at, other);
        }
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn a_changed_message_is_refused_or_says_the_same(
        which in 0..5usize,
        changes in prop::collection::vec((any::<usize>(), change()), 1..4),
    ) {
        let good = &GOOD[which];
        let bytes = changes.iter().fold(good.clone().into_bytes(), |bytes, (at, change)| {
            changed(bytes, *at, change)
        });
        let certificates = [idp().certificate.clone()];
        let keys = [service().key.clone()];
        if let Ok(verified) = saml::verify(&bytes, &expected(&certificates, &keys)) {
            prop_assert_eq!(verified.name_id.value.as_str(), "alice@example.test");
            prop_assert_eq!(verified.assertion_id.as_str(), "_assertion");
            prop_assert_eq!(&verified.attributes["mail"], &["alice@example.test"]);
            prop_assert_eq!(&verified.attributes["groups"], &["eng", "ops & more"]);
        }
        let expected = logout::Expected {
            provider: PROVIDER,
            certificates: &certificates,
            slo: SLO,
            now: now(),
        };
        prop_assert!(logout::request(&Received::Form(&bytes), &expected).is_err());
        prop_assert!(ProviderMetadata::read(&bytes).is_err());
    }

    #[test]
    fn arbitrary_bytes_and_texts_are_refused_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), text in ".{0,200}") {
        let certificates = [idp().certificate.clone()];
        prop_assert!(saml::verify(&bytes, &expected(&certificates, &[])).is_err());
        prop_assert!(saml::verify(text.as_bytes(), &expected(&certificates, &[])).is_err());
        prop_assert!(ProviderMetadata::read(&bytes).is_err());
        let _ = decode_form(&text);
        for raw in [text.clone(), format!("SAMLRequest={text}&SigAlg={text}&Signature={text}")] {
            if let Ok(query) = Query::read(&raw) {
                let expected = logout::Expected {
                    provider: PROVIDER,
                    certificates: &certificates,
                    slo: SLO,
                    now: now(),
                };
                let _ = query.relay_state();
                prop_assert!(logout::request(&Received::Redirect(&query), &expected).is_err());
            }
        }
    }
}
