//! The issuers under which the people of an organization's providers are known.

use super::{Protocol, repo, saml::identity_issuer};
use crate::{Ctx, error::Result};

/// The issuers of the providers with which people of the organization can sign in.
pub(in crate::identity) async fn issuers_of(ctx: &Ctx) -> Result<Vec<String>> {
    let tx = ctx.begin().await?;
    let rows = repo::enabled(&tx, &ctx.app, ctx.org).await?;
    tx.rollback().await?;
    let issuers = rows
        .into_iter()
        .map(|row| match Protocol::parse(&row.protocol) {
            Some(Protocol::Saml) => identity_issuer(ctx.org, &row.issuer),
            _ => row.issuer,
        });
    Ok(issuers.collect())
}
