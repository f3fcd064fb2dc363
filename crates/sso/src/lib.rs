//! Single sign-on: the protocol of OpenID Connect, without a database.
//!
//! [`Sso::begin`] builds the address to which a browser is sent, [`Sso::finish`] turns the
//! provider's answer into an [`Identity`]. Between them the caller keeps what [`Begun`] contains,
//! once, and bound to the browser. `openidconnect` implements the protocol. What it leaves to its
//! users is checked in `verify`: the authorized party, the token's age, the hash of the access token,
//! and that the answer is of the provider that was asked (RFC 9207).
//!
//! All requests go through the guarded HTTP client, without redirects, with short limits for time
//! and size.

mod begin;
mod client;
mod discovery;
mod error;
mod finish;
mod http;
mod identity;
mod inspect;
mod issuer;
mod keys;
mod known;
mod user_info;
mod verify;

use components::http::GuardedClient;

pub use begin::Begun;
pub use error::SsoError;
pub use finish::{Answer, Kept};
pub use identity::Identity;
pub use inspect::Inspection;
pub use issuer::check as check_issuer;

/// One provider, as it is configured.
#[derive(Clone, Debug, Default)]
pub struct Provider {
    /// The provider's name for itself, a URL. Everything else is found from it.
    pub issuer: String,
    /// The name of this server at the provider.
    pub client_id: String,
    /// The secret that proves this name; `None` for a client without one.
    pub client_secret: Option<String>,
    /// What to ask for, besides `openid`.
    pub scopes: Vec<String>,
    /// Other audiences that an ID token may name beside the client.
    pub audiences: Vec<String>,
    /// The claim that lists the person's groups; the parts of a path are separated by dots.
    pub groups_claim: Option<String>,
    /// Where the provider sends the browser back to.
    pub redirect_uri: String,
}

/// Signs people in at OpenID providers. Keeps what was read of each one for a while.
#[derive(Debug)]
pub struct Sso {
    http: http::Http,
    known: known::Cache,
}

impl Sso {
    /// Creates it with the client for all its requests.
    pub fn new(client: GuardedClient) -> Self {
        Self {
            http: http::Http::new(client),
            known: known::Cache::default(),
        }
    }
}
