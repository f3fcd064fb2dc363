//! The way of a message through the browser to a provider: an address, or a form that it posts.

use saml::{
    PrivateKey,
    binding::{Binding, Outgoing},
};
use serde::{Deserialize, Serialize};

use crate::{
    App,
    blocking::blocking,
    error::{AppError, Result},
    identity::{
        passwords, secret,
        sessions::Visitor,
        sso_sign_in::{SsoSignInError, begin::PURPOSE, repo},
    },
    sealed,
};

/// A form that the browser posts to a provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrowserForm {
    /// Where to.
    pub action: String,
    /// The names and values of its fields.
    pub fields: Vec<(String, String)>,
}

/// The way of a message to a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ByBrowser {
    /// The address to open.
    Redirect(String),
    /// The form to post.
    Form(BrowserForm),
}

/// Signs a message, and prepares it for its way.
pub(super) async fn by_browser(
    message: Outgoing,
    binding: Binding,
    relay_state: Option<String>,
    key: &PrivateKey,
) -> Result<ByBrowser> {
    let key = key.clone();
    blocking(move || {
        let (relay_state, key) = (relay_state.as_deref(), Some(&key));
        let way = match binding {
            Binding::Redirect => message.redirect(relay_state, key).map(ByBrowser::Redirect),
            Binding::Post => message.form(relay_state, key).map(|form| {
                let fields = form.fields.into_iter();
                ByBrowser::Form(BrowserForm {
                    action: form.action,
                    fields: fields
                        .map(|(name, value)| (name.to_owned(), value))
                        .collect(),
                })
            }),
        };
        way.map_err(AppError::internal)
    })
    .await
}

/// The form that a begun sign-in or sign-out has yet to send, by its state.
pub async fn waiting_form(app: &App, state: &str, visitor: Visitor<'_>) -> Result<BrowserForm> {
    passwords::guessing(app).beginning(visitor.address)?;
    if !secret::is_plausible(state, secret::STATE) {
        return Err(SsoSignInError::Ended.into());
    }
    let attempt = repo::by_state(app, &secret::hash(state)).await?;
    let attempt = attempt
        .filter(|attempt| attempt.ticket_hash.is_none() && attempt.expires_at > app.clock().now());
    let attempt = attempt.ok_or(SsoSignInError::Ended)?;
    let form = sealed::open(app, PURPOSE, &attempt.state_hash, &attempt.verifier)?;
    // A sign-in that needs no form keeps something else there, or nothing.
    let form = serde_json::from_slice(&form).map_err(|_| SsoSignInError::Ended)?;
    Ok(form)
}
