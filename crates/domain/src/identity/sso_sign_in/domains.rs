//! Whether an identity provider is believed about an email address.
//!
//! An organization's provider is believed only about addresses of domains that the organization has
//! proved: whoever runs it could otherwise claim anybody's address.

use sso::Identity;
use types::OrgId;

use crate::{
    App,
    error::Result,
    identity::{
        domains,
        sso_providers::{Source, vouches},
    },
    text,
};

/// The address that the provider says is the person's own, with its domain, if it could be believed: it
/// is, once the organization has proved the domain.
fn asserted(identity: &Identity) -> Option<(&str, String)> {
    let verified = identity.email_verified;
    let address = identity.email.as_deref().filter(|_| verified)?;
    let domain = domains::of_address(address)?;
    let hosted = identity.hosted_domain.as_deref();
    vouches(&identity.issuer, hosted, &domain).then_some((address, domain))
}

/// Like [`asserted`], in the form in which addresses are stored.
pub fn asserted_address(identity: &Identity) -> Option<String> {
    let (address, _) = asserted(identity)?;
    text::email("email", address).ok()
}

/// Whether the address is proved to be the person's own: the provider says so, and may say so.
pub async fn proves_address(app: &App, source: &Source, identity: &Identity) -> Result<bool> {
    let Some((address, domain)) = asserted(identity) else {
        return Ok(false);
    };
    match source.own {
        Some((org, _)) => domains::is_proved(app, org, address).await,
        None => Ok(source.domains.contains(&domain)),
    }
}

/// The organization that has proved the domain of the address.
pub async fn organization_of(app: &App, address: &str) -> Result<Option<OrgId>> {
    domains::proved_by(app, address).await
}
