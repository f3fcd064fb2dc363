//! Whether the sender of a delivery knows the secret.
//!
//! A signature is one over the bytes of the body as they arrived. All comparisons take the same time,
//! whatever is compared.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD},
};
use engine::trigger::{Algorithm, Encoding, Proof, Webhook};
use hmac::{Hmac, Mac};
use sha2::{Sha256, Sha512};
use types::hex;

use super::Headers;
use crate::error::{AppError, Result};

/// The prefix of the secrets of standard webhooks, which are in base64 after it.
pub const STANDARD_PREFIX: &str = "whsec_";

/// The largest number of signatures of one delivery that are looked at.
const MAX_SIGNATURES: usize = 10;

/// Whether a delivery is proved by one of these secrets. `now`: in seconds since 1970.
pub fn is_proved(
    webhook: &Webhook,
    secrets: &[Vec<u8>],
    headers: &Headers,
    (body, now): (&[u8], i64),
) -> Result<bool> {
    let Some(name) = webhook.proof.header() else {
        return Ok(true);
    };
    let Some(given) = headers.only(name) else {
        return Ok(false);
    };
    let Some(signed) = signed(webhook, headers, given, (body, now)) else {
        return Ok(false);
    };
    let mut found = false;
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        let Some(expected) = expected(&webhook.proof, secret, &signed.parts)? else {
            continue;
        };
        for signature in signed.signatures.iter().take(MAX_SIGNATURES) {
            found |= same(signature.as_bytes(), expected.as_bytes())?;
        }
    }
    Ok(found)
}

/// What was signed, and the signatures that were sent.
struct Signed<'a> {
    parts: Vec<&'a [u8]>,
    signatures: Vec<&'a str>,
}

/// `None`: a part is missing, or the time is too far from ours.
fn signed<'a>(
    webhook: &Webhook,
    headers: &'a Headers,
    given: &'a str,
    (body, now): (&'a [u8], i64),
) -> Option<Signed<'a>> {
    let in_time = |text: &str| {
        let digits = !text.is_empty() && text.len() <= 12;
        let digits = digits && text.bytes().all(|byte| byte.is_ascii_digit());
        let at = text.parse::<i64>().ok().filter(|_| digits)?;
        (at.abs_diff(now) <= u64::from(webhook.tolerance)).then_some(())
    };
    match &webhook.proof {
        Proof::None | Proof::Secret { .. } => Some(Signed {
            parts: Vec::new(),
            signatures: vec![given],
        }),
        Proof::Hmac { prefix, .. } => Some(Signed {
            parts: vec![body],
            signatures: vec![given.strip_prefix(prefix.as_str())?],
        }),
        Proof::GitHub => Some(Signed {
            parts: vec![body],
            signatures: vec![given.strip_prefix("sha256=")?],
        }),
        Proof::Stripe => {
            let fields = || given.split(',').filter_map(|field| field.split_once('='));
            let (_, time) = fields().find(|(name, _)| *name == "t")?;
            in_time(time)?;
            let own = fields().filter(|(name, _)| *name == "v1");
            Some(Signed {
                parts: vec![time.as_bytes(), &b"."[..], body],
                signatures: own.map(|(_, signature)| signature).collect(),
            })
        }
        Proof::Slack => {
            let time = headers.only("x-slack-request-timestamp")?;
            in_time(time)?;
            Some(Signed {
                parts: vec![&b"v0:"[..], time.as_bytes(), &b":"[..], body],
                signatures: vec![given.strip_prefix("v0=")?],
            })
        }
        Proof::Standard => {
            let (id, time) = (
                headers.only("webhook-id")?,
                headers.only("webhook-timestamp")?,
            );
            in_time(time)?;
            let own = given.split(' ').filter_map(|one| one.strip_prefix("v1,"));
            Some(Signed {
                parts: vec![id.as_bytes(), &b"."[..], time.as_bytes(), &b"."[..], body],
                signatures: own.collect(),
            })
        }
    }
}

/// What has to be sent. `None`: the secret does not have the form that the scheme needs.
fn expected(proof: &Proof, secret: &[u8], parts: &[&[u8]]) -> Result<Option<String>> {
    let (encoding, algorithm) = match proof {
        Proof::None => return Ok(None),
        Proof::Secret { .. } => return Ok(String::from_utf8(secret.to_vec()).ok()),
        Proof::Hmac {
            encoding,
            algorithm,
            ..
        } => (*encoding, *algorithm),
        Proof::GitHub | Proof::Stripe | Proof::Slack => (Encoding::Hex, Algorithm::Sha256),
        Proof::Standard => (Encoding::Base64, Algorithm::Sha256),
    };
    let decoded = match proof {
        Proof::Standard => standard_key(secret),
        _ => Some(secret.to_vec()),
    };
    let Some(key) = decoded else {
        return Ok(None);
    };
    let bytes = match algorithm {
        Algorithm::Sha256 => {
            let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(AppError::internal)?;
            parts.iter().for_each(|part| mac.update(part));
            mac.finalize().into_bytes().to_vec()
        }
        Algorithm::Sha512 => {
            let mut mac = Hmac::<Sha512>::new_from_slice(&key).map_err(AppError::internal)?;
            parts.iter().for_each(|part| mac.update(part));
            mac.finalize().into_bytes().to_vec()
        }
    };
    Ok(Some(match encoding {
        Encoding::Hex => hex(&bytes),
        Encoding::Base64 => STANDARD.encode(&bytes),
    }))
}

/// The key in a secret of standard webhooks.
pub fn standard_key(secret: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(secret).ok()?;
    let text = text.strip_prefix(STANDARD_PREFIX).unwrap_or(text);
    STANDARD_NO_PAD.decode(text.trim_end_matches('=')).ok()
}

/// Whether two texts are the same. It takes the same time wherever they differ.
fn same(one: &[u8], other: &[u8]) -> Result<bool> {
    let mac = |text: &[u8]| -> Result<Hmac<Sha256>> {
        let mac = Hmac::<Sha256>::new_from_slice(b"compared");
        let mut mac = mac.map_err(AppError::internal)?;
        mac.update(text);
        Ok(mac)
    };
    let other = mac(other)?.finalize().into_bytes();
    Ok(mac(one)?.verify_slice(&other).is_ok())
}
