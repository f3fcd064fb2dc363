//! Signatures of what is sent, by the specification of standard webhooks.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD},
};
use chrono::{DateTime, Utc};
use hmac::{Hmac, Mac};
use rand::RngCore;
use sha2::Sha256;

use super::entity;
use crate::{
    App,
    error::{AppError, Result},
    sealed,
};

/// What secrets are sealed for.
const PURPOSE: &str = "webhook endpoint";

/// The prefix of the secrets of standard webhooks, which are in base64 after it.
const PREFIX: &str = "whsec_";

/// A new secret, and the same sealed for the endpoint.
pub fn new_secret(app: &App, endpoint: uuid::Uuid) -> Result<(String, Vec<u8>)> {
    let mut bytes = [0u8; 32];
    rand::rng().fill_bytes(&mut bytes);
    let secret = format!("{PREFIX}{}", STANDARD.encode(bytes));
    let sealed = sealed::seal(app, PURPOSE, endpoint.as_bytes(), secret.as_bytes())?;
    Ok((secret, sealed))
}

/// The secrets with which an endpoint's events are signed now: the current one, and for a while the one
/// before it.
pub fn secrets(app: &App, row: &entity::Model, now: DateTime<Utc>) -> Result<Vec<Vec<u8>>> {
    let open = |sealed: &[u8]| sealed::open(app, PURPOSE, row.id.as_bytes(), sealed);
    let mut all = vec![open(&row.secret)?];
    if let Some(old) = &row.old_secret
        && row.old_secret_until.is_some_and(|until| until > now)
    {
        all.push(open(old)?);
    }
    Ok(all)
}

/// The value of the header `webhook-signature`: a signature by each secret. `at`: in seconds since 1970.
pub fn header(secrets: &[Vec<u8>], id: &str, at: i64, body: &[u8]) -> Result<String> {
    let mut all = Vec::with_capacity(secrets.len());
    for secret in secrets {
        let mut mac = Hmac::<Sha256>::new_from_slice(&key(secret)?).map_err(AppError::internal)?;
        mac.update(format!("{id}.{at}.").as_bytes());
        mac.update(body);
        all.push(format!(
            "v1,{}",
            STANDARD.encode(mac.finalize().into_bytes())
        ));
    }
    Ok(all.join(" "))
}

fn key(secret: &[u8]) -> Result<Vec<u8>> {
    let text = std::str::from_utf8(secret).map_err(AppError::internal)?;
    let text = text.strip_prefix(PREFIX).unwrap_or(text);
    let text = text.trim_end_matches('=');
    STANDARD_NO_PAD.decode(text).map_err(AppError::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's reference libraries.
    #[test]
    fn the_example_of_standard_webhooks_is_signed_as_documented() {
        let secret = b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_vec();
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
        let body = b"{\"test\": 2432232314}";
        let one = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        let signed = header(std::slice::from_ref(&secret), id, 1_614_265_330, body).unwrap();
        assert_eq!(signed, one);
        let twice = header(&[secret.clone(), secret], id, 1_614_265_330, body).unwrap();
        assert_eq!(twice, format!("{one} {one}"));
    }
}
