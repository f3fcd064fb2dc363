//! The renewal of this server's key for a provider.
//!
//! A new key is made beside the one in use. From then on, both certificates are in this server's metadata,
//! and both keys decrypt, while requests are still signed with the old one: the provider may not know the
//! new one yet. When it does, the old key is removed, and the new one signs.

use serde_json::json;
use types::SsoProviderId;

use super::{entity::Model, key, repo};
use crate::{
    Ctx,
    audit::{self, Entry},
    error::Result,
    identity::sso_providers::{
        SsoProvider, SsoProviderError, authorize_change, entity, repo as providers, shown,
    },
};

/// Makes a new key for a provider, beside the one in use.
pub async fn create_saml_key(ctx: &Ctx, id: SsoProviderId) -> Result<SsoProvider> {
    authorize_change(ctx).await?;
    let (provider, old) = known(ctx, id).await?;
    if old.next_certificate.is_some() {
        return Err(SsoProviderError::KeyWaits.into());
    }
    let (private_key, certificate) = key::new(&ctx.app, id).await?;
    let new = Model {
        next_private_key: Some(private_key),
        next_certificate: Some(certificate),
        ..old
    };
    let tx = ctx.begin().await?;
    if !repo::add_key(&tx, &new).await? {
        return Err(SsoProviderError::KeyWaits.into());
    }
    let entry = Entry::new("sso_provider.create_key", "sso_provider", id);
    let detail = json!({
        "name": provider.name,
        "certificate": key::next_certificate(&new)?.map(|one| one.fingerprint().to_owned()),
    });
    audit::write(&tx, ctx, entry.detail(detail)).await?;
    tx.commit().await?;
    shown(ctx, provider, Some(new)).await
}

/// Removes the old key of a provider, for which a new one was made. What is encrypted with the old
/// certificate cannot be decrypted any more.
pub async fn remove_old_saml_key(ctx: &Ctx, id: SsoProviderId) -> Result<SsoProvider> {
    authorize_change(ctx).await?;
    let (provider, old) = known(ctx, id).await?;
    let removed = key::certificate(&old)?;
    let (Some(private_key), Some(own_certificate)) =
        (old.next_private_key.clone(), old.next_certificate.clone())
    else {
        return Err(SsoProviderError::OnlyKey.into());
    };
    let new = Model {
        private_key,
        own_certificate,
        next_private_key: None,
        next_certificate: None,
        ..old
    };
    let tx = ctx.begin().await?;
    if !repo::promote_key(&tx, &new).await? {
        return Err(SsoProviderError::OnlyKey.into());
    }
    let entry = Entry::new("sso_provider.remove_key", "sso_provider", id);
    let detail = json!({
        "name": provider.name,
        "certificate": removed.fingerprint(),
    });
    audit::write(&tx, ctx, entry.detail(detail)).await?;
    tx.commit().await?;
    shown(ctx, provider, Some(new)).await
}

/// The provider with its settings of SAML.
async fn known(ctx: &Ctx, id: SsoProviderId) -> Result<(entity::Model, Model)> {
    let provider = providers::find(ctx, id).await?;
    let provider = provider.ok_or(SsoProviderError::NotFound)?;
    let row = repo::find(ctx, id).await?;
    Ok((provider, row.ok_or(SsoProviderError::NoKey)?))
}
