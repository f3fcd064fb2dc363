//! This server's own keys: they sign requests and decrypt assertions.

use std::fmt;

use chrono::{DateTime, Utc};
use openssl::{
    asn1::Asn1Time,
    bn::{BigNum, MsbOption},
    error::ErrorStack,
    hash::MessageDigest,
    pkey::{Id, PKey, Private},
    rsa::Rsa,
    x509::{X509, X509NameBuilder},
};

use crate::{Certificate, SamlError, certificate::reason};

/// The length of new keys, in bits.
const BITS: u32 = 3072;

/// An RSA key of this server.
#[derive(Clone)]
pub struct PrivateKey(PKey<Private>);

/// A new key and the certificate that providers get.
#[derive(Clone, Debug)]
pub struct KeyPair {
    /// The key, to be kept as a secret.
    pub key: PrivateKey,
    /// The certificate, signed with the key itself.
    pub certificate: Certificate,
}

impl PrivateKey {
    /// Reads a key in PEM, without a password.
    ///
    /// # Errors
    /// [`SamlError::Key`], with what is wrong.
    pub fn from_pem(pem: &str) -> Result<Self, SamlError> {
        // The callback stands for a password, which nobody can be asked for here.
        let key = PKey::private_key_from_pem_callback(pem.as_bytes(), |_| Ok(0));
        let key = key.map_err(|error| {
            let reason = reason(&error);
            SamlError::Key(format!(
                "cannot be read ({reason}); enter it in PEM, without a password"
            ))
        })?;
        match key.id() {
            Id::RSA if key.bits() >= 2048 => Ok(Self(key)),
            Id::RSA => Err(SamlError::Key("has less than 2048 bits".to_owned())),
            _ => Err(SamlError::Key("is not an RSA key".to_owned())),
        }
    }

    /// The key in PEM (PKCS #8).
    ///
    /// # Errors
    /// [`SamlError::Key`] if the library cannot write it.
    pub fn to_pem(&self) -> Result<String, SamlError> {
        let pem = self
            .0
            .private_key_to_pem_pkcs8()
            .map_err(|error| failed(&error))?;
        String::from_utf8(pem).map_err(|error| SamlError::Key(error.to_string()))
    }

    /// Whether the certificate is that of this key.
    pub fn fits(&self, certificate: &Certificate) -> bool {
        certificate.key().is_ok_and(|key| key.public_eq(&self.0))
    }

    pub(crate) fn inner(&self) -> &PKey<Private> {
        &self.0
    }
}

impl KeyPair {
    /// Makes a new key, and a certificate with this name for it.
    ///
    /// # Errors
    /// [`SamlError::Key`] if the library cannot make it.
    pub fn generate(
        name: &str,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Self, SamlError> {
        make(name, from, until).map_err(|error| failed(&error))?
    }
}

fn make(
    name: &str,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Result<KeyPair, SamlError>, ErrorStack> {
    let key = PKey::from_rsa(Rsa::generate(BITS)?)?;
    let mut called = X509NameBuilder::new()?;
    // A common name has at most 64 characters.
    called.append_entry_by_text("CN", &name.chars().take(64).collect::<String>())?;
    let called = called.build();
    let mut number = BigNum::new()?;
    number.rand(127, MsbOption::MAYBE_ZERO, false)?;
    let number = number.to_asn1_integer()?;
    let mut builder = X509::builder()?;
    builder.set_version(2)?;
    builder.set_serial_number(&number)?;
    builder.set_subject_name(&called)?;
    builder.set_issuer_name(&called)?;
    let (from, until) = (from.timestamp(), until.timestamp());
    let (from, until) = (Asn1Time::from_unix(from)?, Asn1Time::from_unix(until)?);
    builder.set_not_before(&from)?;
    builder.set_not_after(&until)?;
    builder.set_pubkey(&key)?;
    builder.sign(&key, MessageDigest::sha256())?;
    let der = builder.build().to_der()?;
    Ok(Certificate::from_der(&der).map(|certificate| KeyPair {
        key: PrivateKey(key),
        certificate,
    }))
}

fn failed(error: &ErrorStack) -> SamlError {
    SamlError::Key(format!("cannot be used: {}", reason(error)))
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey(…)")
    }
}
