//! The certificates with which a provider signs. They are pinned: nothing that a message brings along
//! counts. There are two while the provider replaces one.

use chrono::{DateTime, Utc};
use saml::Certificate;

use crate::{
    error::{AppError, Result},
    identity::SsoProviderError,
};

/// The largest number of pinned certificates.
const MOST: usize = 2;

/// The end of a certificate in PEM.
const END: &str = "-----END CERTIFICATE-----";

/// A certificate, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownCertificate {
    /// Its SHA-256, in pairs with colons.
    pub fingerprint: String,
    /// From when on it is meant to be used.
    pub not_before: DateTime<Utc>,
    /// Until when it is meant to be used. Signatures count nevertheless.
    pub not_after: DateTime<Utc>,
    /// The certificate in PEM.
    pub pem: String,
}

impl From<&Certificate> for ShownCertificate {
    fn from(one: &Certificate) -> Self {
        Self {
            fingerprint: one.fingerprint().to_owned(),
            not_before: one.not_before(),
            not_after: one.not_after(),
            pem: one.to_pem(),
        }
    }
}

/// The certificates that an administrator entered: at least one, and none twice.
pub fn entered(texts: &[String]) -> Result<Vec<Certificate>> {
    let mut all = Vec::new();
    for text in texts.iter().filter(|text| !text.trim().is_empty()) {
        let one = Certificate::from_text(text).map_err(|error| {
            AppError::from(SsoProviderError::Unusable(
                "certificates",
                error.to_string(),
            ))
        })?;
        if !all.contains(&one) {
            all.push(one);
        }
    }
    at_most_two("certificates", all)
}

/// The certificates of metadata. Where there are more than two, those that have expired are left out.
pub fn of_metadata(mut all: Vec<Certificate>, now: DateTime<Utc>) -> Result<Vec<Certificate>> {
    if all.len() > MOST {
        all.retain(|one| !one.is_expired(now));
    }
    at_most_two("metadata", all)
}

fn at_most_two(field: &'static str, all: Vec<Certificate>) -> Result<Vec<Certificate>> {
    let problem = match all.len() {
        1..=MOST => return Ok(all),
        0 => {
            "There is no certificate that can be used; enter the one with which the provider signs"
                .to_owned()
        }
        count => format!(
            "There are {count} certificates; at most {MOST} are allowed, the current one and the \
             next one. Enter them as certificates"
        ),
    };
    Err(SsoProviderError::Unusable(field, problem).into())
}

/// The stored form.
pub fn stored(all: &[Certificate]) -> String {
    all.iter().map(Certificate::to_pem).collect()
}

/// The certificates in the stored form.
pub fn read(text: &str) -> Result<Vec<Certificate>> {
    let all = text.split_inclusive(END).filter(|one| one.contains(END));
    let all = all.map(|one| Certificate::from_text(one).map_err(AppError::internal));
    all.collect()
}

impl super::entity::Model {
    /// The fingerprints of the provider's certificates, for the audit log.
    pub fn fingerprints(&self) -> Result<Vec<String>> {
        let all = read(&self.certificates)?;
        Ok(all.iter().map(|one| one.fingerprint().to_owned()).collect())
    }
}
