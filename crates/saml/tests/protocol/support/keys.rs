//! Keys that live as long as the tests.

use std::sync::LazyLock;

use openssl::{
    asn1::Asn1Time,
    ec::{EcGroup, EcKey},
    hash::MessageDigest,
    nid::Nid,
    pkey::{PKey, Private},
    x509::X509,
};
use saml::{Certificate, KeyPair};

use super::now;

fn pair(name: &str) -> KeyPair {
    let (from, until) = (
        now() - chrono::TimeDelta::days(1),
        now() + chrono::TimeDelta::days(365),
    );
    KeyPair::generate(name, from, until).unwrap()
}

/// The provider's key.
pub fn idp() -> &'static KeyPair {
    static PAIR: LazyLock<KeyPair> = LazyLock::new(|| pair("idp"));
    &PAIR
}

/// Somebody else's key.
pub fn other() -> &'static KeyPair {
    static PAIR: LazyLock<KeyPair> = LazyLock::new(|| pair("other"));
    &PAIR
}

/// This server's key.
pub fn service() -> &'static KeyPair {
    static PAIR: LazyLock<KeyPair> = LazyLock::new(|| pair("service"));
    &PAIR
}

/// A key on an elliptic curve, and its certificate.
pub fn curve(curve: Nid) -> (PKey<Private>, Certificate) {
    let group = EcGroup::from_curve_name(curve).unwrap();
    let key = PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap();
    let mut builder = X509::builder().unwrap();
    builder
        .set_not_before(&Asn1Time::from_unix(0).unwrap())
        .unwrap();
    builder
        .set_not_after(&Asn1Time::days_from_now(365).unwrap())
        .unwrap();
    builder.set_pubkey(&key).unwrap();
    builder.sign(&key, MessageDigest::sha256()).unwrap();
    let der = builder.build().to_der().unwrap();
    (key, Certificate::from_der(&der).unwrap())
}
