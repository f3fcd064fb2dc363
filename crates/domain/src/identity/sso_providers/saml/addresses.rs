//! The addresses of this server at a SAML provider. Each provider has its own, so that nothing that
//! one provider sends fits another one.

use types::SsoProviderId;
use uuid::Uuid;

use crate::App;

/// The addresses of this server for one provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// The name of this server at the provider, which is also the address of its metadata.
    pub entity_id: String,
    /// Where the provider sends its responses.
    pub acs: String,
    /// Where the provider sends messages about signing out.
    pub slo: String,
}

impl Addresses {
    /// Those for a provider.
    pub fn of(app: &App, provider: Uuid) -> Self {
        let base = &app.settings().base_url;
        let at = |part: &str| format!("{base}/auth/saml/{}/{part}", SsoProviderId(provider));
        Self {
            entity_id: at("metadata"),
            acs: at("acs"),
            slo: at("slo"),
        }
    }
}
