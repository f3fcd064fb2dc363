//! The ways to sign in with an email address.
//!
//! They depend on the address's domain only, never on whether there is an account: strangers may
//! ask about any address.

use super::domains;
use crate::{
    App,
    error::Result,
    identity::{passwords, sessions::Visitor, sso_providers::Source},
};

/// A provider to sign in with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderButton {
    /// The provider's name in addresses.
    pub key: String,
    /// The text of its button.
    pub name: String,
}

/// The providers of the whole server and, for an address of a domain that an organization has
/// proved, those of the organization.
pub async fn sign_in_methods(
    app: &App,
    address: Option<&str>,
    visitor: Visitor<'_>,
) -> Result<Vec<ProviderButton>> {
    let mut sources = Source::all_of_server(app);
    if let Some(address) = address {
        passwords::guessing(app).link(visitor.address)?;
        if let Some(org) = domains::organization_of(app, address).await? {
            let tx = app.db().begin(&[org]).await?;
            sources.extend(Source::all_of(&tx, app, org).await?);
            tx.rollback().await?;
        }
    }
    let button = |source: Source| ProviderButton {
        key: source.key,
        name: source.name,
    };
    Ok(sources.into_iter().map(button).collect())
}
