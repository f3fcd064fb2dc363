//! The server as a relying party: the host name for which passkeys are made, and the only origin
//! from which they are accepted. Both are those of the configured URL, never of a request.

use std::sync::Arc;

use url::{Host, Url};
use webauthn_rs::{Webauthn, WebauthnBuilder};

use super::PasskeyError;
use crate::{App, error::Result};

/// What authenticators show.
const NAME: &str = "FlowMason";

/// The relying party of this process; `None` if the URL has no host name.
struct RelyingParty(Option<Webauthn>);

/// Whether people reach this server by a name.
pub fn is_possible(app: &App) -> bool {
    party(app).0.is_some()
}

/// Does something as the relying party.
///
/// # Errors
/// `CONFLICT` if there is none.
pub fn with<T>(app: &App, act: impl FnOnce(&Webauthn) -> Result<T>) -> Result<T> {
    act(party(app).0.as_ref().ok_or(PasskeyError::NoHostName)?)
}

fn party(app: &App) -> Arc<RelyingParty> {
    let base = app.settings().base_url.clone();
    app.state_or(|| RelyingParty(new(&base)))
}

fn new(base: &str) -> Option<Webauthn> {
    let origin = Url::parse(base).ok()?;
    let Some(Host::Domain(host)) = origin.host() else {
        return None;
    };
    let built = WebauthnBuilder::new(host, &origin).and_then(|one| one.rp_name(NAME).build());
    match built {
        Ok(webauthn) => Some(webauthn),
        Err(error) => {
            tracing::warn!(%error, base, "passkeys are not possible with this URL");
            None
        }
    }
}
