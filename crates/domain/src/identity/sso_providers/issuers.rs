//! The issuers under which the people of an organization's providers are known.

use super::{
    Joining, Protocol,
    entity::Model,
    repo,
    saml::identity_issuer,
    source::{Source, Speaks},
};
use crate::{Ctx, error::Result};

/// A provider with which members may have signed in.
#[derive(Clone, Debug)]
pub(crate) struct KnownProvider {
    /// The issuer of its people.
    pub issuer: String,
    /// Its name on buttons.
    pub name: String,
    /// Whether it lets people join the organization.
    pub lets_join: bool,
}

/// The issuers of the providers with which people of the organization can sign in.
pub(in crate::identity) async fn issuers_of(ctx: &Ctx) -> Result<Vec<String>> {
    let rows = enabled(ctx).await?.into_iter();
    Ok(rows.map(|row| issuer(ctx, &row)).collect())
}

/// The providers of the organization and of the whole server with which people can sign in.
pub(crate) async fn known_providers(ctx: &Ctx) -> Result<Vec<KnownProvider>> {
    let mut known = Vec::new();
    for row in enabled(ctx).await? {
        known.push(KnownProvider {
            issuer: issuer(ctx, &row),
            lets_join: super::joining(&row.joining)? != Joining::Nobody,
            name: row.name,
        });
    }
    for source in Source::all_of_server(&ctx.app) {
        if let Speaks::Oidc(provider) = &source.speaks {
            let joins = source.joins == Some(ctx.org) && source.joining != Joining::Nobody;
            known.push(KnownProvider {
                issuer: provider.issuer.clone(),
                name: source.name.clone(),
                lets_join: joins,
            });
        }
    }
    Ok(known)
}

async fn enabled(ctx: &Ctx) -> Result<Vec<Model>> {
    let mut rows = repo::all(ctx).await?;
    rows.retain(|row| row.enabled);
    Ok(rows)
}

fn issuer(ctx: &Ctx, row: &Model) -> String {
    match Protocol::parse(&row.protocol) {
        Some(Protocol::Saml) => identity_issuer(ctx.org, &row.issuer),
        _ => row.issuer.clone(),
    }
}
