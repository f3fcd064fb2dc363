//! Codes of authenticator apps: RFC 6238 with SHA-1, six digits and steps of 30 seconds, which every
//! app supports.

use chrono::{DateTime, Utc};
use qrcode::{EcLevel, QrCode, render::svg};
use rand::RngCore;
use totp_rs::{Builder, Totp};

use crate::error::{AppError, Result};

/// The name that apps show beside the account.
const ISSUER: &str = "FlowMason";

/// Bytes of a secret, as RFC 4226 recommends.
const SECRET: usize = 20;

/// A secret as apps read it.
#[derive(Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// The secret in base32, to type it.
    pub secret: String,
    /// The `otpauth://` address that the QR code contains.
    pub uri: String,
    /// The QR code as an SVG image.
    pub qr_code: String,
}

/// A new secret.
pub fn new_secret() -> [u8; SECRET] {
    let mut secret = [0; SECRET];
    rand::rng().fill_bytes(&mut secret);
    secret
}

/// Shows a secret for the account of this name.
pub fn enrolment(secret: &[u8], account: &str) -> Result<Enrolment> {
    let totp = totp(secret, account)?;
    let uri = totp.to_url().map_err(AppError::internal)?;
    let image =
        QrCode::with_error_correction_level(&uri, EcLevel::M).map_err(AppError::internal)?;
    Ok(Enrolment {
        secret: totp.secret().to_base32(),
        qr_code: image
            .render::<svg::Color<'_>>()
            .min_dimensions(200, 200)
            .build(),
        uri,
    })
}

/// The time step of which this is the code: the current one, the one before or the one after. The
/// codes are compared in constant time.
pub fn step_of(secret: &[u8], code: &str, now: DateTime<Utc>) -> Result<Option<i64>> {
    let now = u64::try_from(now.timestamp()).map_err(AppError::internal)?;
    let step = totp(secret, "")?.check(code, now);
    step.map(|step| i64::try_from(step).map_err(AppError::internal))
        .transpose()
}

fn totp(secret: &[u8], account: &str) -> Result<Totp> {
    // A colon separates the issuer from the account.
    Builder::new()
        .with_secret(secret.to_vec())
        .with_issuer(Some(ISSUER))
        .with_account_name(account.replace(':', " "))
        .build()
        .map_err(AppError::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"12345678901234567890";

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn s18_the_codes_of_rfc_6238_are_accepted_one_step_early_or_late_and_no_more() {
        // The last six digits of the test vectors.
        for (seconds, code) in [
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (20_000_000_000, "353130"),
        ] {
            let step = seconds / 30;
            for (shift, accepted) in [
                (-60, false),
                (-30, true),
                (0, true),
                (30, true),
                (60, false),
            ] {
                let found = step_of(SECRET, code, at(seconds + shift)).unwrap();
                assert_eq!(found, accepted.then_some(step), "{code} {shift}");
            }
        }
        for wrong in ["", "28708", "2870822", "28708a", "+28708", "２８７０８２"] {
            assert_eq!(step_of(SECRET, wrong, at(59)).unwrap(), None, "{wrong}");
        }
    }

    #[test]
    fn an_enrolment_names_the_account_and_is_an_image() {
        let shown = enrolment(SECRET, "ada:x@example.org").unwrap();
        assert_eq!(shown.secret, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        let uri = "otpauth://totp/FlowMason:ada%20x%40example.org\
            ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=FlowMason";
        assert_eq!(shown.uri, uri);
        assert!(shown.qr_code.contains("<svg "), "{}", shown.qr_code);
        assert!(!shown.qr_code.contains("<script"));
        let longest = enrolment(SECRET, &"ü".repeat(254)).unwrap();
        assert!(longest.qr_code.contains("<path "));
    }
}
