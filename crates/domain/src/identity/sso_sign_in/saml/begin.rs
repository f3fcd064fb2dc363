//! The request with which a sign-in begins.

use saml::{
    AuthnRequest,
    binding::{Binding, Outgoing},
};

use super::{
    form::{ByBrowser, by_browser},
    load,
};
use crate::{
    App,
    error::{AppError, Result},
    identity::{
        sso_providers::{SamlProvider, Source},
        sso_sign_in::begin::Begun,
    },
};

/// Begins at a provider; otherwise why it cannot be used.
pub async fn begin(app: &App, source: &Source, state: &str) -> Result<Result<Begun, String>> {
    let provider = load(app, source).await?;
    let Some((binding, destination)) = provider.sso.clone() else {
        return Ok(Err(
            "The provider's metadata has not been entered".to_owned()
        ));
    };
    let request = AuthnRequest {
        service: &provider.addresses.entity_id,
        acs: &provider.addresses.acs,
        destination: &destination,
        name_id_format: None,
        force: false,
        now: app.clock().now(),
    };
    let message = request.message();
    Ok(Ok(carried(app, &provider, message, binding, state).await?))
}

/// Prepares a message for its way through the browser. A form is kept, and is on a page of this server.
pub(super) async fn carried(
    app: &App,
    provider: &SamlProvider,
    message: Outgoing,
    binding: Binding,
    state: &str,
) -> Result<Begun> {
    let expects = message.id().to_owned();
    let way = by_browser(message, binding, Some(state.to_owned()), &provider.key).await?;
    Ok(match way {
        ByBrowser::Redirect(url) => Begun {
            url,
            expects,
            keeps: Vec::new(),
        },
        ByBrowser::Form(form) => Begun {
            url: format!(
                "{}/auth/saml/continue?state={state}",
                app.settings().base_url
            ),
            expects,
            keeps: serde_json::to_vec(&form).map_err(AppError::internal)?,
        },
    })
}
