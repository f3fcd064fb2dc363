//! Signing in at an identity provider. The protocols are in the crates `sso` and `saml`, and what they
//! need of the database in `oidc` and `saml`; from an identity on, both are the same. The providers'
//! settings are in `sso_providers`.
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
mod oidc;
mod person;
mod purpose;
mod repo;
mod saml;

use std::sync::Arc;

use components::http::GuardedClient;
use sso::Sso;

pub use self::saml::{
    BrowserForm, ByBrowser, LogOutMessage, LoggedOut, SamlFinish, SamlPost, SamlReceived,
    SamlReturn, SamlTicket, begin_provider_log_out, finish_saml, own_metadata, purge,
    receive_log_out, receive_saml, waiting_form,
};
pub use begin::{SsoRedirect, begin_connecting, begin_sso, path};
pub use error::SsoSignInError;
pub use finish::{SsoAnswer, SsoDone, complete_sso};
pub use methods::{ProviderButton, connectable_providers, sign_in_methods};

pub(super) use self::saml::begin_test;

use super::sso_providers::{self, Source};
use crate::{
    App,
    error::{AppError, Result},
};

/// The process's client of providers of OpenID Connect.
pub(super) fn service(app: &App) -> Result<Arc<Sso>> {
    let client = guarded(app)?;
    Ok(app.state_or(|| Sso::new(client)))
}

/// The client for requests to identity providers.
pub(super) fn guarded(app: &App) -> Result<GuardedClient> {
    match &app.settings().http {
        Some(client) => Ok(client.clone()),
        None => GuardedClient::builder().build().map_err(AppError::internal),
    }
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
