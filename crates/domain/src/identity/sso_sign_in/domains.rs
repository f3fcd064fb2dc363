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
};

/// Whether the address is proved to be the person's own: the provider says so, and may say so.
pub async fn proves_address(app: &App, source: &Source, identity: &Identity) -> Result<bool> {
    let Some(address) = identity
        .email
        .as_deref()
        .filter(|_| identity.email_verified)
    else {
        return Ok(false);
    };
    let Some(domain) = domains::of_address(address) else {
        return Ok(false);
    };
    if !vouches(&identity.issuer, identity.hosted_domain.as_deref(), &domain) {
        return Ok(false);
    }
    match source.own {
        Some((org, _)) => domains::is_proved(app, org, address).await,
        None => Ok(source.domains.contains(&domain)),
    }
}

/// The organization that has proved the domain of the address.
pub async fn organization_of(app: &App, address: &str) -> Result<Option<OrgId>> {
    domains::proved_by(app, address).await
}
