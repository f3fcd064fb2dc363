//! Messages of a provider on their way to this server.

use std::io::Read;

use flate2::read::DeflateDecoder;
use openssl::{bn::BigNum, ecdsa::EcdsaSig, error::ErrorStack, sign::Verifier};
use url::form_urlencoded;

use crate::{
    Certificate, Refusal, RefusalKind,
    certificate::KeyType,
    encoding,
    refusal::quoted,
    signature::{self, Algorithm},
    xml::strict::{MOST_BYTES, malformed, too_large},
};

/// The message in a field of a form.
///
/// # Errors
/// [`RefusalKind::TooLarge`] or [`RefusalKind::Malformed`].
pub fn decode_form(field: &str) -> Result<Vec<u8>, Refusal> {
    // Base64 has four characters for three bytes, and line ends.
    if field.len() > MOST_BYTES / 2 * 3 {
        return Err(too_large("bytes", MOST_BYTES));
    }
    encoding::decode(field).ok_or_else(|| malformed("the field of the form is not base64"))
}

/// A message in the query of an address, exactly as it was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query<'a> {
    message: Option<(&'static str, &'a str)>,
    relay_state: Option<&'a str>,
    algorithm: Option<&'a str>,
    signature: Option<&'a str>,
}

impl<'a> Query<'a> {
    /// Takes a query apart, as it stands in the address: its signature is one of the encoded text.
    ///
    /// # Errors
    /// [`RefusalKind::TooLarge`], or [`RefusalKind::Malformed`] if a parameter appears twice or the
    /// message is missing.
    pub fn read(raw: &'a str) -> Result<Self, Refusal> {
        if raw.len() > MOST_BYTES {
            return Err(too_large("bytes", MOST_BYTES));
        }
        let mut query = Self::default();
        for part in raw.trim_start_matches('?').split('&') {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let twice = match name {
                "SAMLRequest" => query.message.replace(("SAMLRequest", value)).is_some(),
                "SAMLResponse" => query.message.replace(("SAMLResponse", value)).is_some(),
                "RelayState" => query.relay_state.replace(value).is_some(),
                "SigAlg" => query.algorithm.replace(value).is_some(),
                "Signature" => query.signature.replace(value).is_some(),
                "SAMLEncoding" if !decoded(value).ends_with(":DEFLATE") => {
                    return Err(malformed("its encoding in the query is not DEFLATE"));
                }
                _ => false,
            };
            if twice {
                return Err(malformed("a parameter of the query appears twice"));
            }
        }
        match query.message {
            Some(_) => Ok(query),
            None => Err(malformed(
                "the query has no `SAMLRequest` and no `SAMLResponse`",
            )),
        }
    }

    /// What this server has sent along, or the provider.
    pub fn relay_state(&self) -> Option<String> {
        self.relay_state.map(decoded)
    }

    /// Whether it is a response.
    pub fn is_response(&self) -> bool {
        self.message.is_some_and(|(name, _)| name == "SAMLResponse")
    }

    /// The message, without a check of its signature: only to find out whose it is.
    ///
    /// # Errors
    /// [`RefusalKind::TooLarge`] or [`RefusalKind::Malformed`].
    pub fn unverified_message(&self) -> Result<Vec<u8>, Refusal> {
        let (_, value) = self.message.unwrap_or_default();
        // Some senders forget to encode the `+` of base64.
        let packed = encoding::decode(&decoded(value).replace(' ', "+"));
        let packed = packed.ok_or_else(|| malformed("the parameter of the query is not base64"))?;
        let mut message = Vec::new();
        let most = u64::try_from(MOST_BYTES).unwrap_or(u64::MAX);
        let unpacked = DeflateDecoder::new(packed.as_slice())
            .take(most.saturating_add(1))
            .read_to_end(&mut message);
        unpacked
            .map_err(|_| malformed("the parameter of the query is not compressed (DEFLATE)"))?;
        match message.len() <= MOST_BYTES {
            true => Ok(message),
            false => Err(too_large("bytes", MOST_BYTES)),
        }
    }

    /// Verifies the signature with the given certificates.
    pub(crate) fn verify(&self, certificates: &[Certificate]) -> Result<(), Refusal> {
        let (Some((name, message)), Some(algorithm), Some(signature)) =
            (self.message, self.algorithm, self.signature)
        else {
            return Err(Refusal::new(
                RefusalKind::Unsigned,
                "Signature",
                "The query is not signed",
                "Configure the provider to sign its messages about logging out",
            ));
        };
        let mut signed = format!("{name}={message}");
        if let Some(relay_state) = self.relay_state {
            signed = format!("{signed}&RelayState={relay_state}");
        }
        let signed = format!("{signed}&SigAlg={algorithm}");
        let sent = decoded(algorithm);
        let algorithm = Algorithm::named(&sent).ok_or_else(|| {
            let problem = format!(
                "The algorithm {} of a signature is not accepted",
                quoted(&sent)
            );
            let mend = "Configure the provider to sign with RSA-SHA256 or ECDSA-SHA256";
            Refusal::new(RefusalKind::Algorithm, "SigAlg", problem, mend).sent(&sent)
        })?;
        let signature = encoding::decode(&decoded(signature).replace(' ', "+"));
        let signature = signature.ok_or_else(signature::wrong)?;
        let fits = |certificate: &&Certificate| {
            let key_type = certificate.key_type();
            key_type == algorithm.key_type
                && is_right(signed.as_bytes(), &signature, algorithm, certificate).unwrap_or(false)
        };
        match certificates.iter().find(fits) {
            Some(_) => Ok(()),
            None if certificates.is_empty() => Err(signature::no_certificate()),
            None => Err(signature::wrong()),
        }
    }
}

fn is_right(
    text: &[u8],
    signature: &[u8],
    algorithm: Algorithm,
    certificate: &Certificate,
) -> Result<bool, ErrorStack> {
    let key = certificate.key()?;
    let right =
        |signature: &[u8]| Verifier::new(algorithm.digest(), &key)?.verify_oneshot(signature, text);
    match algorithm.key_type {
        KeyType::Rsa => right(signature),
        // Providers differ: two numbers as in XML, or the form of most libraries.
        KeyType::Curve => {
            Ok(right(signature).unwrap_or(false)
                || right(&two_numbers(signature)?).unwrap_or(false))
        }
    }
}

/// A signature of two numbers of the same length, in the form of the library.
fn two_numbers(signature: &[u8]) -> Result<Vec<u8>, ErrorStack> {
    let (r, s) = signature.split_at(signature.len() / 2);
    let (r, s) = (BigNum::from_slice(r)?, BigNum::from_slice(s)?);
    EcdsaSig::from_private_components(r, s)?.to_der()
}

/// The value of a parameter.
fn decoded(value: &str) -> String {
    let pair = form_urlencoded::parse(value.as_bytes()).next();
    let Some((name, rest)) = pair else {
        return String::new();
    };
    match value.contains('=') {
        true => format!("{name}={rest}"),
        false => name.into_owned(),
    }
}
