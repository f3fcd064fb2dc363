//! The ways to sign in with an email address.
//!
//! They depend on the address's domain only, never on whether there is an account: strangers may
//! ask about any address.

use super::domains;
use crate::{
    App, Ctx,
    access::Permission,
    error::Result,
    identity::{passwords, sessions::Visitor, sso_providers::Source},
};

/// A provider to sign in with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderButton {
    /// The provider's key, which stands in URLs.
    pub key: String,
    /// The text of its button.
    pub name: String,
    /// The path at which signing in with it begins.
    pub path: String,
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
        passwords::guessing(app).beginning(visitor.address)?;
        if let Some(org) = domains::organization_of(app, address).await? {
            let tx = app.db().begin(&[org]).await?;
            sources.extend(Source::all_of(&tx, app, org).await?);
            tx.rollback().await?;
        }
    }
    Ok(sources.into_iter().map(ProviderButton::of).collect())
}

/// The providers at which the caller may have an account to connect: those of the whole server and
/// of the organization.
pub async fn connectable_providers(ctx: &Ctx) -> Result<Vec<ProviderButton>> {
    ctx.authorize_person(Permission::ProfileUpdate).await?;
    let mut sources = Source::all_of_server(&ctx.app);
    let tx = ctx.begin().await?;
    sources.extend(Source::all_of(&tx, &ctx.app, ctx.org).await?);
    tx.rollback().await?;
    Ok(sources.into_iter().map(ProviderButton::of).collect())
}

impl ProviderButton {
    fn of(source: Source) -> Self {
        Self {
            path: source.path(),
            key: source.key,
            name: source.name,
        }
    }
}
