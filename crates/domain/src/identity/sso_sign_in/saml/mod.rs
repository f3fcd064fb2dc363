//! SAML 2.0: what needs a database and the browser. The rules of the protocol are in the crate `saml`.
//!
//! The provider lets the browser post its response from another site, so no cookie comes along. The
//! response is checked (`receive`), and what it proved waits for that browser, which gets a ticket. With
//! the ticket and the cookie of the browser that began, there is a session (`finish`). Both are needed:
//! without the ticket, somebody could begin a sign-in, let another person complete it, and enter as them;
//! without the cookie, somebody could let another person enter as themselves.

mod answer;
mod begin;
mod finish;
mod form;
mod judge;
mod log_out;
mod receive;
mod sign_out;
mod test;
mod work;

pub(super) use begin::begin;
pub use finish::{SamlFinish, SamlReturn, finish_saml};
pub use form::{BrowserForm, ByBrowser, waiting_form};
pub use log_out::{LogOutMessage, LoggedOut, receive_log_out};
pub use receive::{SamlPost, SamlReceived, SamlTicket, receive_saml};
pub use sign_out::begin_provider_log_out;
pub(in crate::identity) use test::begin_test;

use super::{SsoSignInError, repo};
use crate::{
    App, SystemCtx,
    error::Result,
    identity::sso_providers::{SamlProvider, Source, Speaks},
};

/// What this server says about itself to a provider. It is public.
pub async fn own_metadata(app: &App, provider: &str) -> Result<String> {
    let source = Source::find_any(app, provider).await?;
    let source = source.ok_or(SsoSignInError::NoProvider)?;
    Ok(load(app, &source).await?.own_metadata())
}

/// Removes the ids of used messages that would not be accepted any more, and returns how many there were.
pub async fn purge(system: &SystemCtx) -> Result<u64> {
    let tx = system.begin_across().await?;
    let gone = repo::forget_used(&tx, system.app.clock().now()).await?;
    tx.commit().await?;
    Ok(gone)
}

/// What is stored of a provider that speaks SAML.
async fn load(app: &App, source: &Source) -> Result<SamlProvider> {
    match (&source.speaks, source.own) {
        (
            Speaks::Saml {
                entity_id,
                groups_attribute,
            },
            Some(own),
        ) => SamlProvider::load(app, own, entity_id, groups_attribute.as_deref()).await,
        _ => Err(SsoSignInError::NoProvider.into()),
    }
}
