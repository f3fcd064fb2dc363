//! A provider's metadata: pasted, or read from its address.

use std::time::Duration;

use components::http::Request;
use saml::{Endpoint, ProviderMetadata, binding::Binding};

use super::entity::Model;
use crate::{
    App,
    blocking::blocking,
    error::{AppError, Result},
    identity::{SsoProviderError, sso_sign_in::guarded},
    text,
};

/// How long reading an address may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The longest address, in bytes.
const LONGEST_ADDRESS: usize = 1_000;

/// Reads the metadata at an address: through the guarded client, without redirects. It must not have
/// expired.
pub async fn fetched(app: &App, address: &str) -> Result<ProviderMetadata> {
    const FIELD: &str = "metadataUrl";
    let unusable = |problem: String| AppError::from(SsoProviderError::Unusable(FIELD, problem));
    let mut request = Request::get(address);
    request.timeout = TIMEOUT;
    request.max_bytes = saml::MOST_BYTES;
    request.follow_redirects = false;
    let reply = guarded(app)?.send(request).await;
    let reply = reply.map_err(|error| unusable(error.to_string()))?;
    let found = match reply.status {
        200 => read(FIELD, reply.body.to_vec()).await?,
        300..=399 => {
            let problem = "The address redirects, which is not followed; enter the one that it \
                leads to";
            return Err(unusable(problem.to_owned()));
        }
        status => return Err(unusable(format!("The status of the answer is {status}"))),
    };
    let now = app.clock().now();
    match found.valid_until.filter(|until| *until < now) {
        Some(until) => {
            let until = until.format("%Y-%m-%d %H:%M UTC");
            Err(unusable(format!("The metadata there expired on {until}")))
        }
        None => Ok(found),
    }
}

/// Reads pasted metadata.
pub async fn pasted(text: String) -> Result<ProviderMetadata> {
    read("metadata", text.into_bytes()).await
}

async fn read(field: &'static str, bytes: Vec<u8>) -> Result<ProviderMetadata> {
    let found = blocking(move || {
        let found = ProviderMetadata::read(&bytes);
        found.map_err(|refusal| SsoProviderError::Unusable(field, refusal.to_string()).into())
    });
    let found = found.await?;
    text::line(field, &found.entity_id, 1_024)?;
    Ok(found)
}

/// Checks the form of an address. Whoever answers there decides who is signed in, so it is https; http
/// only on this machine.
pub fn checked_address(address: &str) -> Result<String> {
    let address = text::line("metadataUrl", address, LONGEST_ADDRESS)?;
    match saml::is_safe_address(&address) {
        true => Ok(address),
        false => Err(AppError::invalid(
            "metadataUrl",
            "is not an address that begins with `https://` and has no credentials or fragment",
        )),
    }
}

/// Takes over where the provider signs people in and out. A redirect is preferred: it works in every
/// browser without a script.
pub fn take_over(row: &mut Model, found: &ProviderMetadata) {
    let sso = preferred(&found.sso);
    row.sso_url = sso.map(|one| one.location.clone());
    row.sso_binding = sso.map(|one| one.binding.name().to_owned());
    let slo = preferred(&found.slo);
    row.slo_url = slo.map(|one| one.location.clone());
    row.slo_binding = slo.map(|one| one.binding.name().to_owned());
    row.slo_response_url = slo.and_then(|one| one.response_location.clone());
}

fn preferred(all: &[Endpoint]) -> Option<&Endpoint> {
    let redirect = all.iter().find(|one| one.binding == Binding::Redirect);
    redirect.or_else(|| all.first())
}
