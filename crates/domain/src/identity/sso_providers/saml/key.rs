//! This server's key for a provider. It signs requests and decrypts assertions. Each provider has its
//! own: with a shared one, the administrator of one organization could let this server decrypt what
//! was meant for another one.

use chrono::Duration;
use saml::{Certificate, KeyPair, PrivateKey};
use types::SsoProviderId;
use uuid::Uuid;

use super::entity::Model;
use crate::{
    App,
    blocking::blocking,
    error::{AppError, Result},
    sealed,
};

/// The purpose under which keys are sealed.
const PURPOSE: &str = "SAML key";

/// How long the certificate of a key lasts. Providers refuse keys whose certificate has expired.
const LASTS: Duration = Duration::days(3_650);

/// The clock of the provider may be behind.
const BEGINS_BEFORE: Duration = Duration::days(1);

/// Makes a key: sealed, and its certificate in PEM.
pub async fn new(app: &App, id: SsoProviderId) -> Result<(Vec<u8>, String)> {
    let now = app.clock().now();
    let pair = blocking(move || {
        let pair = KeyPair::generate(&format!("FlowMason {id}"), now - BEGINS_BEFORE, now + LASTS);
        pair.map_err(AppError::internal)
    });
    let pair = pair.await?;
    let pem = pair.key.to_pem().map_err(AppError::internal)?;
    let sealed = sealed::seal(app, PURPOSE, id.0.as_bytes(), pem.as_bytes())?;
    Ok((sealed, pair.certificate.to_pem()))
}

/// The key of a provider that is in use.
pub fn open(app: &App, row: &Model) -> Result<PrivateKey> {
    opened(app, row.provider_id, &row.private_key)
}

/// The key of a provider that replaces it, while there are both.
pub fn open_next(app: &App, row: &Model) -> Result<Option<PrivateKey>> {
    let next = row.next_private_key.as_deref();
    next.map(|key| opened(app, row.provider_id, key))
        .transpose()
}

fn opened(app: &App, provider: Uuid, key: &[u8]) -> Result<PrivateKey> {
    let pem = sealed::open(app, PURPOSE, provider.as_bytes(), key)?;
    let pem = String::from_utf8(pem).map_err(AppError::internal)?;
    PrivateKey::from_pem(&pem).map_err(AppError::internal)
}

/// The certificate of the key in use.
pub fn certificate(row: &Model) -> Result<Certificate> {
    Certificate::from_text(&row.own_certificate).map_err(AppError::internal)
}

/// The certificate of the next key, while there are both.
pub fn next_certificate(row: &Model) -> Result<Option<Certificate>> {
    let next = row.next_certificate.as_deref();
    next.map(|text| Certificate::from_text(text).map_err(AppError::internal))
        .transpose()
}
