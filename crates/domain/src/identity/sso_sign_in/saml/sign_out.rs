//! Signing out at the provider, after signing out here.

use saml::{NameId, logout::NewLogoutRequest};
use types::SsoProviderId;

use super::{begin::carried, load};
use crate::{
    App,
    error::Result,
    identity::{
        secret, sessions,
        sso_providers::{Source, Speaks},
        sso_sign_in::{begin::keep, purpose::Purpose},
    },
};

/// Where signing out ends.
const PAGE: &str = "/sign-in";

/// The address at which the person of a session signs out at the provider that opened it; `None`: no
/// provider did, or it has no such address. Call it before the session ends.
pub async fn begin_provider_log_out(app: &App, token: &str) -> Result<Option<String>> {
    let Some((id, name)) = sessions::opened_by(app, token).await? else {
        return Ok(None);
    };
    let source = Source::find(app, &SsoProviderId(id).to_string()).await?;
    let source = source.filter(|source| matches!(source.speaks, Speaks::Saml { .. }));
    let Some(source) = source else {
        return Ok(None);
    };
    let provider = load(app, &source).await?;
    let Some(slo) = &provider.slo else {
        return Ok(None);
    };
    let name_id = NameId {
        value: name.value,
        format: name.format,
        name_qualifier: name.qualifier,
        sp_name_qualifier: name.service_qualifier,
    };
    let request = NewLogoutRequest {
        service: &provider.addresses.entity_id,
        destination: &slo.url,
        name_id: &name_id,
        session_index: name.session.as_deref(),
        now: app.clock().now(),
    };
    let (message, state) = (request.message(), secret::new(secret::STATE));
    let begun = carried(app, &provider, message, slo.binding, &state).await?;
    let kept = (Purpose::SignOut, None, PAGE);
    let redirect = keep(app, &source, &state, begun, kept).await?;
    Ok(Some(redirect.url))
}
