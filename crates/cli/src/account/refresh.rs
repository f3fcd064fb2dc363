//! Staying signed in: an access token that expires is replaced.

use chrono::TimeDelta;
use serde::Deserialize;
use types::Clock;

use super::{
    CLIENT,
    error::Failed,
    server::Server,
    store::{Store, Tokens},
};

/// How long before it expires an access token is replaced.
const EARLY: TimeDelta = TimeDelta::seconds(30);

/// Tokens that the server gave.
#[derive(Deserialize)]
pub struct Granted {
    access_token: String,
    refresh_token: String,
    expires_in: i64,
}

impl Granted {
    /// The tokens, as they are stored.
    pub fn keep(self, clock: &Clock) -> Tokens {
        Tokens {
            access_token: self.access_token,
            refresh_token: self.refresh_token,
            expires_at: clock.now() + TimeDelta::seconds(self.expires_in),
        }
    }
}

/// An access token that is valid for a while; refreshes it if needed.
pub async fn access_token(
    server: &Server,
    store: &mut Store,
    clock: &Clock,
) -> Result<String, Failed> {
    let known = store.get(&server.address).cloned();
    let tokens = known.ok_or_else(|| Failed::signed_out(&server.address))?;
    if tokens.expires_at - EARLY > clock.now() {
        return Ok(tokens.access_token);
    }
    let endpoints = server.endpoints().await?;
    let form = [
        ("client_id", CLIENT),
        ("grant_type", "refresh_token"),
        ("refresh_token", tokens.refresh_token.as_str()),
    ];
    match server
        .post::<Granted>(&endpoints.token_endpoint, &form)
        .await?
    {
        Ok(granted) => {
            let tokens = granted.keep(clock);
            store.put(&server.address, tokens.clone())?;
            Ok(tokens.access_token)
        }
        Err(refusal) if refusal.error == "invalid_grant" => {
            store.remove(&server.address)?;
            Err(Failed::signed_out(&server.address))
        }
        Err(refusal) => Err(Failed::refused(refusal.error_description)),
    }
}
