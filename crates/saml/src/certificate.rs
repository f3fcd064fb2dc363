//! Certificates: a public key with its time. Nobody checks who issued them; that an administrator
//! or the metadata gave them is what makes them count.

use std::fmt;

use chrono::{DateTime, Utc};
use openssl::{
    asn1::{Asn1Time, Asn1TimeRef},
    error::ErrorStack,
    hash::MessageDigest,
    pkey::{Id, PKey, Public},
    x509::X509,
};

use crate::{SamlError, encoding};

/// The shortest RSA key, in bits.
const SHORTEST_RSA: u32 = 2048;
/// The shortest key on an elliptic curve, in bits.
const SHORTEST_CURVE: u32 = 256;

/// The first line of a certificate in PEM.
const BEGIN: &str = "-----BEGIN CERTIFICATE-----";

/// What a key signs with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyType {
    Rsa,
    Curve,
}

/// A certificate whose key is long enough.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    key_type: KeyType,
    signature_length: usize,
    fingerprint: String,
    not_before: DateTime<Utc>,
    not_after: DateTime<Utc>,
}

impl Certificate {
    /// Reads a certificate in PEM, or the base64 text of one as metadata have it.
    ///
    /// # Errors
    /// [`SamlError::Certificate`], with what is wrong.
    pub fn from_text(text: &str) -> Result<Self, SamlError> {
        let wrong = |problem: &str| SamlError::Certificate(problem.to_owned());
        if text.contains("PRIVATE KEY") {
            return Err(wrong("contains a private key; enter only the certificate"));
        }
        let inner = match text.split_once(BEGIN) {
            None => text,
            Some((_, rest)) => {
                let parts = rest.split_once("-----END CERTIFICATE-----");
                let (inner, after) =
                    parts.ok_or_else(|| wrong("has no line `-----END CERTIFICATE-----`"))?;
                if after.contains(BEGIN) {
                    return Err(wrong("is followed by another one; enter each on its own"));
                }
                inner
            }
        };
        let der = encoding::decode(inner).ok_or_else(|| {
            wrong("is not base64; enter it with its lines `-----BEGIN CERTIFICATE-----` and `END`")
        })?;
        Self::from_der(&der)
    }

    /// Reads a certificate in DER.
    ///
    /// # Errors
    /// [`SamlError::Certificate`], with what is wrong.
    pub fn from_der(der: &[u8]) -> Result<Self, SamlError> {
        let unreadable = |error: ErrorStack| {
            SamlError::Certificate(format!("cannot be read: {}", reason(&error)))
        };
        let x509 = X509::from_der(der).map_err(unreadable)?;
        let key = x509.public_key().map_err(unreadable)?;
        let digest = x509.digest(MessageDigest::sha256()).map_err(unreadable)?;
        let bytes: Vec<String> = digest.iter().map(|byte| format!("{byte:02X}")).collect();
        Ok(Self {
            key_type: key_type(&key)?,
            signature_length: signature_length(&key),
            fingerprint: bytes.join(":"),
            not_before: time(x509.not_before()).map_err(unreadable)?,
            not_after: time(x509.not_after()).map_err(unreadable)?,
            der: x509.to_der().map_err(unreadable)?,
        })
    }

    /// The certificate in DER.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The certificate in PEM.
    pub fn to_pem(&self) -> String {
        let text = encoding::encode(&self.der);
        let mut pem = "-----BEGIN CERTIFICATE-----\n".to_owned();
        for (at, character) in text.chars().enumerate() {
            if at > 0 && at % 64 == 0 {
                pem.push('\n');
            }
            pem.push(character);
        }
        pem + "\n-----END CERTIFICATE-----\n"
    }

    /// The SHA-256 of the certificate, as programs show it to people: pairs with colons.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// From when on it is meant to be used.
    pub fn not_before(&self) -> DateTime<Utc> {
        self.not_before
    }

    /// Until when it is meant to be used.
    pub fn not_after(&self) -> DateTime<Utc> {
        self.not_after
    }

    /// Whether its time is over. Signatures with its key are accepted nevertheless, as long as it is
    /// given for the provider: providers often keep a key that is older than its certificate.
    pub fn is_expired(&self, now: DateTime<Utc>) -> bool {
        now > self.not_after
    }

    pub(crate) fn key_type(&self) -> KeyType {
        self.key_type
    }

    /// The length of the key's signatures in XML, in bytes.
    pub(crate) fn signature_length(&self) -> usize {
        self.signature_length
    }

    pub(crate) fn key(&self) -> Result<PKey<Public>, ErrorStack> {
        X509::from_der(&self.der)?.public_key()
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", self.fingerprint)
    }
}

fn key_type(key: &PKey<Public>) -> Result<KeyType, SamlError> {
    let bits = key.bits();
    let too_short = |name: &str, least: u32| {
        let problem = format!("has an {name} key of {bits} bits; at least {least} are needed");
        Err(SamlError::Certificate(problem))
    };
    match key.id() {
        Id::RSA if bits < SHORTEST_RSA => too_short("RSA", SHORTEST_RSA),
        Id::RSA => Ok(KeyType::Rsa),
        Id::EC if bits < SHORTEST_CURVE => too_short("ECDSA", SHORTEST_CURVE),
        Id::EC => Ok(KeyType::Curve),
        _ => Err(SamlError::Certificate(
            "has a key of another kind than RSA and ECDSA".to_owned(),
        )),
    }
}

/// RSA signatures are as long as the key; those on curves are two numbers that are.
fn signature_length(key: &PKey<Public>) -> usize {
    let bytes = usize::try_from(key.bits().div_ceil(8)).unwrap_or_default();
    match key.id() {
        Id::EC => bytes * 2,
        _ => bytes,
    }
}

/// The time of a certificate. One that is out of range is taken as the end of time on its side.
fn time(time: &Asn1TimeRef) -> Result<DateTime<Utc>, ErrorStack> {
    let since = Asn1Time::from_unix(0)?.diff(time)?;
    let seconds = i64::from(since.days) * 86_400 + i64::from(since.secs);
    Ok(
        DateTime::from_timestamp(seconds, 0).unwrap_or(match seconds < 0 {
            true => DateTime::<Utc>::MIN_UTC,
            false => DateTime::<Utc>::MAX_UTC,
        }),
    )
}

/// The first reason of a library's error.
pub(crate) fn reason(error: &ErrorStack) -> String {
    let first = error.errors().first();
    let reason = first.and_then(|error| error.reason());
    reason.unwrap_or("no reason is given").to_owned()
}
