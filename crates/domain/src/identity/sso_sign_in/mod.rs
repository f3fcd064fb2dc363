//! Signing in at an identity provider (OpenID Connect). The protocol is in the crate `sso`, the
//! providers' settings are in `sso_providers`.
//!
//! A session that an organization's provider opens reaches this organization only
//! ([`crate::Ctx::limited`]): who runs the provider decides whom it signs in, and must not get into
//! other organizations, or change what a person has outside.

mod begin;
mod connect;
mod domains;
pub mod entity;
mod error;
mod finish;
mod member;
mod methods;
mod person;
mod repo;

use std::sync::Arc;

use components::http::GuardedClient;
use sso::Sso;

pub use begin::{SsoRedirect, begin_connecting, begin_sso, path};
pub use error::SsoSignInError;
pub use finish::{SsoAnswer, SsoDone, complete_sso};
pub use methods::{ProviderButton, connectable_providers, sign_in_methods};

use super::sso_providers::{self, Source};
use crate::{
    App,
    error::{AppError, Result},
};

/// The process's client of identity providers.
pub(super) fn service(app: &App) -> Result<Arc<Sso>> {
    let client = match &app.settings().http {
        Some(client) => client.clone(),
        None => GuardedClient::builder()
            .build()
            .map_err(AppError::internal)?,
    };
    Ok(app.state_or(|| Sso::new(client)))
}

/// Records, for the administrator, why a provider could not be used.
async fn record(app: &App, source: &Source, reason: &str) -> Result<()> {
    tracing::warn!(
        provider = source.key,
        reason,
        "an identity provider cannot be used"
    );
    let Some((org, id)) = source.own else {
        return Ok(());
    };
    let tx = app.db().begin(&[org]).await?;
    sso_providers::refused(&tx, (org, id), reason, app.clock().now()).await?;
    Ok(tx.commit().await?)
}
