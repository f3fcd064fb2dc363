//! The issuers under which the people of an organization's providers are known: each organization has
//! its own name for an issuer, since whoever sets a provider up decides with which client, for which people
//! and with which subjects it speaks. Providers of the whole server are known by the issuer alone.

use sso::Identity;
use types::OrgId;

use super::{
    Joining, Protocol,
    entity::Model,
    repo,
    source::{Source, Speaks},
};
use crate::{App, Ctx, ServerProvider, error::Result};

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
        _ => oidc_issuer(ctx.org, &row.issuer),
    }
}

/// What the issuer of an organization's provider of OpenID Connect begins with.
const OIDC: &str = "oidc:";
/// The same of SAML.
const SAML: &str = "saml:";

/// The issuer under which the people of an organization's provider of OpenID Connect are known. The
/// migration 64 writes the same.
fn oidc_issuer(org: OrgId, issuer: &str) -> String {
    format!("{OIDC}{}:{issuer}", org.0.simple())
}

/// The issuer under which the people of a SAML provider are known. Who sets the provider up enters
/// its name, so the name counts only within the organization, and never for that of a provider of
/// OpenID Connect, which is a URL.
pub(in crate::identity) fn identity_issuer(org: OrgId, entity_id: &str) -> String {
    format!("{SAML}{org}:{entity_id}")
}

/// The provider's name in such an issuer, or in that of a provider of the whole server.
pub(in crate::identity) fn shown_issuer(issuer: &str) -> &str {
    of_organization(issuer).map_or(issuer, |(_, name)| name)
}

/// The organization and the provider's name; `None` for a provider of the whole server.
fn of_organization(issuer: &str) -> Option<(&str, &str)> {
    let own = issuer.strip_prefix(SAML);
    let own = own.or_else(|| issuer.strip_prefix(OIDC));
    own?.split_once(':')
}

/// Whether a provider may still know people under the issuer. One without an organization counts only while
/// the server has such a provider: others are from before each organization had its own.
pub(in crate::identity) fn is_in_use(app: &App, issuer: &str) -> bool {
    let of_server = |one: &ServerProvider| one.provider.issuer == issuer;
    of_organization(issuer).is_some() || app.settings().sign_in.iter().any(of_server)
}

impl Source {
    /// The issuer under which the person of an identity is known here.
    pub fn issuer_of(&self, identity: &Identity) -> String {
        match (&self.speaks, self.own) {
            (Speaks::Oidc(_), Some((org, _))) => oidc_issuer(org, &identity.issuer),
            // That of SAML names the organization already.
            _ => identity.issuer.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn s29_a_name_that_somebody_entered_is_nobody_s_outside_of_the_organization() {
        let (a, b) = (OrgId(Uuid::from_u128(1)), OrgId(Uuid::from_u128(2)));
        let google = "https://accounts.google.com";
        for name_of in [identity_issuer, oidc_issuer] {
            let known = name_of(a, google);
            assert_ne!(known, google);
            assert_ne!(known, name_of(b, google));
            assert!(sso::check_issuer(&known).is_err());
            assert_eq!(shown_issuer(&known), google);
            assert_eq!(shown_issuer(&name_of(a, "urn:a:b")), "urn:a:b");
        }
        assert_ne!(identity_issuer(a, google), oidc_issuer(a, google));
        assert_eq!(shown_issuer(google), google);
        let written = format!("oidc:{}1:{google}", "0".repeat(31));
        assert_eq!(oidc_issuer(a, google), written);
    }
}
